"""The kernel's own file locks, which it lets go when a process dies: between processes of ours only.

The reference knows nothing of them; what it has to see is a lock in the store (`pkgstore.locks`).
"""

import fcntl
import time
from typing import Final

_LOOK_EVERY: Final = 0.002


def flock(descriptor: int, wait: float = 0.0) -> bool | None:
    """Lock an open file or folder for this descriptor alone, until it is closed.

    Args:
        descriptor: The file.
        wait: Seconds to wait while somebody else has it.

    Returns:
        True when it was locked, False where somebody else has it still; None on a file system without such locks.
    """
    give_up = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up:
                return False
            time.sleep(_LOOK_EVERY)
        except OSError:
            return None
        else:
            return True
