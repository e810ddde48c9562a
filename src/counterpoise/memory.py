"""Memory of this process."""

import ctypes
import platform

MMAP_MAX, TRIM_THRESHOLD = -4, -1
"""Numbers of glibc's ``mallopt``: how many pieces may be mapped alone, and how much is kept when it is freed."""


def keep_freed_memory() -> None:
    """Keep up to 1 GiB of what is freed, and pieces of any size among it, for what is asked for next.

    A batch asks for the same large pieces as the one before. By default glibc gives those back to the system, which
    fills them with zeros, page by page, when they are asked for again: more than half of the time of looking at 51
    alphas at once (`benchmarks/tde_inference.py`). Elsewhere than under glibc nothing happens.
    """
    if is_glibc():
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_MAX, 0)
        library.mallopt(TRIM_THRESHOLD, 2**30)


def give_freed_memory_back() -> None:
    """Let the system have what is freed by now, so that what a process holds is what it uses."""
    if is_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def is_glibc() -> bool:
    """Whether memory comes from the GNU C library."""
    return platform.libc_ver()[0] == "glibc"
