"""Errors as facts and as sentences; what they keep on their way between processes; progress and cancel."""

import errno
import os
import pickle

import pytest

from pkgstore.errors import (
    Cancelled,
    DiskError,
    InvalidName,
    LockBusy,
    LockfileError,
    MalformedRef,
    NotAStore,
    StoreError,
    UnsupportedRemoteType,
)
from pkgstore.progress import Cancel, Progress

ERRORS = [
    StoreError("went wrong", path="/p", advice="do this"),
    InvalidName("package", "../x", "has a slash", where="/pak.lock"),
    MalformedRef("noslash", package="sf"),
    UnsupportedRemoteType("sf", "url"),
    NotAStore("is a file", path="/p"),
    LockfileError("is empty", path="/pak.lock", advice="write it again"),
    DiskError("link this tree as", OSError(errno.EXDEV, "x"), "/from", "/to"),
    LockBusy("/l.lock", age=61.0, waited=2.0, stale_after=1800.0),
    Cancelled(),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_pickled_error_is_the_same(error: StoreError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreError("went wrong"), "went wrong"),
        (StoreError("went wrong", path="/p"), "/p: went wrong"),
        (ERRORS[0], "/p: went wrong; do this"),
        (
            ERRORS[1],
            "package '../x' has a slash (in /pak.lock); mend /pak.lock; nothing was changed",
        ),
        (
            ERRORS[6],
            "/from: cannot link this tree as /to: Invalid cross-device link; hard links and renames need both on "
            "one file system; put the library on the store's file system",
        ),
        (
            ERRORS[7],
            "/l.lock: somebody else has held this lock for 61 s; gave up after 2 s; try again later; if nothing is "
            "running, it may be broken in 29 min",
        ),
        (Cancelled(), "cancelled; what was done so far is whole and stays"),
    ],
)
def test_an_error_is_a_sentence(error: StoreError, said: str) -> None:
    assert str(error) == said


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EXDEV, "both on one file system"), (errno.EMLINK, "no more hard links"),
        (errno.ENOSPC, "disk is full"), (errno.EDQUOT, "quota is used up"),
        (errno.EROFS, "mounted read-only"), (errno.EACCES, "mend the permissions"),
        (errno.EPERM, "user who owns the store"), (errno.ENOENT, "check the path"),
        (errno.ENOTDIR, "a file stands"), (errno.EISDIR, "a folder stands"),
        (errno.ENAMETOOLONG, "longer than"), (errno.ELOOP, "symbolic link"),
        (errno.EIO, "reported a fault"),
    ],
)  # fmt: skip
def test_what_the_disk_refuses_comes_with_advice(number: int, words: str) -> None:
    error = DiskError("write this file", OSError(number, "other words"), "/p")
    assert (error.errno, error.path, error.other) == (number, "/p", "")
    assert error.what == f"cannot write this file: {os.strerror(number)}"
    assert words in error.advice


def test_an_error_of_the_disk_without_a_number_keeps_its_words() -> None:
    error = DiskError("read this file", OSError("odd"), "/p")
    assert (error.errno, str(error)) == (0, "/p: cannot read this file: odd")


def test_progress_is_a_fraction_once_the_total_is_known() -> None:
    progress = Progress()
    assert (progress.fraction, progress.total) == (None, None)
    progress.start(4, "linking")
    assert (progress.fraction, progress.doing) == (0.0, "linking")
    progress.step("sf")
    progress.step("cli", 2)
    assert (progress.fraction, progress.done, progress.doing) == (0.75, 3, "cli")
    progress.step(count=9)
    assert progress.fraction == 1.0
    progress.start(0)
    assert (progress.fraction, progress.done) == (1.0, 0)


def test_cancel_is_asked_and_stays_set() -> None:
    cancel = Cancel()
    cancel.check()
    assert (cancel.is_set(), cancel.wait(0)) == (False, False)
    cancel.set()
    assert (cancel.is_set(), cancel.wait(60)) == (True, True)
    with pytest.raises(Cancelled):
        cancel.check()
