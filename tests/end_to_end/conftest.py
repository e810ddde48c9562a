"""The installed command, pictures of shapes, and runs that several tests look at."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def installed() -> Callable[..., subprocess.Popen[str]]:
    """Starts the command that stands beside this Python."""
    command = Path(sys.executable).parent / "counterpoise"
    if not command.exists():
        pytest.skip(f"counterpoise is not installed beside {sys.executable}")

    def start(*argv: str, cwd: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(command), *argv],
            cwd=cwd,
            env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "100"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
