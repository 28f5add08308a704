"""Seeds: what people write."""

from fuzz.reads_ours import KEY, OPERATION
from fuzz.seed_texts import Texts

ODD_TOML = (
    b"a = " + b"[" * 900 + b"]" * 900,
    b"a = " + b"{a = " * 500 + b"1" + b"}" * 500,
    b"theme" + b".a" * 90 + b" = 1",
    b"keys" + b".a" * 1500 + b" = 1",
    b"a = " + b"9" * 4400,
    b"a = 0x" + b"f" * 400,
)
"""TOML that is deep, or whose numbers are long."""


def settings() -> Texts:
    yield b'theme = "nord"\nascii = true\nclipboard = "auto"\nretention = "30d"\nhidden_columns = ["USERS"]\n'
    yield b'[keys]\n"table.down" = "j,down"\napp.quit = "ctrl+q"\n"x" = 1\n'
    yield b'theme = 1\nnothing = "x"\nretention = "-1h"\nhidden_columns = [1]\nkeys = 2027-01-01\n'
    yield from (*ODD_TOML, b"\xff")


def keys() -> Texts:
    yield b"table.down=j,down\napp.quit=ctrl+q\nview.refresh=f5\n"
    yield "table.down=+,ctrl++,,é,comma,question_mark,LATIN SMALL LETTER A\ntable.up=\nx=y\n".encode()


def query() -> Texts:
    yield from (
        b"sf idle>30d size>=1.5G",
        b'!state:orphan|rooted app:"my app"',
        b'"a \\"b" name:x*?',
        b"users=3 configs<2",
        b"a |",
        b'ab"c d',
        "é !app>=x".encode(),
        b"version:1.0* links:cpp11 has:x",
        b"size<0.3K",
        b"ref:5* platform:4.5-* worker:w1 own>1",
    )


def server() -> Texts:
    yield b'[storage]\nbundle_server_path = "/srv/shiny"\nstore_retention = "720h"\n'
    yield b'[docker]\nbundle_server_path = "bundles"\nstore_retention = "0"\n[storage]\nx = 1\n'
    yield b'[storage]\nbundle_server_path = 1\nstore_retention = "x\\u0000"\n'
    yield from (b"[storage\n", *ODD_TOML)


def words() -> Texts:
    plain = "720h 1h30m -1.5us 30d 0 2027-03-31 2027-03-31T18:00 9999-12-31 10G 1.5TiB sf .. a/b/c .hidden 3/7"
    for text in (*plain.split(), KEY.ref, OPERATION, "2562047h47m16.854775807s"):
        yield text.encode()
