"""Write both kinds of manifest, atomically, with the reference's bytes; check what manifests and lockfiles name."""

import os
from collections.abc import Mapping

from pkgstore import codec, files
from pkgstore.errors import DiskError
from pkgstore.layout import PACKAGE_MANIFEST, STORE_MANIFEST, check_package, check_platform, check_ref
from pkgstore.model import Lockfile


def _write(folder: str | os.PathLike[str], name: str, manifest: Mapping[str, str]) -> None:
    files.replace_file(os.path.join(folder, name), codec.encode_manifest(manifest))


def write_store_manifest(folder: str | os.PathLike[str], manifest: Mapping[str, str]) -> None:
    """Write ``store-manifest.json`` into a folder (API: WriteStoreManifest).

    Raises:
        DiskError: It cannot be written; the old one is then still there.
    """
    _write(folder, STORE_MANIFEST, manifest)


def write_package_manifest(library: str | os.PathLike[str], manifest: Mapping[str, str]) -> None:
    """Write a library's ``.packages.json`` (API: WritePackageManifest).

    Raises:
        DiskError: It cannot be written; the old one is then still there.
    """
    _write(library, PACKAGE_MANIFEST, manifest)


def update_package_manifest(library: str | os.PathLike[str], additions: Mapping[str, str]) -> None:
    """Add entries to a library's ``.packages.json``, over those of the same name (API: UpdatePackageManifest).

    Raises:
        ManifestError: The present one cannot be used; it is left as it is.
        DiskError: It cannot be read or written.
    """
    manifest: dict[str, str] = {}
    try:
        manifest = codec.read_package_manifest(library)
    except DiskError as error:
        if not error.is_missing:
            raise
    write_package_manifest(library, {**manifest, **additions})


def check_lockfile(platform: str, lockfile: Lockfile) -> None:
    """Check the platform and every package of a lockfile before anything is done with it.

    Raises:
        InvalidName: A name may not reach the disk.
    """
    check_platform(platform, where=lockfile.path)
    for entry in lockfile.real_entries:
        check_package(entry.package, where=lockfile.path)


def check_manifest(manifest: Mapping[str, str], *, where: str = "") -> None:
    """Check every package and ref of a manifest before anything is done with it.

    Raises:
        InvalidName: A name may not reach the disk.
        MalformedRef: A ref has not two parts.
    """
    for package, ref in manifest.items():
        check_ref(package, ref, where=where)
