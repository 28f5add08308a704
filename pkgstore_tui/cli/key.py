"""The command key: the store keys of a lockfile, what they are made of, and the configs that it asks for."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import click

from pkgstore.errors import StoreError
from pkgstore.keys import SourceKey, config_hash, config_input, key_input, store_key
from pkgstore.layout import Layout
from pkgstore.lockfile import duplicates_of, platform_from_lockfile, read_lockfile
from pkgstore.model import Lockfile, LockfileEntry
from pkgstore.resolve import LockIndex, read_meta
from pkgstore_tui.cli.diagnostics import ExitCode, say
from pkgstore_tui.cli.options import found_root, json_option, store_options
from pkgstore_tui.cli.output import print_json, print_table
from pkgstore_tui.format import UNKNOWN, safe_text

NOT_STORED = "not known what it links to: the store has no configs.json of it"


@click.command("key")
@click.argument("packages", nargs=-1)
@click.option("--lockfile", type=click.Path(), required=True, help="The pak lockfile.")
@click.option("--show-input", is_flag=True, help="Show what is hashed, with NUL as ␀.")
@click.option("--ascii", "plain", is_flag=True, help="Write NUL as \\0, a backslash as \\\\, and ASCII alone.")
@store_options
@json_option
def key(
    packages: tuple[str, ...],
    lockfile: str,
    show_input: bool,
    plain: bool,
    store: str,
    config: str,
    as_json: bool,
) -> ExitCode:
    """Print the store keys of a lockfile's packages, or of some PACKAGES.

    Where a store is named, or found while the input is shown, the config hash that each package asks for is printed
    too: what a package links to is known from the store alone.
    """
    asked = _Asked(
        read_lockfile(lockfile), packages, _store(store, config, show_input=show_input), show_input, plain
    )
    if as_json:
        print_json(asked.document())
    else:
        asked.print()
    missing = sorted(set(packages) - {entry.package for entry in asked.entries})
    if missing:
        say(f"pkgstore: {lockfile}: has no {', '.join(missing)}")
    return ExitCode.FINDINGS if missing else ExitCode.DONE


def _store(store: str, config: str, *, show_input: bool) -> str:
    """The store to ask, empty for none: one that was named has to be there, any other need not."""
    if store or config:
        return found_root(store, config)
    try:
        return found_root("", "") if show_input else ""
    except StoreError:
        return ""


def visible(text: str, *, plain: bool = False) -> str:
    """A text with what cannot be seen made visible; `plain`: as ASCII, of which the text can be made again."""
    return "".join(map(_plain_character, text)) if plain else safe_text(text)


def _plain_character(character: str) -> str:
    if character in "\0\\":
        return {"\0": "\\0", "\\": "\\\\"}[character]
    if character.isascii() and character.isprintable():
        return character
    return character.encode("unicode_escape").decode()


@dataclass(frozen=True)
class _Asked:
    """What is to be printed; `root` is the store to ask, empty for none."""

    lockfile: Lockfile
    packages: tuple[str, ...]
    root: str
    show_input: bool
    plain: bool

    @cached_property
    def entries(self) -> tuple[LockfileEntry, ...]:
        """The packages that were named, or all."""
        return tuple(
            entry for entry in self.lockfile.real_entries if not self.packages or entry.package in self.packages
        )

    @cached_property
    def platform(self) -> str:
        """The platform folder."""
        return platform_from_lockfile(self.lockfile)

    @cached_property
    def _index(self) -> LockIndex:
        return LockIndex.of(self.lockfile)

    def links(self, entry: LockfileEntry) -> tuple[str, ...] | str:
        """The names that an entry's package links to, or why that is not known."""
        try:
            source = SourceKey(self.platform, entry.package, store_key(entry))
            meta, problem = read_meta(Layout(self.root), source)
        except StoreError as error:  # a name that may not reach the disk
            return error.reason
        if meta is None:
            return NOT_STORED if problem is None else f"configs.json {problem.reason}"
        return meta.linkingto or ()

    # --- text ----------------------------------------------------------------------------------------------

    def print(self) -> None:
        """Print a table of store keys, and one of config hashes where there is a store."""
        more = ("INPUT",) if self.show_input else ()
        print_table(("PACKAGE", "VERSION", "STORE KEY", *more), [self._row(entry) for entry in self.entries])
        if self.root:
            click.echo()
            print_table(("PACKAGE", "CONFIG HASH", *more), [self._config_row(entry) for entry in self.entries])
            for entry in self.entries:
                self._say_left_out(entry)

    def _shown(self, text: str) -> str:
        return visible(text, plain=self.plain)

    def _row(self, entry: LockfileEntry) -> tuple[str, ...]:
        shown = (self._shown("\0".join(key_input(entry))),) if self.show_input else ()
        return self._shown(entry.package), self._shown(entry.version), store_key(entry), *shown

    def _config_row(self, entry: LockfileEntry) -> tuple[str, ...]:
        links = self.links(entry)
        if isinstance(links, str):
            return self._shown(entry.package), UNKNOWN, *((self._shown(f"({links})"),) if self.show_input else ())
        keys = self._index.linking_keys(links)
        joined = "\0".join(config_input(keys))
        shown = (self._shown(joined) if keys else "(nothing)",) if self.show_input else ()
        return self._shown(entry.package), config_hash(keys), *shown

    def _say_left_out(self, entry: LockfileEntry) -> None:
        links = self.links(entry)
        if isinstance(links, str):
            return
        if left := [name for name in links if self._index.first_keys.get(name) is None]:
            say(f"{entry.package}: links to {', '.join(left)} too, for which the lockfile gives no key")

    # --- JSON ----------------------------------------------------------------------------------------------

    def document(self) -> dict[str, Any]:
        """The same as JSON."""
        keys = [self._key_json(entry) for entry in self.entries]
        return {"platform": self.platform, "packages": keys, "duplicates": list(duplicates_of(self.lockfile))}

    def _key_json(self, entry: LockfileEntry) -> dict[str, Any]:
        found: dict[str, Any] = {
            "package": entry.package,
            "version": entry.version,
            "store_key": store_key(entry),
        }
        if self.show_input:
            found |= _input_json(key_input(entry))
        return {**found, "config": self._config_json(entry)} if self.root else found

    def _config_json(self, entry: LockfileEntry) -> dict[str, Any]:
        links = self.links(entry)
        if isinstance(links, str):
            return {"config_hash": None, "not_known": links}
        keys = self._index.linking_keys(links)
        found: dict[str, Any] = {
            "config_hash": config_hash(keys),
            "linkingto": list(links),
            "left_out": [name for name in links if name not in keys],
        }
        return found | (_input_json(config_input(keys)) if self.show_input else {})


def _input_json(parts: tuple[str, ...]) -> dict[str, Any]:
    return {"input": list(parts), "input_joined": "\0".join(parts)}
