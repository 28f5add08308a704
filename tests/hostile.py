"""A store in which every name and text that comes from outside is hostile, all at once.

Texts that try to be markup, to run an action, to set the terminal's title, to clear the screen, to turn text round,
to break lines, to be no UTF-8, or to be as long as a name may be.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from builders import StoreBuilder, config_hash, entry, source_hash, write_lockfile

MARKUP = "[/foo] [bold"
"""What crashes a program that takes it for markup."""

BAD = "[bold [$x][@click=app.quit_now]\x1b]0;owned\x07\x1b[2J\x9b7m\n\t\r\x7f\u202e\u2066\u200f\u2028\udcff\ufeff"
"""What a folder's name may have: every kind of character that should not reach a terminal."""

TEXT = f"{MARKUP} {BAD}"
"""The same for texts, which may have a slash."""

LONGEST = 255
"""Bytes of the longest name that file systems take."""

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns text round."""


def longest(end: str = "", sign: str = "[") -> str:
    """A name of 255 bytes."""
    return sign * (LONGEST - len(os.fsencode(end))) + end


def unsafe(text: str) -> list[str]:
    """The characters of a text that may not reach a terminal, line ends apart."""
    return sorted({sign for sign in text if sign != "\n" and (sign in BIDI or not sign.isprintable())})


def escaped(text: str) -> str:
    """A text as it is written into a JSON file here: with escapes for what is not ASCII."""
    return json.dumps(text)


@dataclass(frozen=True)
class Hostile:
    """The store, and what the hostile things in it are called."""

    store: StoreBuilder
    platform: str = f"4.5-{BAD}"
    package: str = f"p{BAD}"
    source: str = f"s{BAD}"
    config: str = f"c{BAD}"
    worker: str = f"w{BAD}"
    app: str = "[/foo] [bold"
    deep_app: str = f"team{BAD}/deep{BAD}"
    build: str = f"b{BAD}"
    linked: str = f"l{TEXT}"
    file: str = f"f{BAD}"

    @property
    def root(self) -> Path:
        """The store's root, itself of a hostile name."""
        return self.store.root

    @property
    def apps(self) -> Path:
        """The folder of the apps."""
        return self.root.parent

    @property
    def lockfile(self) -> Path:
        """An app's lockfile."""
        return self.apps / self.app / "pak.lock"

    @property
    def manifest(self) -> Path:
        """An app's manifest."""
        return self.apps / self.app / "store-manifest.json"

    @property
    def refs(self) -> dict[str, str]:
        """A manifest in which hostile names are at home: what is stored, what is not, and what is no ref."""
        return {
            "good": f"{source_hash('good', '1.0')}/{config_hash({'Rcpp': '1.0.12'})}",
            self.package: f"{self.source}/{self.config}",
            f"gone{BAD}": f"{TEXT}/{BAD}",
            longest(): f"{longest()}/{longest('', 'h')[:250]}",
        }


def hostile_store(folder: Path, now: float | None = None) -> Hostile:
    """A store with a hostile name in every place where a name can stand, and good packages between them.

    Args:
        folder: An empty folder; the store is some way below it, in folders of hostile names.
        now: The time that ages count from, in seconds since 1970.
    """
    store = StoreBuilder(folder / "[" / f"foo] {BAD}" / f"store{BAD}", now=now)
    made = Hostile(store)
    _good(store)
    _sources(made)
    _workers(made)
    _apps(made)
    _work(made)
    _locks(made)
    _beside(made)
    return made


def _good(store: StoreBuilder) -> None:
    store.package("Rcpp").source("1.0.12").config(used="10d")
    store.package("good").source().config({"Rcpp": "1.0.12"}, "10d").config(used="90d")


def _description(tree: Path, package: str) -> None:
    """A DESCRIPTION whose every field is hostile, bytes that are no UTF-8 included."""
    fields = {
        "Package": package,
        "Version": f"1{TEXT}",
        "Title": TEXT,
        "Description": TEXT,
        "Built": f"R 4.5.2{TEXT}; {TEXT}; {TEXT}; unix",
        "RemoteType": "github",
        "RemoteUsername": TEXT,
        "RemoteRepo": TEXT,
        "RemoteSubdir": TEXT,
        "RemoteSha": BAD,
        "Repository": TEXT,
        BAD.replace(":", ""): TEXT,
    }
    lines = [f"{name}: {value}".replace("\n", "\n ") for name, value in fields.items()]
    (tree / "DESCRIPTION").write_bytes(os.fsencode("\n".join(lines) + "\n"))


def _sources(made: Hostile) -> None:
    other = made.store.on(made.platform)
    other.package("Rcpp").source().config(used="40d")
    whole = other.package(made.package).source(key=made.source)
    _config(whole.path, made.config, made.package, {made.linked: TEXT, "Rcpp": source_hash("Rcpp", "1.0")})
    _config(whole.path, f"phantom{BAD}", made.package, {}, tree=False, sidecar=False)
    _config(whole.path, f"orphan{BAD}", made.package, {}, listed=False)
    _tree_files(made, whole.path / made.config)
    broken = other.package(f"broken{BAD}").source(key=f"x{BAD}")
    _config(broken.path, f"c{BAD}", broken.package.name, {})
    broken.configs_json.write_bytes(os.fsencode(f'{{"configs": {{"{MARKUP}": {TEXT}'))
    typed = other.package(f"typed{BAD}").source(key=f"y{BAD}")
    _config(typed.path, f"c{BAD}", typed.package.name, {})
    typed.configs_json.write_text(f'{{"configs": {{{escaped(TEXT)}: {{{escaped(TEXT)}: 3}}}}}}')
    long = made.store.on("4.5-" + longest()[4:]).package(longest()).source(key=longest())
    _config(long.path, longest(sign="h")[:250], longest(), {longest(): longest()})
    (made.root / made.platform / f"file{BAD}").touch()
    (made.root / f"file{BAD}").touch()
    (made.root / made.platform / f"link{BAD}").symlink_to(TEXT)


