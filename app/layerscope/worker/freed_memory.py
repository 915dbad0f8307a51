"""Keeps freed memory at hand, where the C library is glibc's.

That gives the end of its heap back to the system as soon as twice the largest piece so far is
free there.  A pass over a layer frees and takes some pieces of a MiB a hundred times a second, and
would pay for the same pages again each time.
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h
_KEPT = 32 << 20  #: bytes that may stay free; also the highest threshold that glibc allows


def keep_freed_memory() -> None:
    """For this process, from now on.  Elsewhere than with glibc this does nothing."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library, or none that can be asked
        return
    mallopt(_TRIM_THRESHOLD, _KEPT)
    mallopt(_MMAP_THRESHOLD, _KEPT)
