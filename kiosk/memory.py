"""How the station asks the C library for memory, and how many threads its libraries may start.

Left to itself, glibc gives each thread a pool of its own, and after the first large picture was
given back it takes all of that size from the pools, where they stay. A station has thirty threads
and a picture of 2.7 MB thirty times a second: together that was a fifth of its memory.

OpenCV shares each picture out among all processors, and its workers wait for the next one spinning:
scanning took a quarter more of the processor for it than with one thread.
"""

from __future__ import annotations

import ctypes
import os
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE: Final = 128 * 1024


def keep_small() -> None:
    """One pool for all threads; what is large goes back to the system as soon as it is free.

    Call it before numpy and OpenCV are imported: the workers of their algebra, which nobody here
    needs, are counted then.
    """
    for threads in ("OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        os.environ.setdefault(threads, "1")
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is None:
        # Another C library than Debian's has no such pools.
        return
    set_option(_ARENA_MAX, 1)
    set_option(_MMAP_THRESHOLD, _LARGE)
    set_option(_TRIM_THRESHOLD, _LARGE)
