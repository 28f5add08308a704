"""The ingest dialog: a lockfile and the library that was built from it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from pkgstore.journal import Actor, Journal, new_operation
from pkgstore.operations.events import Event
from pkgstore.operations.ingest import IngestPlan
from pkgstore.operations.recording import recorded
from pkgstore.operations.tool import BuildInputs, plan_tool_ingest, read_build_inputs, run_ingest
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.command_lines import line
from pkgstore_tui.explanation.outcomes import ingest_outcomes
from pkgstore_tui.screens.filled import FilledDialog
from pkgstore_tui.screens.plan import Field, Proposal, path_of
from pkgstore_tui.widgets.facts import Fact


class IngestDialog(FilledDialog):
    """Move a build's packages into the store."""

    HEADING: ClassVar[str] = "Ingest a library into the store"
    VERB: ClassVar[str] = "Ingest"
    WORDS: ClassVar[dict[str, str]] = {
        "move": "would move",
        "repair": "would repair",
        "stored": "stored",
        "missing": "missing",
    }

    @property
    def blanks(self) -> Sequence[Field]:
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
        outcomes = ingest_outcomes(plan)
        command = line("ingest", lockfile=lockfile, lib=library, reference_lib=reference, store=root)
        facts = (
            Fact("platform", inputs.platform),
            *self.counts(outcomes),
            Fact("would write", "store-manifest.json in the library"),
            *(Fact("note", notice.text, "warn") for notice in inputs.notices),
        )
        start = partial(ingest, inputs, plan, command)
        return self.proposed(Proposal(facts, outcomes, f"ingest {inputs.platform}", start, command), library)


def ingest(
    inputs: BuildInputs, plan: IngestPlan, command: str, cancel: Cancel, progress: Progress
) -> Iterator[Event]:
    """Do what was shown, and write it into the journal as the command line does."""
    journal = Journal(inputs.layout, new_operation("ingest"), Actor.present(command))
    events = run_ingest(inputs, plan, cancel=cancel, progress=progress, digests=True)
    return recorded(journal, "ingest", inputs.facts, events, late=True)