def _config(
    folder: Path,
    name: str,
    package: str,
    links: dict[str, str],
    *,
    tree: bool = True,
    listed: bool = True,
    sidecar: bool = True,
) -> None:
    """A config of any name, in the parts that are wanted."""
    path = folder / "configs.json"
    known = json.loads(path.read_text()) if path.exists() else {"source_compiled": True, "linkingto": sorted(links)}
    if listed:
        known.setdefault("configs", {})[name] = links
        path.write_text(json.dumps(known))
    if tree:
        (folder / name).mkdir()
        _description(folder / name, package)
    if sidecar:
        (folder / f"{name}.json").write_text('{"created_at": "2026-01-02T03:04:05.678Z"}')


def _tree_files(made: Hostile, tree: Path) -> None:
    inner = tree / f"d{BAD}"
    inner.mkdir()
    (tree / made.file).write_bytes(os.fsencode(f"{TEXT}\n") + b"\xff\xfe\x1b[2J\n")
    (inner / longest(".json")).write_text(json.dumps({TEXT: [TEXT]}))
    (tree / f"link{BAD}").symlink_to(TEXT)
    (tree / longest(sign="l")).symlink_to(longest())
    os.mkfifo(tree / f"pipe{BAD}")


def _workers(made: Hostile) -> None:
    store = made.store
    store.worker(made.worker, made.refs)
    store.worker(longest(), made.refs)
    (store.worker(f"broken{BAD}") / ".packages.json").write_bytes(os.fsencode(f'{{"{TEXT}'))
    (store.worker(f"typed{BAD}") / ".packages.json").write_text(f"{{{escaped(TEXT)}: 3}}")
    (store.worker(f"folder{BAD}") / ".packages.json").mkdir()
    store.worker(f"empty{BAD}")
    (store.root / ".workers" / f"file{BAD}").touch()


def _apps(made: Hostile) -> None:
    for name in (made.app, made.deep_app, longest(), f".transfers/t{BAD}"):
        folder = made.store.app(name, made.refs, prev={"good": made.refs["good"]}, build={f"gone{BAD}": TEXT})
        _lockfile(folder / "pak.lock")
    broken = made.store.app(f"broken{BAD}", {})
    for name in ("store-manifest.json", "store-manifest.json.prev", "pak.lock"):
        (broken / name).write_bytes(os.fsencode(f'{{"{TEXT}": {TEXT}'))
    typed = made.store.app(f"typed{BAD}", {})
    (typed / "store-manifest.json").write_text(f"{{{escaped(TEXT)}: 3}}")
    (typed / "pak.lock").write_text(
        json.dumps({"lockfile_version": 1, "packages": [{"package": 3, "version": TEXT}]})
    )
    (made.apps / f"link{BAD}").symlink_to(BAD)


def _lockfile(path: Path) -> None:
    metadata = {
        "RemoteType": "github",
        "RemoteSha": TEXT,
        "RemoteSubdir": TEXT,
        "RemoteUsername": TEXT,
        "RemoteRepo": TEXT,
        "RemoteUrl": TEXT,
    }
    write_lockfile(
        path,
        entry("good"),
        entry("Rcpp", "1.0.12"),
        entry(f"q{BAD}", TEXT, repotype=TEXT, metadata={"RemoteType": "standard", "Repository": TEXT}),
        entry(f"git{BAD}", TEXT, type="github", metadata=metadata, ref=TEXT),
        entry(f"meta{BAD}", TEXT, type="local", metadata={"RemoteType": "local"}),
        entry(longest(), longest(), rversion=f"4.5{BAD}", platform=f"x{BAD}"),
    )


def _work(made: Hostile) -> None:
    for staging in (False, True):
        folder = made.store.work(made.build, made.refs, staging=staging)
        _lockfile(folder / "pak.lock")
        made.store.work(longest(), staging=staging)
        (made.store.work(f"broken{BAD}", staging=staging) / "store-manifest.json").write_bytes(os.fsencode(TEXT))
        (folder.parent / f"file{BAD}").touch()
        os.utime(folder, (made.store.now - 10 * 86400,) * 2)


def _locks(made: Hostile) -> None:
    locks = made.root / ".locks"
    for platform, package, source in (
        (made.platform, made.package, made.source),
        (made.platform, f"gone{BAD}", f"gone{BAD}"),
        (longest(), longest(), longest()[:250]),
    ):
        lock = locks / platform / package / f"{source}.lock"
        lock.mkdir(parents=True)
        os.utime(lock, (made.store.now - 3000,) * 2)
    (locks / f"file{BAD}").touch()


def _beside(made: Hostile) -> None:
    """A library that waits to be ingested, and a build folder that is a link."""
    (made.root / ".builds" / f"link{BAD}").symlink_to(TEXT)


def written_literally(text: str) -> bool:
    """Whether the words that markup would have swallowed stand in a text."""
    return re.search(r"\[bold", text) is not None
