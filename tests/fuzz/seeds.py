"""Write the seeds of the corpus (``seed-…``) again: ``PYTHONPATH=tests .venv/bin/python -m fuzz.seeds``."""

from fuzz import seeds_ours, seeds_plans, seeds_store, seeds_words
from fuzz.targets import CORPUS, TARGETS

MODULES = (seeds_store, seeds_plans, seeds_ours, seeds_words)


def main() -> None:
    """Write them all; what else is in the corpus stays."""
    for name in TARGETS:
        maker = next(getattr(module, key) for module in MODULES if hasattr(module, key := name.replace("-", "_")))
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("seed-*"):
            old.unlink()
        for number, data in enumerate(dict.fromkeys(maker())):
            (folder / f"seed-{number:02d}").write_bytes(data)


if __name__ == "__main__":
    main()
