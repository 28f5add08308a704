"""What every watched folder was when it was last looked at. Pure: folders in, what they were out."""

import os
from collections.abc import Hashable, Iterator
from typing import Final

UNSEEN: Final = "unseen"
"""The mark of a folder that others know of, and nobody here has looked at."""

CONTAINER: Final = "container"
"""The mark of a folder that stands for no record itself."""


class Known:
    """A tree of folders, each with a mark; two marks that are equal stand for the same contents."""

    def __init__(self) -> None:
        """Nothing is known."""
        self._below: dict[str, dict[str, Hashable]] = {}

    def get(self, folder: str) -> Hashable:
        """The mark of `folder`; None where it is not known."""
        parent, name = os.path.split(folder)
        return self._below.get(parent, {}).get(name)

    def names(self, folder: str) -> list[str]:
        """The folders that are known in `folder`."""
        return [name for name in self._below.get(folder, ()) if name]

    def note(self, folder: str, mark: Hashable) -> None:
        """Know `folder` by `mark`, and the folders that lead to it as containers, unless they are known."""
        parent, name = os.path.split(folder)
        siblings = self._below.get(parent)
        if siblings is None:
            siblings = self._below[parent] = {}
            if parent and parent != folder and self.get(parent) is None:
                self.note(parent, CONTAINER)
        siblings[name] = mark

    def drop(self, folder: str) -> Iterator[tuple[str, Hashable]]:
        """Forget `folder` and all below it; yields each of them with its mark."""
        parent, name = os.path.split(folder)
        mark = self._below.get(parent, {}).pop(name, None)
        if mark is not None:
            yield folder, mark
        for inner in self.names(folder):
            yield from self.drop(os.path.join(folder, inner))
        self._below.pop(folder, None)
