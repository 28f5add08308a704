"""What was asked of whatif, and every answer to it; what text and JSON are made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pkgstore.explain.answer import Answer, Step
from pkgstore.explain.bumps import Possible
from pkgstore.explain.moves import Lost, Move, lost_by
from pkgstore_tui.cli.reading import Look


@dataclass(frozen=True)
class Asked:
    """What was asked, and each app's answer; `alone` is the lockfile's own, where no app was named."""

    look: Look
    lockfile: str
    bumps: tuple[Possible, ...]
    moves: tuple[Move, ...]
    alone: Answer | None = None

    @property
    def answers(self) -> Iterator[Answer]:
        """Every answer that there is."""
        if self.alone is not None:
            yield self.alone
        yield from (move.answer for move in self.moves if move.answer is not None)

    @cached_property
    def compiled(self) -> Mapping[tuple[object, ...], tuple[Step, tuple[str, ...]]]:
        """Every different build that is to be made, with the apps that need it; most needed first."""
        builds: dict[tuple[object, ...], tuple[Step, list[str]]] = {}
        for name, answer in self._named():
            for step in answer.to_compile:
                builds.setdefault((*step.build, step.cause), (step, []))[1].append(name)
        found = sorted(builds.items(), key=lambda item: (-len(item[1][1]), item[1][0].package))
        return {key: (step, tuple(names)) for key, (step, names) in found}

    def _named(self) -> Iterator[tuple[str, Answer]]:
        if self.alone is not None:
            yield self.lockfile, self.alone
        yield from ((move.app.key.name, move.answer) for move in self.moves if move.answer is not None)

    @cached_property
    def lost(self) -> tuple[Lost, ...]:
        """What nothing would hold any more if all of the apps moved on."""
        moving = [(move.app, move.answer) for move in self.moves if move.answer is not None]
        return lost_by(self.look.roots, moving)
