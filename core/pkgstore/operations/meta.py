"""Write what a store says of a config beside its tree: configs.json and the sidecar. Call with the lock held."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pkgstore import codec, files
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import Layout
from pkgstore.model import CompileContext, ConfigMeta, StoreConfigs
from pkgstore.resolve import read_meta


def write_ingest_meta(layout: Layout, key: ConfigKey, context: CompileContext) -> None:
    """Write a config's sidecar, then put it into its configs.json (API: Store.WriteIngestMeta).

    In this order, since a crash between the two then leaves what the next ingest repairs. A configs.json that is
    there keeps what it says of the source; one that cannot be read is written anew.

    Raises:
        DiskError: A file cannot be written; the old one is then still there.
    """
    old, _ = read_meta(layout, key.source)
    if old is None:
        old = StoreConfigs(context.source_compiled, context.linkingto)
    write_config_meta(layout.sidecar(key), ConfigMeta(datetime.now(UTC)))
    configs = {**old.configs, key.config_hash: context.linking_to_keys}
    write_store_configs(layout.configs(key.source), StoreConfigs(old.source_compiled, old.linkingto, configs))


def forget_configs(layout: Layout, key: SourceKey, hashes: Iterable[str]) -> None:
    """Take configs out of their configs.json in one write; the file goes with the last of them.

    Raises:
        MetaError: configs.json cannot be read; it is left as it is.
        DiskError: It cannot be written.
    """
    path = layout.configs(key)
    meta, problem = read_meta(layout, key)
    if problem is not None:
        raise problem
    if meta is None:
        return
    gone = frozenset(hashes)
    left = {name: keys for name, keys in meta.configs.items() if name not in gone}
    if not left:
        files.remove_file(path)
    elif len(left) != len(meta.configs):
        write_store_configs(path, StoreConfigs(meta.source_compiled, meta.linkingto, left))


def write_store_configs(path: str, configs: StoreConfigs) -> None:
    """Write a configs.json, named by its full path, atomically (API: WriteStoreConfigs).

    Raises:
        DiskError: It cannot be written; the old one is then still there.
    """
    files.replace_file(path, codec.encode_store_configs(configs), locked=True)


def write_config_meta(path: str, meta: ConfigMeta) -> None:
    """Write a sidecar, named by its full path, atomically (API: WriteConfigMeta).

    Raises:
        DiskError: It cannot be written; the old one is then still there.
    """
    files.replace_file(path, codec.encode_config_meta(meta), locked=True, durable=False)
