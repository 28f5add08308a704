"""An explanation in words: sentences, text, Markdown, JSON, graphs. Plain, harmless strings for both programs."""
