"""How one view asks for another, and which package a row is about. Knows no view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.message import Message

from pkgstore_tui.screens.level import Level


@dataclass(frozen=True, slots=True)
class Named:
    """A package that a row is about, its store key where it is about a single one, and the lockfile to ask.

    Without a package it is about the lockfile as a whole; without a lockfile, every one that names the package may
    be meant.
    """

    package: str
    source_hash: str = ""
    lockfile: str = ""


@dataclass
class Goto(Message):
    """Asks the app to show a view.

    `levels` are those below the view's first one, `at` is the key of the row to go to; without either the view is
    shown as it was left. `about` is the package to explain, for the view that does that.
    """

    view: str
    levels: Sequence[Level[Any]] = ()
    at: object = None
    about: Named | None = None


def named_by(row: object) -> Named | None:
    """The one package, or lockfile, that a row is about; None where it is about none, or several."""
    lockfile = getattr(row, "lockfile", "")
    for thing in (row, getattr(row, "key", None), getattr(row, "subject", None)):
        package = getattr(thing, "package", "")
        if isinstance(package, str) and package:
            source = getattr(thing, "source_hash", "") or getattr(thing, "ref", "").partition("/")[0]
            return Named(package, source, lockfile)
    sources = getattr(row, "sources", ())
    if isinstance(sources, tuple) and sources:
        package = sources[0].key.package
        if all(
            source.key.package == package for source in sources
        ):  # a platform is found out at its second package
            return Named(package, lockfile=lockfile)
    return Named("", lockfile=lockfile) if lockfile else None
