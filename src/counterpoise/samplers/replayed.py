"""Our samplers in a `DataLoader` of one's own."""

from collections.abc import Iterator
from typing import final

from torch.utils.data import Sampler as TorchSampler

from counterpoise.samplers.epoch_aware import EpochAware
from counterpoise.samplers.sampler import Sampler
from counterpoise.seeds import generator_of


@final
class Replayed(TorchSampler[int]):
    """A sampler as torch knows them: ``DataLoader(dataset, sampler=Replayed(sampler, seed=0, epochs=90))``.

    The order of an epoch depends on the seed and on the number of the epoch alone, so it can be replayed. Say
    ``set_epoch`` before each epoch, as with torch's `DistributedSampler`; without it every epoch is the first.

    Args:
        sampler: says which samples an epoch visits.
        seed: from 0; every number gives other orders.
        epochs: how many epochs there will be, for samplers that change until the last of them.
    """

    def __init__(self, sampler: Sampler, *, seed: int, epochs: int) -> None:
        self.sampler, self.seed, self.epochs = sampler, seed, epochs
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Set the clock to an epoch, from 0."""
        self.epoch = epoch
        if isinstance(self.sampler, EpochAware):
            self.sampler.set_epoch(epoch, self.epochs)

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[int]:
        """Positions of one epoch."""
        return iter(self.sampler.order(generator_of((self.seed, self.epoch))).tolist())
