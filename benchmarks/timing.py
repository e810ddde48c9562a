"""Medians of alternating measurements, so that both sides see the same machine."""

import statistics
import time
from collections.abc import Callable, Mapping


def alternate(
    sides: Mapping[str, Callable[[], object]], *, rounds: int = 9, warmup: int = 2
) -> dict[str, float]:
    """Median seconds of each side; the sides take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(warmup + rounds):
        for name, call in sides.items():
            began = time.perf_counter()
            call()
            if turn >= warmup:
                seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in seconds.items()}


def show(title: str, medians: Mapping[str, float], base: str) -> None:
    """Print milliseconds and the ratio to the base side."""
    print(title)
    for name, value in medians.items():
        print(f"  {name:<44} {1e3 * value:10.2f} ms   {value / medians[base]:6.3f} x {base}")
