"""The one LightningModule: it runs any objective over any net and knows no method."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import lightning as L
import torch
from torch import Tensor

from counterpoise.data.streams import Batch, Stream, generator_of
from counterpoise.distributed import sum_over_processes, world_size
from counterpoise.net import Net
from counterpoise.samplers import EpochAware
from counterpoise.steps.step import Objective, total
from counterpoise.training.checkpoint import load_optimizer
from counterpoise.training.modes import parameter_groups, set_modes
from counterpoise.training.stage import Stage

Batches: TypeAlias = Mapping[str, Batch]


class Epochs:
    """The batches of one epoch after the other, from a clock that belongs to the engine.

    The order, and all randomness, of an epoch is a function of the seed, the stage and the epoch's number, so a
    resumed run sees what an uninterrupted one does. Epochs begin at the first ``next``: Lightning makes the
    first iterator of a fit before it tells the epoch.
    """

    def __init__(self, streams: Mapping[str, Stream], engine: "Engine", seed: tuple[int, int]) -> None:
        self.streams, self.engine, self.seed = streams, engine, seed

    def __len__(self) -> int:
        """Batches per epoch: those of the shortest stream."""
        return min(len(stream) for stream in self.streams.values())

    def __iter__(self) -> Iterator[Batches]:
        trainer, seed = self.engine.trainer, (*self.seed, self.engine.epoch)
        for stream in self.streams.values():
            if isinstance(stream.sampler, EpochAware):
                stream.sampler.set_epoch(self.engine.epoch, self.engine.stage.epochs)
        torch.manual_seed(generator_of(seed).initial_seed())
        places = {"rank": trainer.global_rank, "world": trainer.world_size, "device": self.engine.device}
        seeds = {name: (*seed, number) for number, name in enumerate(self.streams)}
        batches = [
            stream.batches(seed=seeds[name], order=seeds.get(stream.follows or ""), **places)
            for name, stream in self.streams.items()
        ]
        for together in zip(*batches, strict=False):
            yield dict(zip(self.streams, together, strict=True))


class Engine(L.LightningModule):
    """One stage of training.

    Args:
        net: trained in place.
        objective: the steps that happen with each batch.
        stage: length, optimizer, schedule, and what is trained.
        ended: hears of the end of each epoch, when all its state has settled.
        first_epoch: epoch to begin with, above 0 when resuming.
        optimizer_state: state of the optimizer at the end of the epoch before.
    """

    def __init__(
        self,
        net: Net,
        objective: Objective,
        stage: Stage,
        *,
        ended: "Callable[[Engine], None]" = lambda engine: None,
        first_epoch: int = 0,
        optimizer_state: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.net, self.objective, self.stage = net, objective, stage
        self.ended, self.first_epoch, self.optimizer_state = ended, first_epoch, optimizer_state
        self.loss_sum = torch.zeros(())
        self.steps = 0
        set_modes(net, stage.trains)  # before Lightning shares the net with other processes

    @property
    def epoch(self) -> int:
        """Number of the epoch in the stage, from 0, resumed or not."""
        return self.first_epoch + self.trainer.current_epoch

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Lightning's hook: the stage's optimizer, with its state when resuming."""
        optimizer = self.stage.optimizer(parameter_groups(self.net, self.objective, self.stage.trains))
        for group in optimizer.param_groups:
            group["base_lr"] = group["lr"]
        if self.optimizer_state is not None:
            load_optimizer(optimizer, self.optimizer_state)
        return optimizer

    def on_train_epoch_start(self) -> None:
        """Lightning's hook: modes, clock, and an empty record."""
        set_modes(self.net, self.stage.trains)
        self.objective.train()
        self.objective.set_epoch(self.epoch, self.stage.epochs)
        self.loss_sum, self.steps = torch.zeros((), device=self.device), 0

    def on_train_batch_start(self, batch: Batches, batch_idx: int) -> None:
        """Lightning's hook: the learning rate of this step."""
        time = self.epoch + batch_idx / self.trainer.num_training_batches
        factor = self.stage.schedule(time, self.stage.epochs)
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = group["base_lr"] * factor

    def training_step(self, batch: Batches, batch_idx: int) -> Tensor:
        """Lightning's hook: the sum of the objective's terms; ().

        Lightning averages the gradients of the processes; this one counts by its share of the rows.
        """
        self.seen = self.objective(self.net, batch)
        rows = torch.tensor(float(sum(one.rows for one in batch.values())), device=self.device)
        return total(self.seen.terms) * (rows * world_size() / sum_over_processes(rows))

    def on_train_batch_end(self, outputs: Any, batch: Batches, batch_idx: int) -> None:
        """Lightning's hook: let the steps watch, and record the loss."""
        self.objective.update(self.net, self.seen)
        self.loss_sum += outputs["loss"].detach()
        self.steps += 1

    def on_train_epoch_end(self) -> None:
        """Lightning's hook: let the steps close the epoch, then tell who listens."""
        self.objective.after_epoch(self.net)
        self.ended(self)

    def mean_loss(self) -> float:
        """Mean loss of the running epoch over all steps and processes."""
        return (sum_over_processes(self.loss_sum) / (world_size() * max(self.steps, 1))).item()
