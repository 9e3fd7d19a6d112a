"""Gives memory that is free inside the process back to the system.

Building an index takes several times what the index holds. Where the C library is glibc it keeps most of that for later, and
a small machine would carry it for good; elsewhere this does nothing.
"""

import ctypes
import sys


def give_back() -> None:
    """Return free memory to the system, where that can be asked for; takes some milliseconds."""
    if not sys.platform.startswith("linux"):
        return
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # Another C library, musl for one.
        return
    trim(0)
