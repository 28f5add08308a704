"""Names on disk, both ways, and what may never become one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pkgstore.errors import InvalidName, MalformedRef
from pkgstore.keys import ConfigKey, SourceKey
from pkgstore.layout import Kind, Layout, Place, check_component, check_package, check_platform, check_ref

relaxed = settings(deadline=None, database=None)
layout = Layout("/srv/.pkg-store")

components = st.text(min_size=1).filter(lambda text: text not in {".", ".."} and not {"/", "\0"} & set(text))
names = components.filter(lambda text: not text.startswith(".") and text != "store-manifest.json")
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)

BAD = [
    ("", "is empty"),
    (".", "would leave its folder"),
    ("..", "would leave its folder"),
    ("/", "has a slash"),
    ("a/b", "has a slash"),
    ("../../etc", "has a slash"),
    ("/etc", "has a slash"),
    ("a\0", "has a NUL character"),
]
PATHS: dict[str, tuple[str, Callable[[str], str]]] = {
    "platform": ("platform", layout.platform),
    "package: platform": ("platform", lambda name: layout.package(name, "sf")),
    "package: package": ("package", lambda name: layout.package("p", name)),
    "source: platform": ("platform", lambda name: layout.source(SourceKey(name, "sf", "s"))),
    "source: package": ("package", lambda name: layout.source(SourceKey("p", name, "s"))),
    "source: hash": ("source hash", lambda name: layout.source(SourceKey("p", "sf", name))),
    "configs: platform": ("platform", lambda name: layout.configs(SourceKey(name, "sf", "s"))),
    "configs: package": ("package", lambda name: layout.configs(SourceKey("p", name, "s"))),
    "configs: hash": ("source hash", lambda name: layout.configs(SourceKey("p", "sf", name))),
    "lock: platform": ("platform", lambda name: layout.lock(SourceKey(name, "sf", "s"))),
    "lock: package": ("package", lambda name: layout.lock(SourceKey("p", name, "s"))),
    "lock: hash": ("source hash", lambda name: layout.lock(SourceKey("p", "sf", name))),
    "config: platform": ("platform", lambda name: layout.config(ConfigKey(name, "sf", "s", "c"))),
    "config: package": ("package", lambda name: layout.config(ConfigKey("p", name, "s", "c"))),
    "config: source": ("source hash", lambda name: layout.config(ConfigKey("p", "sf", name, "c"))),
    "config: hash": ("config hash", lambda name: layout.config(ConfigKey("p", "sf", "s", name))),
    "sidecar: platform": ("platform", lambda name: layout.sidecar(ConfigKey(name, "sf", "s", "c"))),
    "sidecar: package": ("package", lambda name: layout.sidecar(ConfigKey("p", name, "s", "c"))),
    "sidecar: source": ("source hash", lambda name: layout.sidecar(ConfigKey("p", "sf", name, "c"))),
    "sidecar: hash": ("config hash", lambda name: layout.sidecar(ConfigKey("p", "sf", "s", name))),
    "worker": ("worker id", layout.worker),
}


class TestNamesThatMayNotReachTheDisk:
    @pytest.mark.parametrize(("name", "why"), BAD)
    @pytest.mark.parametrize("path", PATHS)
    def test_are_refused_by_every_path(self, path: str, name: str, why: str) -> None:
        role, method = PATHS[path]
        with pytest.raises(InvalidName) as caught:
            method(name)
        assert (caught.value.role, caught.value.name) == (role, name)
        assert caught.value.what == f"{role} {name!r} {why}"
        assert caught.value.advice.endswith("nothing was changed")

    @relaxed
    @given(st.sampled_from(sorted(PATHS)), st.text(), st.sampled_from("/\0"), st.text())
    def test_have_a_slash_or_a_nul_anywhere(self, path: str, before: str, bad: str, after: str) -> None:
        with pytest.raises(InvalidName):
            PATHS[path][1](before + bad + after)

    @pytest.mark.parametrize("path", [path for path, (role, _) in PATHS.items() if role in {"platform", "package"}])
    def test_begin_with_a_dot_where_helpers_live(self, path: str) -> None:
        for name in (".locks", ".x", "..."):
            with pytest.raises(InvalidName, match=f"'{name}' begins with a dot"):
                PATHS[path][1](name)

    def test_are_those_of_manifests(self) -> None:
        with pytest.raises(InvalidName, match=r"^package 'store-manifest.json' is the name of a manifest"):
            check_package("store-manifest.json")

    def test_are_told_with_the_file_they_came_from(self) -> None:
        for check in (check_package, check_platform):
            with pytest.raises(
                InvalidName, match=r"'\.\.' would leave its folder \(in /x/pak\.lock\); mend /x/pak\.lock; nothing"
            ):
                check("..", where="/x/pak.lock")
        with pytest.raises(InvalidName, match=r"^worker id '' is empty \(in w\)"):
            check_component("worker id", "", where="w")

    @pytest.mark.parametrize(
        ("package", "ref", "role"),
        [
            ("../x", "s/c", "package"),
            ("sf", "../c", "source hash"),
            ("sf", "s/..", "config hash"),
            ("sf", "s/c/d", "config hash"),
            ("sf", "s/\0", "config hash"),
        ],
    )
    def test_are_found_in_a_manifest_s_entry(self, package: str, ref: str, role: str) -> None:
        with pytest.raises(InvalidName) as caught:
            check_ref(package, ref, where="m.json")
        assert caught.value.role == role
        assert "(in m.json)" in caught.value.what

    def test_a_ref_without_two_parts_is_another_error(self) -> None:
        assert check_ref("sf", "s/c") == ("s", "c")
        with pytest.raises(MalformedRef) as caught:
            check_ref("sf", "noslash", where="m.json")
        assert (caught.value.package, caught.value.path) == ("sf", "m.json")


class TestPathsAndPlaces:
    def test_are_where_the_reference_has_them(self) -> None:
        source, config = SourceKey("4.5-x", "sf", "s1"), ConfigKey("4.5-x", "sf", "s1", "c1")
        root = "/srv/.pkg-store"
        assert layout.platform("4.5-x") == f"{root}/4.5-x"
        assert layout.package("4.5-x", "sf") == f"{root}/4.5-x/sf"
        assert layout.source(source) == f"{root}/4.5-x/sf/s1"
        assert layout.configs(source) == f"{root}/4.5-x/sf/s1/configs.json"
        assert layout.config(config) == f"{root}/4.5-x/sf/s1/c1"
        assert layout.sidecar(config) == f"{root}/4.5-x/sf/s1/c1.json"
        assert layout.lock(source) == f"{root}/.locks/4.5-x/sf/s1.lock"
        assert layout.worker("w-1") == f"{root}/.workers/w-1"
        assert (layout.locks, layout.workers) == (f"{root}/.locks", f"{root}/.workers")
        assert (layout.staging, layout.builds) == (f"{root}/.staging", f"{root}/.builds")
        assert layout.trash == f"{root}/.pkgstore/trash"

    @relaxed
    @given(names, names, components)
    def test_a_source_s_lead_back_to_it(self, platform: str, package: str, source: str) -> None:
        key = SourceKey(platform, package, source)
        assert layout.place(layout.platform(platform)) == Place(Kind.PLATFORM, platform)
        assert layout.place(layout.package(platform, package)) == Place(Kind.PACKAGE, platform, package)
        assert layout.place(layout.source(key)) == Place(Kind.SOURCE, platform, package, source)
        assert layout.place(layout.configs(key)) == Place(Kind.CONFIGS, platform, package, source)
        assert layout.place(layout.lock(key)) == Place(Kind.LOCK, platform, package, source)

    @relaxed
    @given(components)
    @example(".packages.json")
    def test_a_worker_s_leads_back_to_it(self, worker: str) -> None:
        path = layout.worker(worker)
        assert layout.place(path) == Place(Kind.WORKER, worker=worker)
        assert layout.place(f"{path}/.packages.json") == Place(Kind.MANIFEST, worker=worker)
        assert layout.place(f"{path}/sf") == Place(Kind.IN_LIBRARY, worker=worker)
        assert layout.place(f"{path}/sf/.packages.json") == Place(Kind.IN_LIBRARY, worker=worker)

    @relaxed
    @given(names, names, components, hashes)
    def test_a_config_s_lead_back_to_it(self, platform: str, package: str, source: str, config: str) -> None:
        self.leads_back(ConfigKey(platform, package, source, config))

    @relaxed
    @given(components)
    @example("configs")  # its sidecar would be configs.json itself
    @example("configs.json")
    @example("x.json")
    @example("configs.json.tmp")
    @example(".pkgstore-x")
    def test_a_config_of_any_name_that_is_not_refused_leads_back_to_it(self, config: str) -> None:
        key = ConfigKey("p", "sf", "s", config)
        try:
            layout.config(key)
        except InvalidName:
            assume(False)
        self.leads_back(key)

    def leads_back(self, key: ConfigKey) -> None:
        place = (key.platform, key.package, key.source_hash, key.config_hash)
        assert layout.place(layout.config(key)) == Place(Kind.CONFIG, *place)
        assert layout.place(layout.sidecar(key)) == Place(Kind.SIDECAR, *place)
        assert layout.place(f"{layout.config(key)}/R/x.rdb") == Place(Kind.IN_TREE, *place)

    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("/srv/.pkg-store", Kind.ROOT), (".", Kind.ROOT), ("/srv", Kind.OUTSIDE), ("/", Kind.OUTSIDE),
            ("..", Kind.OUTSIDE), ("/srv/.pkg-store-2/x", Kind.OUTSIDE),
            ("/srv/.pkg-store/p/../../x", Kind.OUTSIDE), (".locks", Kind.HELPER), (".locks/p", Kind.HELPER),
            (".locks/p/sf", Kind.HELPER), (".locks/p/sf/s", Kind.HELPER), (".locks/p/sf/s.lock", Kind.LOCK),
            (".locks/p/sf/s.lock.ab.stale", Kind.HELPER), (".locks/p/sf/s.lock/x", Kind.HELPER),
            (".workers", Kind.HELPER), (".builds", Kind.HELPER), (".builds/u", Kind.BUILD),
            (".builds/u/sf", Kind.IN_BUILD), (".staging/u", Kind.STAGING), (".staging/u/sf/R", Kind.IN_BUILD),
            (".pkgstore/trash/x", Kind.HELPER), (".new", Kind.HELPER), ("p/sf/s/configs.json.tmp", Kind.HELPER),
            ("p/sf/s/c.json.tmp", Kind.HELPER), ("p/sf/s/.x", Kind.HELPER),
            ("p/sf/s/configs.json/x", Kind.IN_TREE), ("p//sf/./s/", Kind.SOURCE),
        ],
    )  # fmt: skip
    def test_every_place_has_a_kind(self, path: str, kind: Kind) -> None:
        assert layout.place(path).kind is kind

    @relaxed
    @given(st.text())
    def test_any_text_has_a_place(self, path: str) -> None:
        assert layout.place(path).kind in Kind
        assert layout.place(f"/srv/.pkg-store/{path}").kind in Kind

    def test_no_path_touches_the_disk(self, tmp_path: Path) -> None:
        Layout(str(tmp_path / "gone")).config(ConfigKey("p", "sf", "s", "c"))
        assert list(tmp_path.iterdir()) == []
