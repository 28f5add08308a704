"""Which stored config a lockfile asks for, and what an installed tree was compiled against. Reads; never writes.

Populate, ingest and every explanation use these same functions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pkgstore.codec import read_store_configs
from pkgstore.description import is_compiled, package_list, read_description
from pkgstore.errors import DiskError, StoreError, UnsupportedRemoteType
from pkgstore.fence import is_folder
from pkgstore.keys import ConfigKey, SourceKey, config_hash, store_key, to_bytes
from pkgstore.layout import Layout
from pkgstore.model import CompileContext, Lockfile, LockfileEntry, StoreConfigs


def key_or_none(entry: LockfileEntry) -> str | None:
    """The store key of an entry; None where its remote type has none."""
    try:
        return store_key(entry)
    except UnsupportedRemoteType:
        return None


@dataclass(frozen=True, slots=True)
class LockIndex:
    """The store key of the first entry of each name in a lockfile, meta entries included (spec: ResolveConfig)."""

    first_keys: Mapping[str, str | None]

    @classmethod
    def of(cls, lockfile: Lockfile) -> "LockIndex":
        """Index a lockfile."""
        first: dict[str, str | None] = {}
        for entry in lockfile.packages:
            if entry.package not in first:
                first[entry.package] = key_or_none(entry)
        return cls(first)

    def linking_keys(self, names: Iterable[str]) -> dict[str, str]:
        """The store keys of linked packages; names that the lockfile lacks, or that have no key, are left out."""
        found = ((name, self.first_keys.get(name)) for name in names)
        return {name: key for name, key in found if key is not None}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a lockfile asks for of one source hash, and whether it is there.

    `meta` is None where configs.json is missing or cannot be read; `problem` then says which, if it is the latter.
    """

    key: ConfigKey | None
    meta: StoreConfigs | None
    has_tree: bool = False
    problem: StoreError | None = None

    @property
    def listed(self) -> bool:
        """Whether configs.json has the wanted config: the reference's hit."""
        return self.key is not None and self.meta is not None and self.key.config_hash in self.meta.configs


def read_meta(layout: Layout, key: SourceKey) -> tuple[StoreConfigs | None, StoreError | None]:
    """A source's configs.json, or None with what is wrong with it (nothing, if it is just missing)."""
    try:
        return read_store_configs(layout.configs(key)), None
    except DiskError as error:
        return None, None if error.is_missing else error
    except StoreError as error:
        return None, error


def has_tree(layout: Layout, key: ConfigKey) -> bool:
    """Whether the config's folder exists (API: Store.Has); a symbolic link in its place is none."""
    return is_folder(layout.config(key))


def resolve(layout: Layout, key: SourceKey, index: LockIndex) -> Resolution:
    """Which config of a source hash fits a lockfile (API: Store.ResolveConfig; spec: ResolveConfig)."""
    meta, problem = read_meta(layout, key)
    if meta is None:
        return Resolution(None, None, problem=problem)
    wanted = config_hash(index.linking_keys(meta.linkingto or ()))
    config = ConfigKey(key.platform, key.package, key.source_hash, wanted)
    return Resolution(config, meta, has_tree(layout, config))


def compile_context(description: str, index: LockIndex) -> CompileContext:
    """What a tree was compiled against, from its DESCRIPTION and the lockfile (API: IngestContext).

    Args:
        description: The path of the DESCRIPTION; a missing one gives an empty config.
        index: Of the lockfile that the tree was installed from.

    Raises:
        DiskError: DESCRIPTION is there and cannot be read.
    """
    fields = read_description(description)
    if fields is None:
        return CompileContext(config_hash({}), None, source_compiled=False, linkingto=None)
    names = tuple(sorted(package_list(fields.get("LinkingTo", "")), key=to_bytes))
    keys = index.linking_keys(names)
    return CompileContext(config_hash(keys), keys, is_compiled(fields), names or None)


def ingest_context(description: str, lockfile: Lockfile) -> CompileContext:
    """As `compile_context`, for a single tree (API: IngestContext)."""
    return compile_context(description, LockIndex.of(lockfile))
