import platform
import subprocess
import sys

import pytest

from counterpoise.memory import is_glibc

FAULTS = """
import resource, sys
import numpy as np
from counterpoise.memory import keep_freed_memory

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


@pytest.mark.skipif(not is_glibc(), reason="only glibc is asked to keep memory")
def test_what_was_freed_is_taken_again_without_faults() -> None:
    kept = faults("kept")
    assert kept < 200
    assert kept < faults("given back")


HELD = """
import numpy as np
from pathlib import Path
from counterpoise.memory import give_freed_memory_back, keep_freed_memory

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

keep_freed_memory()
np.ones(2**27, dtype=np.uint8)
before = held()
give_freed_memory_back()
print(before - held())
"""


@pytest.mark.skipif(platform.system() != "Linux" or not is_glibc(), reason="glibc under Linux is asked")
def test_what_was_kept_can_be_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 2**26
