"""What the makers of seeds share."""

import json
from collections.abc import Iterator

Texts = Iterator[bytes]

DEEP = (b"[" * 2000, b'{"a":' * 300 + b"1" + b"}" * 300)
"""Nested deeper than a parser that calls itself can follow."""


def as_json(*documents: object) -> Texts:
    """Documents as people write them."""
    for document in documents:
        yield json.dumps(document, indent=1, sort_keys=True).encode()
