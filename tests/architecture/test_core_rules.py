"""Rules of the core that no tool checks: documented, small, and one module alone changes the disk."""

import ast
import dataclasses
import enum
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pkgstore

MODULES = sorted({"pkgstore", *(module.name for module in pkgutil.walk_packages(pkgstore.__path__, "pkgstore."))})
CORE = Path(pkgstore.__path__[0])
SOURCES = sorted(CORE.rglob("*.py"))

CHANGES_THE_DISK = {
    "os": {
        "chmod", "chown", "fchmod", "fchown", "fsync", "ftruncate", "lchown", "link", "makedirs", "mkdir", "mkfifo",
        "mknod", "remove", "removedirs", "rename", "renames", "replace", "rmdir", "symlink", "truncate", "unlink",
        "utime", "write",
    },
    "shutil": {"copy", "copy2", "copyfile", "copytree", "move", "rmtree"},
    "tempfile": {"NamedTemporaryFile", "TemporaryDirectory", "mkdtemp", "mkstemp"},
}  # fmt: skip
WRITING_METHODS = {"hardlink_to", "symlink_to", "touch", "write_bytes", "write_text"}
MAY_CHANGE_THE_DISK = {"files.py", "rename.py"}


def public(owner: Any) -> Iterator[tuple[str, Any]]:
    for name, value in vars(owner).items():
        if not name.startswith("_"):
            yield name, value


def undocumented(module: ModuleType) -> Iterator[str]:
    """Public functions, classes, methods and properties of a module that have no docstring of their own."""
    if not (module.__doc__ or "").strip():
        yield module.__name__
    for name, value in public(module):
        if getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(value) and not value.__doc__:
            yield f"{module.__name__}.{name}"
        if inspect.isclass(value):
            yield from (f"{module.__name__}.{part}" for part in undocumented_class(value))


def undocumented_class(kind: type) -> Iterator[str]:
    made_up = dataclasses.is_dataclass(kind) and (kind.__doc__ or "").startswith(f"{kind.__name__}(")
    if not kind.__doc__ or made_up:
        yield kind.__name__
    for name, value in public(kind):
        if isinstance(value, enum.Enum):
            continue
        plain = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        described = inspect.isfunction(plain) or isinstance(plain, property) or hasattr(plain, "attrname")
        if described and not plain.__doc__:
            yield f"{kind.__name__}.{name}"


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_has_a_docstring(name: str) -> None:
    assert list(undocumented(importlib.import_module(name))) == []


def changes(source: Path) -> Iterator[str]:
    """Calls in a file that would change the disk."""
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Attribute):
            owner = called.value.id if isinstance(called.value, ast.Name) else ""
            if called.attr in CHANGES_THE_DISK.get(owner, set()):
                yield f"line {node.lineno}: {owner}.{called.attr}"
            if called.attr in WRITING_METHODS and owner != "files":
                yield f"line {node.lineno}: .{called.attr}"
        if isinstance(called, ast.Name) and called.id == "open" and not only_reads(node):
            yield f"line {node.lineno}: open"


def only_reads(call: ast.Call) -> bool:
    """Whether an ``open`` has no mode, or a constant one that only reads."""
    modes = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return all(isinstance(mode, ast.Constant) and mode.value in {"r", "rb", "rt"} for mode in modes)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(CORE)))
def test_one_module_alone_changes_the_disk(source: Path) -> None:
    if source.name in MAY_CHANGE_THE_DISK:
        assert list(changes(source))
    else:
        assert list(changes(source)) == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(CORE)))
def test_nobody_imports_by_halves(source: Path) -> None:
    """``from os import rename`` would go past the rule above."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module in CHANGES_THE_DISK:
            assert not {name.name for name in node.names} & CHANGES_THE_DISK[node.module]
