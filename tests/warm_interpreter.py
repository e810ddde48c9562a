"""A process that has imported the library once, and forks a fresh process for each command.

Importing costs seconds, a fork milliseconds; what then runs is the same. One JSON request per line of standard
input is answered by one JSON line on standard output: exit code, output and errors of each process, the code as in
`subprocess` (negative for a signal).
"""

import importlib
import json
import os
import resource
import runpy
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from counterpoise.cli.main import main

IMPORTED = ("train", "evaluate", "predict", "inspect", "recipes", "report")


def fork(request: dict, rank: int, streams: list[Path]) -> int:
    """Start one process; its id."""
    process = os.fork()
    if not process:
        os._exit(guarded(lambda: child(request, rank, streams)))
    return process


def child(request: dict, rank: int, streams: list[Path]) -> None:
    """Become a process of its own and run the command or script."""
    for number, path in enumerate((Path(os.devnull), *streams)):
        os.dup2(os.open(path, os.O_RDWR), number)
    os.chdir(request["cwd"])
    os.environ.update(request["env"])
    if request["processes"] > 1:
        join_others(rank)
    if request["file_limit"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_limit"],) * 2)
    sys.argv = [request["program"], *request["argv"]]
    if request["script"]:
        runpy.run_path(request["script"], run_name="__main__")
    else:
        sys.exit(main())


def join_others(rank: int) -> None:
    """Set what an import under torchrun would have seen."""
    from lightning.pytorch.utilities import rank_zero_only

    os.environ.update({"RANK": str(rank), "LOCAL_RANK": str(rank)})
    rank_zero_only.rank = rank


def guarded(run: Callable[[], None]) -> int:
    """The exit code that Python would give."""
    try:
        run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def answer(request: dict, folder: Path) -> list[dict]:
    """Run all processes of a request to their end, or kill them when their time is over."""
    streams = [[folder / f"{rank}.out", folder / f"{rank}.err"] for rank in range(request["processes"])]
    for path in sum(streams, []):
        path.touch()
    processes = [fork(request, rank, paths) for rank, paths in enumerate(streams)]
    codes = finish(processes, time.monotonic() + request["seconds"])
    texts = [[path.read_text() for path in paths] for paths in streams]
    return [{"code": code, "out": out, "err": err} for code, (out, err) in zip(codes, texts, strict=True)]


def finish(processes: list[int], deadline: float) -> list[int]:
    """Wait for the processes until the deadline, then end them with SIGKILL; their exit codes."""
    codes: dict[int, int] = {}
    while len(codes) < len(processes):
        for process in set(processes) - set(codes):
            if time.monotonic() > deadline:
                os.kill(process, signal.SIGKILL)
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                codes[process] = os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    return [codes[process] for process in processes]


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(f"counterpoise.cli.{name}")
    for line in sys.stdin:
        with tempfile.TemporaryDirectory() as place:
            print(json.dumps(answer(json.loads(line), Path(place))), flush=True)
