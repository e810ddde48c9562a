"""What a sampler may be able to do: follow the clock."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class EpochAware(Protocol):
    """The ability to change from epoch to epoch. The clock is told before each epoch, and never stored."""

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Hear that epoch ``epoch`` (from 0) of ``epochs`` begins."""
        ...
