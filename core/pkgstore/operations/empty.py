"""Empty the trash for good. A folder is renamed first, to a name from which nothing is put back any more."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pkgstore import files
from pkgstore.errors import InputError, StoreError
from pkgstore.fence import is_there
from pkgstore.layout import EMPTYING, Layout
from pkgstore.operations.events import CleanResult, Done, Emptied, Event, Failed
from pkgstore.operations.evict import LEFT_OVER_AFTER
from pkgstore.progress import Cancel, Progress
from pkgstore.trash import TrashFolder, list_trash

_LISTED: Final = "pkgstore trash list shows what there is"


@dataclass(frozen=True, slots=True)
class EmptyPlan:
    """Which folders of the trash would be deleted, the oldest first."""

    folders: tuple[TrashFolder, ...]


def plan_empty(
    layout: Layout,
    *,
    older: float = 0.0,
    names: Iterable[str] = (),
    now: float | None = None,
    items: bool = True,
) -> EmptyPlan:
    """What would be deleted. Changes nothing.

    Args:
        layout: The store's paths.
        older: Only operations that began so many seconds ago; what a crash left goes after half an hour.
        names: Only these operations; all, if there are none.
        now: Seconds since 1970.
        items: Whether what is in each folder is read too.

    Raises:
        DiskError: The trash cannot be listed.
        InputError: It has nothing of an operation that was named.
    """
    present, wanted = time.time() if now is None else now, frozenset(names)
    due = [
        folder
        for folder in list_trash(layout, items=items)
        if (not wanted or folder.name in wanted) and _is_due(folder, older, present)
    ]
    if wanted and (missing := sorted(wanted - {folder.name for folder in due})):
        path = os.path.join(layout.trash, missing[0])
        raise InputError("the trash has nothing of this that may go", path=path, advice=_LISTED)
    return EmptyPlan(tuple(due))


def _is_due(folder: TrashFolder, older: float, now: float) -> bool:
    if folder.name.endswith(EMPTYING):
        return True
    return folder.age(now) >= (older if folder.is_operation else LEFT_OVER_AFTER)


def apply_empty(
    layout: Layout, plan: EmptyPlan, *, cancel: Cancel | None = None, progress: Progress | None = None
) -> Iterator[Event]:
    """Delete what a plan says.

    Yields:
        `Emptied` or `Failed` for each folder, then `Done` with `CleanResult`.

    Raises:
        Cancelled: `cancel` was set; what was done so far is whole.
    """
    cancel, progress = cancel or Cancel(), progress or Progress()
    progress.start(len(plan.folders), "emptying the trash")
    removed = failed = freed = 0
    for folder in plan.folders:
        cancel.check()
        try:
            got = _delete(folder)
        except StoreError as error:
            failed += 1
            yield Failed(folder.name, error)
        else:
            removed, freed = removed + 1, freed + got
            yield Emptied(folder.name, got)
        progress.step(folder.name)
    files.remove_empty_folder(layout.trash)
    yield Done(CleanResult(removed, 0, failed, freed))


def _delete(folder: TrashFolder) -> int:
    path = folder.path
    if folder.is_operation:
        path += EMPTYING
        if not is_there(path):
            files.set_aside(folder.path, path)
        elif is_there(folder.path):  # one of that name is being deleted by somebody else
            return files.remove_tree(path) + _delete(folder)
    return files.remove_tree(path)
