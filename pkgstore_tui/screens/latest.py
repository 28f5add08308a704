"""Questions that are answered in a thread, one at a time: of what is asked meanwhile only the last is answered."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Final, Generic, TypeVar

from textual.dom import DOMNode

Question = TypeVar("Question")
Answer = TypeVar("Answer")

PATIENCE: Final = 0.25
"""Seconds that the next key waits at most for what the key before it asked."""


class Arrival:
    """May be awaited until everything that was asked is answered, but not for ever; need not be."""

    def __init__(self, idle: asyncio.Event) -> None:
        self._idle = idle

    def __await__(self) -> Generator[Any, None, None]:
        """Wait, `PATIENCE` at most."""
        return self._wait().__await__()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._idle.wait(), PATIENCE)
        except TimeoutError:
            return


class Latest(Generic[Question, Answer]):
    """Never two answers at once, so that what `answer` keeps for itself needs no lock."""

    def __init__(
        self,
        node: DOMNode,
        group: str,
        answer: Callable[[Question], Answer],
        take: Callable[[Answer], None],
        prepare: Callable[[], bool] | None = None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            node: Whose workers these are; once it is gone nothing is taken any more.
            group: The workers' group.
            answer: Called in a thread.
            take: Gets the answers, on the loop, in the order of the questions.
            prepare: Called in another thread after answers, again and again until it says that there is no more to
                prepare; `answer` may be called meanwhile.
        """
        self._node, self._group = node, group
        self._answer, self._take, self._prepare = answer, take, prepare
        self._prepares = False
        self._asked: list[Question] = []
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_idle(self) -> bool:
        """Whether everything is answered."""
        return self._idle.is_set()

    def ask(self, question: Question) -> Arrival:
        """Ask; an older question that nobody has begun to answer is dropped."""
        self._asked = [question]
        if self._idle.is_set():
            self._idle.clear()
            self._node.run_worker(self._run(), group=self._group, exit_on_error=True)
        return self.arrival()

    def arrival(self) -> Arrival:
        """What can be awaited for the answers."""
        return Arrival(self._idle)

    async def _run(self) -> None:
        try:
            while self._asked:
                answer = await asyncio.to_thread(self._answer, self._asked.pop())
                if not self._is_heard:
                    return
                self._take(answer)
        finally:
            self._idle.set()
        if self._prepare is not None and not self._prepares:
            self._prepares = True
            self._node.run_worker(self._run_prepare(self._prepare), group=f"{self._group}-prepare")

    async def _run_prepare(self, prepare: Callable[[], bool]) -> None:
        try:
            while await asyncio.to_thread(prepare) and self._is_heard:
                continue
        finally:
            self._prepares = False

    @property
    def _is_heard(self) -> bool:
        """Whether anybody is there still."""
        return self._node.is_attached and self._node.app.is_running
