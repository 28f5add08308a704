"""The assembly dialog: a manifest, and the library to make out of it."""

import os
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pkgstore.errors import DiskError
from pkgstore.operations.assemble import AssemblePlan, apply_assemble
from pkgstore.operations.tool import plan_tool_assemble
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal, path_of
from pkgstore_tui.session import Session
from pkgstore_tui.widgets.facts import Fact


class AssembleDialog(PlanDialog):
    """Make a library out of the store by hard links."""

    HEADING: ClassVar[str] = "Assemble a library from a manifest"
    VERB: ClassVar[str] = "Assemble"

    def __init__(self, session: Session, platform: str) -> None:
        super().__init__(session)
        self.platform = platform

    @property
    def fields(self) -> Sequence[Field]:
        """Manifest, target and platform."""
        return (
            Field("manifest", "manifest", "store-manifest.json of an app", pick="file"),
            Field("library", "library", "the folder to make, on the store's file system", pick="folder"),
            Field("platform", "platform", "4.5-x86_64-pc-linux-gnu", self.platform),
        )

    def propose(self, values: Mapping[str, str]) -> Proposal:
        """Plan the assembly."""
        root, platform = self.session.place.root, values["platform"]
        manifest, library = path_of(values["manifest"]), path_of(values["library"])
        layout, plan = plan_tool_assemble(root, platform, manifest, library)
        try:
            os.stat(layout.platform(platform))
        except OSError as cause:
            raise DiskError("find this platform", cause, layout.platform(platform)) from cause
        name = os.path.basename(library)
        return Proposal(
            assemble_facts(plan),
            title=f"assemble {name}",
            factory=lambda cancel, progress: apply_assemble(layout, plan, cancel=cancel, progress=progress),
            command=line("assemble", manifest=manifest, lib=library, platform=platform, store=root),
        )


def assemble_facts(plan: AssemblePlan) -> tuple[Fact, ...]:
    """What an assembly would do, in a few lines."""
    links = sum(step.why is None for step in plan.steps)
    replaces = sum(step.why is None and step.replaces for step in plan.steps)
    missing = plan.missing
    kept = len(plan.steps) - links - len(missing)
    more = [Fact("would replace", counted(replaces, "package"), "warn")] if replaces else []
    more += [Fact("would keep", counted(kept, "package"))] if kept else []
    more += [Fact("missing", f"{counted(len(missing), 'package')}: {', '.join(missing)}", "bad")] if missing else []
    return (
        Fact("would link", counted(links, "package"), "warn" if links else ""),
        *more,
        Fact("would write", ".packages.json in the library"),
    )
