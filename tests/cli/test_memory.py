import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from counterpoise.cli.memory import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
before = 0
for turn in range(3):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(2**25, dtype=np.uint8)
    np.ones(2**27, dtype=np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(word: str) -> int:
    done = subprocess.run([sys.executable, "-c", FAULTS, word], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is asked to keep memory")
def test_what_was_freed_is_taken_again_without_faults() -> None:
    kept = faults("kept")
    assert kept < 200
    assert kept < faults("given back")
