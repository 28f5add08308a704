"""Where a package comes from, as people write it: ``github r-spatial/sf@1a2b3c4``, ``CRAN``. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from pkgstore.text_json import printable

SHA_SHOWN: Final = 7
"""Digits of a commit, as git itself shortens them."""

REPOSITORIES: Final = frozenset({"", "standard", "cran", "bioc", "bioconductor"})
"""Remote types of what comes from a repository of packages, which ``Repository`` names."""

_SPELLED: Final = {"cran": "CRAN", "bioc": "Bioconductor", "bioconductor": "Bioconductor"}
_SECRET: Final = re.compile(r"(?<=//)[^/@\s]*@")
"""Name and password in a URL, which no screen should show."""


def remote_text(fields: Mapping[str, str]) -> str:
    """Where a package comes from, by the fields that R writes into its DESCRIPTION.

    Args:
        fields: ``RemoteType``, ``RemoteUsername``, ``RemoteRepo``, ``RemoteSubdir``, ``RemoteSha``, ``RemoteUrl``,
            ``Repository``, where there are any; others do not matter. A lockfile's metadata has the same names.

    Returns:
        ``type owner/repository/folder@commit``, the repository's name, or nothing where the fields do not tell.
    """
    kind = fields.get("RemoteType", "").strip()
    if kind.lower() in REPOSITORIES:
        name = fields.get("Repository", "").strip() or ("" if kind == "standard" else kind)
        return printable(_SPELLED.get(name.lower(), _SECRET.sub("", name)))
    sha = fields.get("RemoteSha", "").strip()[:SHA_SHOWN]
    place = _place(fields) + (f"@{sha}" if sha else "")
    return printable(f"{kind} {place}".strip())


def _place(fields: Mapping[str, str]) -> str:
    """``owner/repository/folder``, or the URL where there is no owner."""
    owner, name, folder = (fields.get(f"Remote{part}", "").strip() for part in ("Username", "Repo", "Subdir"))
    if not name:
        name = _SECRET.sub("", fields.get("RemoteUrl", "").strip())
    return "/".join(part for part in (owner, name, folder) if part)
