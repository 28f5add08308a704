"""Options that several commands share, and the types of their values."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from pkgstore.durations import parse_duration
from pkgstore.errors import StoreError
from pkgstore.layout import check_platform
from pkgstore.scan import check_root, platform_folders
from pkgstore_tui.settings import find_store

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Duration(click.ParamType[float]):
    """A Go duration, or days; the value is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds, or a usage error that says how durations are written."""
        if isinstance(value, float):
            return value
        try:
            seconds = parse_duration(value)
        except StoreError as error:
            self.fail(str(error), param, ctx)
        if seconds < 0:
            self.fail(f"{value!r} is less than nothing.", param, ctx)
        return seconds


class Size(click.ParamType[int]):
    """Bytes, in powers of 1024: ``10G``."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Bytes, or a usage error that says how sizes are written."""
        if isinstance(value, int):
            return value
        from pkgstore.query import parse_size

        found = parse_size(str(value))
        if found is None:
            self.fail(f"{value[:40]!r} is no size; write it like 10G, 500M or 1.5T", param, ctx)
        return int(found)


def path_option(name: str, help: str, *, required: bool = True) -> Callable[[_Function], _Function]:
    """An option whose value is a path, not looked at here."""
    if required:
        return click.option(name, type=click.Path(), required=True, help=help)
    return click.option(name, type=click.Path(), default="", help=help)


def json_option(function: _Function) -> _Function:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(function)


def verbose_option(function: _Function) -> _Function:
    """``-v``."""
    return click.option("-v", "--verbose", is_flag=True, help="Say what happens to each package.")(function)


def yes_option(function: _Function) -> _Function:
    """``--yes``."""
    return click.option("--yes", is_flag=True, help="Do not ask; needed without a terminal.")(function)


def lock_timeout_option(default: str) -> Callable[[_Function], _Function]:
    """``--lock-timeout``."""
    return click.option(
        "--lock-timeout", type=Duration(), default=default, show_default=True, help="Wait this long for one lock."
    )


def store_options(function: _Function) -> _Function:
    """``--store`` and ``--config``, for commands that find the store themselves."""
    store = click.option("--store", type=click.Path(), default="", help="The store (else PKGSTORE_ROOT, or here).")
    config = click.option(
        "--config", type=click.Path(), default="", help="The server's TOML file, which names the store."
    )
    return store(config(function))


def found_root(store: str, config: str) -> str:
    """The store root that the options, the environment or the present folder name.

    Raises:
        NoStoreNamed: There is nothing to go by.
        NotAStore: There is no folder.
    """
    return check_root(find_store(store, config=config).root)


def chosen_platform(root: str, platform: str) -> str:
    """`platform`, or the only one that the store has.

    Raises:
        InvalidName: `platform` may not reach the disk.
        click.UsageError: None was named and it has several, or none; or one that it lacks while it has others.
    """
    names = [name for name in platform_folders(root) if "-" in name]
    has = f"it has {', '.join(names)}" if names else "it has none yet"
    if not platform:
        if len(names) == 1:
            return names[0]
        raise click.UsageError(f"Name the store's --platform; {has}.")
    if names and check_platform(platform) not in platform_folders(root):
        raise click.UsageError(f"The store has no platform {platform}; {has}.")
    return platform
