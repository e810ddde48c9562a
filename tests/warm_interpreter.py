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
from itertools import chain
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
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may start the tests with it ignored
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
    """Run all processes of a request to their end, or send them a signal when their time is over."""
    streams = [[folder / f"{rank}.out", folder / f"{rank}.err"] for rank in range(request["processes"])]
    for path in chain.from_iterable(streams):
        path.touch()
    watched = Path(request["cwd"]) / (request["watch"] or "")
    before = stamp(watched) if request["watch"] else None
    processes = [fork(request, rank, paths) for rank, paths in enumerate(streams)]
    if request["watch"]:
        wait(processes, lambda: stamp(watched) != before)
    end = time.monotonic() + request["seconds"]
    wait(processes, lambda: time.monotonic() > end)
    for process in running(processes):
        os.kill(process, request["signal"])
    codes = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes]
    texts = [[path.read_text() for path in paths] for paths in streams]
    return [{"code": code, "out": out, "err": err} for code, (out, err) in zip(codes, texts, strict=True)]


def wait(processes: list[int], over: Callable[[], bool]) -> None:
    """Return when all processes have ended, or something else is over."""
    while running(processes) and not over():
        time.sleep(0.002)


def running(processes: list[int]) -> list[int]:
    """The processes that have not ended; they are not reaped."""
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return [process for process in processes if os.waitid(os.P_PID, process, flags) is None]


def stamp(path: Path) -> int | None:
    """When a file was written, None while it is not there."""
    return path.stat().st_mtime_ns if path.exists() else None


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(f"counterpoise.cli.{name}")
    for line in sys.stdin:
        with tempfile.TemporaryDirectory() as place:
            print(json.dumps(answer(json.loads(line), Path(place))), flush=True)
