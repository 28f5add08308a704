"""Fuzz one target: ``python -m fuzz.one TARGET``; run inputs of it again: ``python -m fuzz.one TARGET FILE…``."""

import argparse
import sys
import time
from pathlib import Path

BEGUN = time.monotonic()
"""The time that is given counts from here: what atheris looks into takes some seconds to load."""


def main() -> int:
    """Run it; the exit code is 0 where nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.one")
    parser.add_argument("target")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--engine", choices=("atheris", "hypothesis"), default="atheris")
    parser.add_argument("--state", type=Path, default=Path(".fuzz"))
    given = parser.parse_args()
    if given.files:
        return _again(given.target, given.files)
    if given.engine == "atheris":
        import atheris

        with atheris.instrument_imports(include=["pkgstore", "pkgstore_tui", "tomllib"]):
            from fuzz.targets import CORPUS, TARGETS
    else:
        from fuzz.targets import CORPUS, TARGETS
    from fuzz.engines import Finds, with_atheris, with_hypothesis

    target = TARGETS[given.target]
    finds = Finds(target, given.state / "found" / target.name)
    run = with_atheris if given.engine == "atheris" else with_hypothesis
    left = max(1, given.seconds - round(time.monotonic() - BEGUN))
    run(finds, left, [CORPUS / target.name], given.state / "corpus" / target.name)
    return 1 if finds.seen else 0


def _again(name: str, files: list[Path]) -> int:
    """Run inputs again, with the whole traceback of what goes wrong."""
    import traceback

    from fuzz.attempt import problem
    from fuzz.targets import TARGETS

    bad = 0
    for path in files:
        error = problem(TARGETS[name], path.read_bytes())
        print(f"{path}: {'nothing wrong' if error is None else ''}")
        if error is not None:
            bad += 1
            traceback.print_exception(error)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
