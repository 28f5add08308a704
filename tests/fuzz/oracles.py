"""DESCRIPTION files read a second time, written from the specification alone: slow, plain, nothing shared."""


def is_white(sign: str) -> bool:
    """Whether a character is Unicode White_Space (`str.isspace` takes U+001C to U+001F too)."""
    return sign.isspace() and not "\x1c" <= sign <= "\x1f"


def trimmed(text: str) -> str:
    """A text without white space at both ends, a character at a time."""
    start, end = 0, len(text)
    while start < end and is_white(text[start]):
        start += 1
    while end > start and is_white(text[end - 1]):
        end -= 1
    return text[start:end]


def fields(data: bytes) -> dict[str, str]:
    """The fields of a DCF text."""
    found: list[tuple[str, str]] = []
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        if line and line[0] in " \t":
            if found:
                key, value = found[-1]
                found[-1] = key, value + " " + trimmed(line)
        elif (colon := line.find(":")) > 0:
            found.append((trimmed(line[:colon]), trimmed(line[colon + 1 :])))
    return {key: trimmed(value) for key, value in found}


def names(value: str) -> list[str]:
    """The names of a list such as LinkingTo."""
    found = []
    for item in value.split(","):
        cut = item.find("(")
        found.append(trimmed(item if cut < 0 else item[:cut]))
    return [name for name in found if name]
