"""The populate dialog: a lockfile, and the library that is filled with what the store has of it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import ClassVar

from pkgstore.operations.events import Event
from pkgstore.operations.populate import PopulatePlan
from pkgstore.operations.tool import BuildInputs, plan_tool_populate, read_build_inputs, run_populate
from pkgstore.progress import Cancel, Progress
from pkgstore_tui.command_lines import line
from pkgstore_tui.explanation.outcomes import is_told, populate_outcomes
from pkgstore_tui.screens.apps_packages import ref_version
from pkgstore_tui.screens.filled import FilledDialog
from pkgstore_tui.screens.plan import Field, Proposal, path_of
from pkgstore_tui.widgets.facts import Fact


class PopulateDialog(FilledDialog):
    """Link what the store has of a lockfile into a library."""

    HEADING: ClassVar[str] = "Populate a library from the store"
    VERB: ClassVar[str] = "Populate"
    WORDS: ClassVar[dict[str, str]] = {
        "hit": "would link",
        "carried": "would carry",
        "miss": "to compile",
        "kept": "would keep",
    }

    @property
    def blanks(self) -> Sequence[Field]:
        """What the build tool takes; with a reference library it is a live install."""
        return (
            Field("lockfile", "lockfile", "pak.lock, what the library shall hold", pick="file"),
            Field("library", "library", "the folder to fill, on the store's file system", pick="folder"),
            Field("reference", "reference", "a worker's library, for a live install", pick="folder", optional=True),
        )

    def propose(self, values: Mapping[str, str]) -> Proposal:
        """Plan the populate."""
        reference = path_of(values["reference"]) if values["reference"] else ""
        root, lockfile, library = self.session.place.root, path_of(values["lockfile"]), path_of(values["library"])
        inputs = read_build_inputs(root, lockfile, library, reference)
        is_live = inputs.ref_manifest is not None
        plan = plan_tool_populate(inputs, runtime=is_live)
        outcomes = populate_outcomes(plan, inputs.lockfile, partial(ref_version, self.session.reading))
        flags = ("--runtime",) if reference else ()
        command = line("populate", *flags, lockfile=lockfile, lib=library, reference_lib=reference, store=root)
        facts = (
            Fact("platform", inputs.platform),
            Fact("for", "a live install" if is_live else "a build"),
            *self.counts(outcomes),
            *(Fact("note", notice.text, "warn") for notice in inputs.notices),
        )
        start = partial(_run, inputs, plan)
        if not is_told(outcomes, "hit", "ABI hit", "carried"):
            return Proposal((*facts, Fact("", "there is nothing to link", "muted")), outcomes, command=command)
        return self.proposed(Proposal(facts, outcomes, f"populate {inputs.platform}", start, command), library)


def _run(inputs: BuildInputs, plan: PopulatePlan, cancel: Cancel, progress: Progress) -> Iterator[Event]:
    return run_populate(inputs, plan, cancel=cancel, progress=progress)
