"""The assembly dialog: a manifest, and the library to make out of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from pkgstore.errors import DiskError
from pkgstore.operations.assemble import apply_assemble
from pkgstore.operations.tool import plan_tool_assemble
from pkgstore_tui.command_lines import line
from pkgstore_tui.explanation.outcomes import assemble_outcomes
from pkgstore_tui.screens.apps_packages import ref_version
from pkgstore_tui.screens.filled import FilledDialog
from pkgstore_tui.screens.plan import Field, Proposal, path_of
from pkgstore_tui.widgets.facts import Fact


class AssembleDialog(FilledDialog):
    """Make a library out of the store by hard links."""

    HEADING: ClassVar[str] = "Assemble a library from a manifest"
    VERB: ClassVar[str] = "Assemble"
    WORDS: ClassVar[dict[str, str]] = {"link": "would link", "replace": "would replace", "kept": "would keep"}

    @property
    def blanks(self) -> Sequence[Field]:
        """Manifest, target and platform."""
        return (
            Field("manifest", "manifest", "store-manifest.json of an app", pick="file"),
            Field("library", "library", "the folder to make, on the store's file system", pick="folder"),
            Field("platform", "platform", "4.5-x86_64-pc-linux-gnu"),
        )

    @property
    def fields(self) -> Sequence[Field]:
        """The lines with what the row tells; a library that is there already is none to make."""
        return [replace(field, value="") if field.id == "library" else field for field in super().fields]

    def propose(self, values: Mapping[str, str]) -> Proposal:
        """Plan the assembly."""
        root, platform = self.session.place.root, values["platform"]
        manifest, library = path_of(values["manifest"]), path_of(values["library"])
        layout, plan = plan_tool_assemble(root, platform, manifest, library)
        try:
            os.stat(layout.platform(platform))
        except OSError as cause:
            raise DiskError("find this platform", cause, layout.platform(platform)) from cause
        outcomes = assemble_outcomes(plan, partial(ref_version, self.session.reading))
        return self.proposed(
            Proposal(
                (*self.counts(outcomes), Fact("would write", ".packages.json in the library")),
                outcomes,
                f"assemble {os.path.basename(library)}",
                lambda cancel, progress: apply_assemble(layout, plan, cancel=cancel, progress=progress),
                line("assemble", manifest=manifest, lib=library, platform=platform, store=root),
            ),
            library,
        )
