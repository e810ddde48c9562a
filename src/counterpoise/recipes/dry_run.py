"""A dry run: build everything once and push a few made-up rows through, so that nonsense is refused early."""

import torch
from torch import Tensor, nn

from counterpoise.data.data import Facts
from counterpoise.data.scenes import SceneBatch
from counterpoise.data.streams import Batch
from counterpoise.detection import Detector
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps.step import Objective, total
from counterpoise.training.conclusion import trained_predictor
from counterpoise.training.modes import owner, parameter_groups, set_modes
from counterpoise.training.stage import Experiment, Now, Stage, entered

ROWS, LOWER = 4, 16
"""Rows of a batch, or objects of a picture; and how much lower pictures with objects are than usual."""


def dry_run(experiment: Experiment) -> None:
    """Run each stage on a few rows at its first and last epoch, then the predictor; nothing is kept.

    Without samples (an experiment rebuilt from a run folder) there is nothing to check.

    Raises:
        InputError: a part refuses its place, with the part's reason.
    """
    if not experiment.data.splits:
        return
    with torch.random.fork_rng():
        torch.manual_seed(0)
        now = Now(experiment.data, experiment.net())
        try:
            for stage in experiment.stages:
                now = dry_stage(stage, now)
        except RuntimeError:
            require_fitting(now.net.backbone, now.data.facts)
            raise
        predictor = trained_predictor(experiment, now).eval()
        require_heard(experiment.stages[-1], now.net, predictor)
        with torch.no_grad():
            scores = made_up_scores(predictor, made_up_batch(now))
        if not torch.isfinite(scores.logsumexp(dim=-1)).all():
            raise InputError("the predictor gives scores that are not finite; check its options")


@torch.no_grad()
def require_fitting(backbone: nn.Module, facts: Facts) -> None:
    """Refuse a backbone for other inputs, such as images smaller than it can look at.

    Raises:
        InputError: with the reason.
    """
    if facts.objects:
        return
    try:
        backbone.eval()(torch.rand(1, *facts.shape))
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"the backbone {type(backbone).__name__} cannot take inputs of {facts.shape}: {reason}; choose another "
            "--backbone or --image_size"
        ) from error


def require_heard(stage: Stage, net: Net, predictor: Net) -> None:
    """Refuse a last stage of whose training nothing is in the predictor.

    Raises:
        InputError: another net or classifier predicts.
    """
    trained = [one for name, one in net.named_parameters() if owner(name, stage.trains) is not None]
    heard = {id(one) for one in predictor.parameters()}
    if stage.role == "finetune" and not any(id(one) in heard for one in trained):
        raise InputError(
            f"the stage {stage.name} trains what does not predict here; name its word before the one that predicts "
            "with another net or classifier, or leave it out"
        )


def dry_stage(stage: Stage, now: Now) -> Now:
    """A stage on made-up rows; what is true after it."""
    now = entered(stage, now, finished=False)
    net, objective = now.net, stage.objective(now)
    stage.optimizer(parameter_groups(net, objective, stage.trains))
    set_modes(net, stage.trains)
    streams = stage.streams(now, objective)
    for epoch in {0, stage.epochs - 1}:
        objective.set_epoch(epoch, stage.epochs)
        dry_step(
            net, objective, {name: made_up_batch(now, labeled=one.labeled) for name, one in streams.items()}
        )
    return now.after(objective)


def dry_step(net: Net, objective: Objective, batch: dict[str, Batch]) -> None:
    """Forward, backward and update."""
    seen = objective(net, batch)
    total(seen.terms).backward()
    net.zero_grad()
    objective.update(net, seen)
    objective.after_epoch(net)


def made_up_scores(predictor: Net, batch: Batch) -> Tensor:
    """Scores of a few random rows; of a detector, of random regions, as that is where predictors differ."""
    if not isinstance(predictor, Detector):
        return predictor(batch.inputs)
    return predictor.probabilities(
        {place: torch.rand(ROWS, one.dim) for place, one in predictor.classifiers.items()}
    )


def made_up_batch(now: Now, *, labeled: bool = True) -> Batch:
    """A few random rows, with targets of samples from all over the training split."""
    if now.data.facts.objects:
        return made_up_scenes(now.data.facts, masks=now.data.facts.objects.masks)
    known = now.data.splits["train"].targets
    facts, some = now.data.facts, known[torch.linspace(0, len(known) - 1, ROWS).long()]
    targets = facts.plain.targets(some, torch.zeros(ROWS, 0, dtype=torch.int64))
    return Batch(torch.rand(ROWS, *facts.shape), targets if labeled else None, torch.arange(ROWS))


def made_up_scenes(facts: Facts, *, masks: bool) -> Batch:
    """A random picture, low as it costs less so, with objects of categories from all over."""
    height, width = max(facts.shape[1] // LOWER, ROWS), facts.shape[2]
    left = torch.linspace(0, width // 2, ROWS)
    boxes = torch.stack([left, torch.zeros(ROWS), left + width // 4, torch.full((ROWS,), height)], dim=1)
    labels = torch.linspace(1, facts.num_classes, ROWS).long()
    shown = {"boxes": boxes, "labels": labels}
    if masks:
        shown["masks"] = torch.ones(ROWS, height, width, dtype=torch.uint8)
    return Batch(SceneBatch([torch.rand(3, height, width)], [shown]), torch.tensor([ROWS]), torch.arange(1))
