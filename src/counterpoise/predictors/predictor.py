"""What a predictor may be able to do."""

from typing import Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class Calibrated(Protocol):
    """The ability to choose a strength after training; the choice is kept in a buffer."""

    @property
    def reads_unlabeled(self) -> bool:
        """Whether it looks at the training features where there is no validation split."""
        ...

    def calibrate(self, features: Tensor, targets: Tensor | None) -> str:
        """Choose on features and labels of a validation split, or on training features without labels.

        Returns a sentence that says what was chosen and how.
        """
        ...


def best_on_validation(name: str, grid: Tensor, scores: Tensor, samples: int) -> tuple[Tensor, str]:
    """The strength with the best class-balanced accuracy, the middle one of equals, and a sentence about it.

    Args:
        name: what the strength is called.
        grid: strengths that were tried, (A,).
        scores: class-balanced accuracy of each, (A,).
        samples: number of validation samples.
    """
    best = (scores == scores.max()).nonzero().flatten()
    chosen = grid[best[len(best) // 2]]
    accuracy = f"class-balanced accuracy {scores.max().item():.3f}"
    return chosen, f"{name} {chosen.item():.1f} chosen on {samples} validation images ({accuracy})"
