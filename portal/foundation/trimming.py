"""What is done once a process has started, so that it stays small and is not searched again and again."""

import ctypes
import gc
import sys


def settle() -> None:
    """Keep what was made at start for good, and give the system back what only starting needed."""
    # No collection needs to look through it again (a millisecond of every request).
    gc.collect()
    gc.freeze()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)  # two megabytes (glibc alone can)
