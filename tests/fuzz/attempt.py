"""One input for one target: what may come out of it, how long it may take, and how a find is told from another."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from hostile import unsafe
from pkgstore.errors import StoreError
from pkgstore_tui.format import safe_text

SLOWEST = 1.0
"""Seconds of processor time that an input of at most `LONGEST` bytes may take."""

LONGEST = 64 * 1024


class Broken(AssertionError):
    """Something that always holds does not."""


@dataclass(frozen=True)
class Target:
    """A parser, or several that read the same kind of text.

    Each of `reads` is called by itself: it may raise a `StoreError`, or what else is in `allowed`; it raises
    `Broken` where a property does not hold. `words` are what such texts are made of: the fuzzer's dictionary.
    """

    name: str
    what: str
    reads: tuple[Callable[[bytes], object], ...]
    words: tuple[str, ...] = ()
    allowed: tuple[type[Exception], ...] = ()


def holds(condition: object, what: str) -> None:
    """Raise `Broken` where a property does not hold."""
    if not condition:
        raise Broken(what)


def surely(call: Callable[..., object], *arguments: object) -> object:
    """What a call gives that must not refuse, such as reading back what was just written."""
    try:
        return call(*arguments)
    except StoreError as error:
        raise Broken(f"{call.__name__} refused what was made of what it took: {error}") from error


def attempt(target: Target, data: bytes) -> None:
    """Feed a target with an input; whatever is raised is a find."""
    for read in target.reads:
        took = _once(target, read, data)
        if took > SLOWEST and len(data) <= LONGEST:
            took = min(took, _once(target, read, data))  # not because something else was busy
            holds(took <= SLOWEST, f"{read.__name__} took {took:.1f} s for {len(data)} bytes")


def _once(target: Target, read: Callable[[bytes], object], data: bytes) -> float:
    began = time.process_time()
    try:
        read(data)
    except StoreError as error:
        _check_message(error)
    except target.allowed:
        pass
    return time.process_time() - began


def _check_message(error: StoreError) -> None:
    said = str(error)
    holds(said.strip(), "an error says nothing")
    shown = safe_text(said)
    holds(not unsafe(shown) and "\n" not in shown, f"an error is not safe to show: {shown!r}")
    shown.encode()


def problem(target: Target, data: bytes) -> Exception | None:
    """What goes wrong with an input, if anything."""
    try:
        attempt(target, data)
    except Exception as error:
        return error
    return None


def signature(error: Exception) -> str:
    """What tells one fault from another: the type, and the last line of ours on the way to it."""
    steps = traceback.extract_tb(error.__traceback__)
    wanted = ("/tests/fuzz/reads_",) if isinstance(error, Broken) else ("/core/pkgstore/", "/pkgstore_tui/")
    ours = [step for step in steps if any(part in step.filename for part in wanted)]
    where = (ours or steps)[-1]
    return f"{type(error).__name__} at {where.filename.rsplit('/', 1)[-1]}:{where.lineno}"


def shrunk(target: Target, data: bytes, seconds: float = 10.0) -> bytes:
    """A shorter input with the same fault: halves, quarters … left out for as long as the time allows."""
    wanted = problem(target, data)
    if wanted is None:
        return data
    sign, until, size = signature(wanted), time.monotonic() + seconds, max(1, len(data) // 2)
    while size and time.monotonic() < until:
        start, before = 0, len(data)
        while start < len(data) and time.monotonic() < until:
            shorter = data[:start] + data[start + size :]
            found = problem(target, shorter)
            if found is not None and signature(found) == sign:
                data = shorter
            else:
                start += size
        size = size // 2 if len(data) == before or size > 1 else size
    return data
