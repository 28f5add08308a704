"""The command line `pkgstore`. Imports neither textual nor rich: every command starts in a tenth of a second."""

from pkgstore_tui.cli.main import main

__all__ = ["main"]
