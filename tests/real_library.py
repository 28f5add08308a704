"""A pak lockfile for a real, installed R library, made from its DESCRIPTION files.

As a program: ``real_library.py LIBRARY LOCKFILE`` writes it.
"""

import json
import sys
from pathlib import Path

from builders import entry, lockfile_document
from pkgstore import parse_dcf


def built_for(library: Path) -> tuple[str, str]:
    """R version (short) and platform, from the first compiled package's Built field."""
    for description in sorted(library.glob("*/DESCRIPTION")):
        version, platform, *_ = (part.strip() for part in parse_dcf(description).get("Built", ";").split(";"))
        if platform:
            return version.removeprefix("R ").rpartition(".")[0], platform
    raise ValueError(f"{library} has no compiled package")


def lockfile_for(library: Path) -> dict[str, object]:
    """The lockfile, as pak would have written it for standard packages."""
    rversion, platform = built_for(library)
    entries = []
    for description in sorted(library.glob("*/DESCRIPTION")):
        fields = parse_dcf(description)
        compiled = fields.get("NeedsCompilation", "").lower() == "yes"
        entries.append(
            entry(
                fields["Package"],
                fields["Version"],
                needscompilation=compiled,
                rversion=rversion,
                platform=platform,
            )
        )
    return lockfile_document(*entries)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(lockfile_for(Path(sys.argv[1])), indent=2))
