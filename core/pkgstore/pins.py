"""What people keep on purpose: a config, or a whole manifest as it was, with a reason and perhaps an end. Reads.

``pins.json`` is one document, ``{"version": 1, "pins": [...]}``. A pin in it that cannot be used makes the whole
file unreadable: what must be kept is then not known, and an eviction has to stop.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import orjson

from pkgstore import text_json
from pkgstore.errors import DiskError, InputError, StoreError
from pkgstore.layout import Layout, check_ref
from pkgstore.model import Damage, Pin, PinsRecord
from pkgstore.reading import read_bytes

LARGEST: Final = 16 * 1024 * 1024
_FIELDS: Final = ("id", "what", "reason", "by", "at", "until", "manifest")


def encode_pins(pins: Iterable[Pin]) -> bytes:
    """The bytes of ``pins.json``."""
    document = {
        "version": 1,
        "pins": [
            {
                "id": pin.id,
                "what": pin.what,
                "reason": pin.reason,
                "by": pin.by,
                "at": written(pin.at),
                "until": None if pin.until is None else written(pin.until),
                "manifest": dict(pin.manifest),
            }
            for pin in pins
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def written(seconds: float) -> str:
    """A time in seconds since 1970 as it is written there: RFC 3339, in local time."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def read_pins(layout: Layout) -> tuple[Pin, ...]:
    """Every pin, also those that are over, in the order they were made; none where there is no file.

    Raises:
        DiskError: The file cannot be read.
        InputError: It, or one of the pins in it, cannot be used.
    """
    path = layout.pins
    try:
        return _decode(text_json.loads(read_bytes(path, largest=LARGEST)), path)
    except FileNotFoundError:
        return ()
    except NotADirectoryError as cause:
        raise DiskError("read this file", cause, path) from cause
    except (text_json.BadJSON, ValueError, OverflowError, OSError) as cause:
        raise InputError(
            f"cannot be used: {cause}", path=path, advice="mend it; every line of it is a pin"
        ) from cause


def _decode(document: Any, path: str) -> tuple[Pin, ...]:
    if not isinstance(document, dict) or document.get("version") != 1:
        raise text_json.BadJSON("this is no list of pins of version 1")
    rows = text_json.Fields(document, ("pins",)).items("pins") or []
    return tuple(_pin(row, place, path) for place, row in enumerate(rows))


def _pin(row: object, place: int, path: str) -> Pin:
    fields = text_json.Fields(row, _FIELDS, f"pins[{place}]")
    manifest = text_json.string_map(fields.mapping("manifest"), f"pins[{place}].manifest")
    for package, ref in manifest.items():
        check_ref(package, ref, where=path)
    until = fields.text("until")
    name = fields.text("id")
    if not name or not manifest:
        raise text_json.BadJSON(f"pins[{place}] has no id, or keeps nothing")
    return Pin(
        name,
        fields.text("what"),
        fields.text("reason"),
        fields.text("by"),
        _moment(fields.text("at")),
        manifest,
        _moment(until) if until else None,
    )


def _moment(text: str) -> float:
    """Seconds since 1970 of a time that can be written again here; raises `ValueError`, `OverflowError`."""
    seconds = datetime.fromisoformat(text).timestamp()
    written(seconds)
    return seconds


def scan_pins(layout: Layout) -> PinsRecord:
    """The pins as they are now; a file of them that cannot be read is damage."""
    try:
        return PinsRecord(layout.pins, read_pins(layout))
    except StoreError as error:
        return PinsRecord(layout.pins, damage=(Damage(layout.pins, error.reason),))
