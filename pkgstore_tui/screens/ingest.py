"""The ingest dialog: a lockfile and the library that was built from it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pkgstore.operations.ingest import IngestPlan
from pkgstore.operations.tool import BuildInputs, plan_tool_ingest, read_build_inputs, run_ingest
from pkgstore_tui.command_lines import line
from pkgstore_tui.format import counted
from pkgstore_tui.screens.plan import Field, PlanDialog, Proposal, path_of
from pkgstore_tui.widgets.facts import Fact


class IngestDialog(PlanDialog):
    """Move a build's packages into the store."""

    HEADING: ClassVar[str] = "Ingest a library into the store"
    VERB: ClassVar[str] = "Ingest"

    @property
    def fields(self) -> Sequence[Field]:
        """What the build tool takes."""
        return (
            Field("lockfile", "lockfile", "pak.lock of the build", pick="file"),
            Field("library", "library", "the folder it was installed into", pick="folder"),
            Field("reference", "reference", "a worker's library (optional)", pick="folder", optional=True),
        )

    def propose(self, values: Mapping[str, str]) -> Proposal:
        """Plan the ingest."""
        reference = path_of(values["reference"]) if values["reference"] else ""
        root, lockfile, library = self.session.place.root, path_of(values["lockfile"]), path_of(values["library"])
        inputs = read_build_inputs(root, lockfile, library, reference)
        plan = plan_tool_ingest(inputs)
        return Proposal(
            ingest_facts(inputs, plan),
            title=f"ingest {inputs.platform}",
            factory=lambda cancel, progress: run_ingest(
                inputs, plan, cancel=cancel, progress=progress, digests=True
            ),
            command=line("ingest", lockfile=lockfile, lib=library, reference_lib=reference, store=root),
        )


def ingest_facts(inputs: BuildInputs, plan: IngestPlan) -> tuple[Fact, ...]:
    """What an ingest would do, in a few lines."""
    reasons = Counter(step.why.value for step in plan.steps if step.why is not None)
    others = [
        Fact("" if index else "would leave", f"{counted(count, 'package')} {why}", "muted")
        for index, (why, count) in enumerate(reasons.most_common())
    ]
    repairs = [Fact("would repair", counted(plan.repairs, "config"))] if plan.repairs else []
    return (
        Fact("platform", inputs.platform),
        Fact("would move", counted(plan.moves, "package"), "warn" if plan.moves else ""),
        *repairs,
        *others,
        Fact("would write", "store-manifest.json in the library"),
        *(Fact("note", notice.text, "warn") for notice in inputs.notices),
    )
