"""Command lines that can be pasted into a shell."""

import subprocess

import pytest

from pkgstore.keys import ConfigKey
from pkgstore_tui.command_lines import line, ls_line, quoted, show_line


def test_words_are_quoted():
    key = ConfigKey("4.5-x", "sf", "a" * 64, "b" * 64)
    assert show_line(key, "/my store") == f"pkgstore show sf {key.ref} --platform 4.5-x --store '/my store'"
    assert ls_line(["idle>30d state:orphan"], "/s") == "pkgstore ls 'idle>30d state:orphan' --store /s"
    assert line("evict", retention="30d", reference_lib="") == "pkgstore evict --retention 30d"


@pytest.mark.parametrize("word", ["$(reboot)", "a'b", "`x`", "a\nb", "\x1b[31m", "b\udcff\\'c", "~", "-n x", "é"])
def test_a_shell_reads_the_very_word(word: str):
    said = subprocess.run(["bash", "-c", f"printf %s {quoted(word)}"], capture_output=True, check=True).stdout
    assert said == word.encode("utf-8", "surrogateescape")
    assert quoted(word).isprintable()
