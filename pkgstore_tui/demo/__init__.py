"""A lively example store in a temporary folder, made through the library's own operations; gone at exit."""

import os
import shutil
import tempfile
import threading
from random import Random
from types import TracebackType
from typing import Final, Self

from pkgstore.codec import read_package_manifest, read_store_manifest
from pkgstore.errors import StoreError
from pkgstore.store import Store
from pkgstore_tui.demo.building import damage, run_build
from pkgstore_tui.demo.catalog import APPS, BUILDS, MAIN
from pkgstore_tui.settings import STORE_FOLDER, Place

PLATFORM: Final = f"4.5-{MAIN}"
FEWEST, MOST = 3, 7


def _quick_folder() -> str | None:
    """A memory file system where there is one: thousands of small folders are made at once."""
    asked, quick = os.environ.get("TMPDIR"), "/dev/shm"
    return quick if not asked and os.access(quick, os.W_OK | os.X_OK) else None


class Demo:
    """The example store while it is open: ``with Demo() as demo: … demo.place``."""

    def __init__(self, *, pause: float = 1.5, seed: int = 7) -> None:
        """Nothing is made before it is entered.

        Args:
            pause: About how many seconds pass between two changes of the workers.
            seed: What the workers do follows from it.
        """
        self._pause = pause
        self._random = Random(seed)
        self._folder = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(os.path.join(self._folder, STORE_FOLDER), self._folder, "720h")

    def __enter__(self) -> Self:
        self._folder = tempfile.mkdtemp(prefix="pkgstore-demo-", dir=_quick_folder())
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        self._thread = threading.Thread(target=self._live, name="demo", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._remove()

    def _make(self) -> None:
        for build in BUILDS:
            run_build(self.place.root, self.place.apps, build)
        damage(self.place.root)
        self._store = Store(self.place.root, PLATFORM)
        for app in APPS:
            self._come(app)

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- workers that come and go ---------------------------------------------------------------------------------

    def _live(self) -> None:
        while not self._stop.wait(self._pause * self._random.uniform(0.6, 1.8)):
            try:
                self._change()
            except (StoreError, OSError):  # somebody evicted or removed it under us: that is life, go on
                continue

    def _change(self) -> None:
        workers = self._workers()
        if len(workers) < FEWEST:
            self._come(self._random.choice(list(APPS)))
            return
        what = self._random.choice(("come", "go", "install", "install"))
        if what == "come" and len(workers) < MOST:
            self._come(self._random.choice(list(APPS)))
        elif what == "go" and len(workers) > FEWEST:
            self._store.cleanup_worker_lib(self._random.choice(workers))
        else:
            self._install(self._random.choice(workers))

    def _workers(self) -> list[str]:
        folder = self._store.layout.workers
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def _manifest(self, app: str, kind: str = "") -> dict[str, str]:
        return read_store_manifest(os.path.join(self.place.apps, app, f"store-manifest.json{kind}"))

    def _come(self, app: str) -> None:
        """A worker starts: its library is assembled from its app's manifest."""
        worker = f"{app}-{self._random.getrandbits(32):08x}"
        self._store.assemble_library(self._store.worker_lib_dir(worker), self._manifest(app))

    def _install(self, worker: str) -> None:
        """A live install: some packages change to what another build had, or come."""
        library = self._store.worker_lib_dir(worker)
        has = read_package_manifest(library)
        app = worker.rpartition("-")[0]
        other = self._manifest(self._random.choice(list(APPS))) | self._manifest(
            app, self._random.choice(("", ".prev"))
        )
        differs = sorted(name for name, ref in other.items() if has.get(name) != ref)
        if differs:
            chosen = self._random.sample(differs, min(len(differs), self._random.randint(1, 3)))
            self._store.assemble_library(library, has | {name: other[name] for name in chosen})
