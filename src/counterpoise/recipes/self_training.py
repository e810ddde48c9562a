"""Self-training: a net labels unlabeled images, and another one learns from both (Yang, Xu, NeurIPS 2020)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.data import Data, Split, both
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.pseudo_labels import equal_share_thresholds, most_confident, relabeling_rates
from counterpoise.recipes.decorators import modifier
from counterpoise.recipes.views import require_unlabeled
from counterpoise.samplers import Repeated
from counterpoise.steps import DrawLabels, Objective, SuperviseStreams
from counterpoise.training.stage import Experiment, Now, Stage

PSEUDO = "pseudo"
PORTION = 4096
Keep = Literal["threshold", "equal_share", "rare_first"]
Labels = Literal["hard", "soft"]


@dataclass(frozen=True)
class Choice:
    """Which pseudo-labeled images a student takes over.

    Attributes:
        keep: see `self_training`.
        threshold: see `self_training`.
    """

    keep: Keep
    threshold: float

    def __call__(self, confidences: Tensor, labels: Tensor, class_counts: Tensor) -> Tensor:
        """(N,), (N,), labeled samples of each class (C,) -> (N,) bool."""
        if self.keep == "equal_share":
            before, head = torch.full((len(class_counts),), self.threshold), int(class_counts.argmax())
            return confidences >= equal_share_thresholds(
                confidences, labels, before, head=head, threshold=self.threshold
            ).gather(0, labels)
        sure = confidences >= self.threshold
        if self.keep == "rare_first":
            return sure & most_confident(confidences, labels, relabeling_rates(class_counts))
        return sure


@modifier(task="classification")
def self_training(
    experiment: Experiment,
    *,
    threshold: float = 0.0,
    keep: Keep = "threshold",
    labels: Labels = "hard",
    rounds: int = 1,
    omega: float | None = None,
    batch_size: int | None = None,
) -> Experiment:
    """Self-training: train a teacher, let it label the unlabeled images, train a student from scratch on both.

    The teacher is the same experiment on the labeled images alone. It labels all unlabeled images once, without
    augmentation, by its most likely class; the student knows margins, weights and priors from the counts of labels and
    pseudo-labels together. As released: no threshold, one round, one shuffled union. Post-hoc predictors of the
    experiment do not take part in labelling.

    Args:
        experiment: trains on images, with unlabeled ones beside them.
        threshold: confidence from which an image is taken over (released: 0, all of them).
        keep: which images are taken over: those above the threshold; with "equal_share" those above a threshold of
            their class, by which each class keeps the share that the most frequent one keeps (ADSH); with
            "rare_first" the most confident ones of each class, all of the rarest and the fewest of the most frequent
            (CReST).
        labels: "hard" are the most likely classes, as released; "soft" ones are drawn from the teacher's probabilities
            anew in each epoch, which is the loss of soft labels in the mean, for any loss; see `DrawLabels`. Counts are
            those of the hard ones either way. Not beside omega.
        rounds: how often a student becomes the teacher of the next one (released: 1).
        omega: weight of the mean loss of pseudo-labeled images beside that of labeled ones, which then are streams of
            their own with batches of the same size, as the paper writes it; they come shuffled, and not in stages
            after the main one. None is one union, as released, where every image counts the same.
        batch_size: of the student (released for CIFAR: 256 beside 128 of the teacher); None is that of the teacher.
            A pretext keeps its own.

    Raises:
        InputError: there are no unlabeled images, a number is out of range, or soft labels come beside omega.
    """
    require_unlabeled(experiment)
    if labels == "soft" and omega is not None:
        raise InputError(
            "soft labels are for one union of all images, but omega came too; leave one of them out"
        )
    _check(threshold, keep, rounds, omega)
    teachers = [named(stage, f"teacher{n + 1}") for n in range(rounds) for stage in experiment.stages]
    students = [
        student(experiment, number, Choice(keep, threshold), labels, omega, batch_size)
        for number in range(len(experiment.stages))
    ]
    per_round = len(experiment.stages)
    stages = [
        stage if number < per_round else replace(students[number % per_round], name=stage.name)
        for number, stage in enumerate([*teachers, *experiment.stages])
    ]
    return replace(experiment, stages=tuple(stages))


def named(stage: Stage, prefix: str) -> Stage:
    """The same stage under another name."""
    return replace(stage, name=f"{prefix}-{stage.name}")


def student(
    experiment: Experiment,
    number: int,
    choice: Choice,
    labels: Labels,
    omega: float | None,
    batch_size: int | None,
) -> Stage:
    """A stage of the student, which the first one begins with new data and a new net."""
    stage = experiment.stages[number]
    changed = stage if stage.role == "pretext" else supervised(stage, omega, batch_size)
    if labels == "soft" and stage.role != "pretext":
        changed = softened(changed)
    if number > 0:
        return changed

    def data(now: Now) -> Data:
        return pseudo_labeled(experiment.data, now, choice, union=omega is None, soft=labels == "soft")

    def prepare(now: Now) -> Net:
        return stage.prepare(replace(now, net=experiment.net()))

    return replace(changed, data=data, prepare=prepare)


def supervised(stage: Stage, omega: float | None, batch_size: int | None) -> Stage:
    """The same stage with other batches; a main one also reads pseudo-labels apart, if they have a weight."""

    def streams(now: Now, objective: Objective) -> Mapping[str, Stream]:
        return resized(stage.streams(now, objective), batch_size)

    changed = replace(stage, streams=streams)
    return changed if omega is None or stage.role != "main" else apart(changed, omega)


def softened(stage: Stage) -> Stage:
    """The same stage with labels that are drawn from the soft ones of its training split."""

    def objective(now: Now) -> Objective:
        made = stage.objective(now)
        soft = now.data.splits["train"].soft if now.data.splits else None
        return made if soft is None else made.after("join", soft=DrawLabels(soft))

    return replace(stage, objective=objective)


def apart(stage: Stage, omega: float) -> Stage:
    """The same stage with pseudo-labeled images as a stream of their own, which has a weight."""
    weights = {"train": 1.0, PSEUDO: omega}

    def streams(now: Now, objective: Objective) -> Mapping[str, Stream]:
        return with_pseudo(stage.streams(now, objective), now)

    def objective(now: Now) -> Objective:
        return stage.objective(now).wrap("loss", lambda step: SuperviseStreams(step.loss, weights))

    return replace(stage, streams=streams, objective=objective)


def resized(streams: Mapping[str, Stream], batch_size: int | None) -> Mapping[str, Stream]:
    """The same streams with another number of labeled images in a batch, if one is given; shares stay as they are."""
    if batch_size is None:
        return streams
    sizes = {name: min(one.batch_size, len(one.sampler)) for name, one in streams.items()}
    labeled = next(sizes[name] for name, one in streams.items() if one.labeled)
    shares = {name: size / labeled for name, size in sizes.items()}
    return {name: replace(one, batch_size=round(shares[name] * batch_size)) for name, one in streams.items()}


def with_pseudo(streams: Mapping[str, Stream], now: Now) -> Mapping[str, Stream]:
    """The streams and one of pseudo-labeled images beside "train", of the same length and batch size.

    Raises:
        InputError: there are other labeled streams.
    """
    labeled = [name for name, one in streams.items() if one.labeled]
    if labeled != ["train"]:
        raise InputError(
            "omega weighs pseudo-labeled images beside one stream of labeled ones, but here they come as "
            f"{', '.join(labeled)}; leave omega out"
        )
    train, pool = streams["train"], now.data.splits[PSEUDO]
    size = min(train.batch_size, len(train.sampler))
    sampler = Repeated(len(pool), len(train) * size)
    return {**streams, PSEUDO: replace(train, split=pool, sampler=sampler, batch_size=size)}


def pseudo_labeled(data: Data, now: Now, choice: Choice, *, union: bool, soft: bool = False) -> Data:
    """The data with the labels that the net of the moment gives to the unlabeled images.

    Args:
        data: with a split "unlabeled"; without samples at hand they come back as they are.
        now: the net is the teacher.
        choice: which of them are taken over.
        union: whether "train" takes them in; else they are a split "pseudo".
        soft: whether they come with all probabilities.

    Raises:
        InputError: the teacher is sure of no image.
    """
    if not data.splits:
        return data
    pool, train = data.splits["unlabeled"], data.splits["train"]
    labels, confidences, probabilities = labels_of(now, pool, soft=soft)
    kept = choice(confidences, labels, data.class_counts).nonzero().flatten()
    if not len(kept):
        raise InputError(
            f"the teacher is sure of no unlabeled image: its highest confidence is {confidences.max():.3f}, and "
            f"the threshold is {choice.threshold}; lower it"
        )
    taken = replace(
        pool.subset(kept), targets=labels[kept], soft=None if probabilities is None else probabilities[kept]
    )
    counts = data.class_counts + count_classes(taken.targets, data.num_classes)
    splits = {**data.splits, "train": both(train, taken)} if union else {**data.splits, PSEUDO: taken}
    sizes = {name: len(split) for name, split in splits.items()}
    facts = replace(data.facts, class_counts=tuple(counts.tolist()), split_sizes=sizes)
    return Data(facts, splits, data.drawn)


class Told(NamedTuple):
    """What a teacher says about U images.

    Attributes:
        labels: the most likely class of each, (U,).
        confidences: its probability, (U,).
        soft: all probabilities, (U, C), where they are asked for.
    """

    labels: Tensor
    confidences: Tensor
    soft: Tensor | None


@torch.no_grad()
def labels_of(now: Now, pool: Split, *, soft: bool = False) -> Told:
    """The teacher's labels of all unlabeled images, without augmentation; made up in a dry run.

    Features are read once and scored in portions, so that many classes fit unless soft labels are asked for.
    """
    if now.encode is None:
        made_up = torch.arange(len(pool)) % now.data.num_classes
        return Told(
            made_up, torch.ones(len(pool)), torch.eye(now.data.num_classes)[made_up] if soft else None
        )
    features, classifier = now.encode(now.net, pool, now.data.facts), now.net.classifier.cpu()
    told = [told_of(classifier(portion), soft=soft) for portion in features.split(PORTION)]
    labels, confidences = (
        torch.cat(parts) for parts in zip(*((one[0], one[1]) for one in told), strict=True)
    )
    return Told(
        labels, confidences, torch.cat([one.soft for one in told if one.soft is not None]) if soft else None
    )


def told_of(logits: Tensor, *, soft: bool) -> Told:
    """What logits say; (B, C)."""
    probabilities = logits.softmax(dim=1)
    confidences, labels = probabilities.max(dim=1)
    return Told(labels, confidences, probabilities if soft else None)


def _check(threshold: float, keep: Keep, rounds: int, omega: float | None) -> None:
    if not 0 <= threshold <= 1:
        raise InputError(
            f"the threshold must lie in 0 .. 1, but {threshold} came; the released code has none, 0"
        )
    if keep not in get_args(Keep):
        raise InputError(f"keep must be one of {', '.join(get_args(Keep))}, but {keep!r} came")
    if rounds < 1:
        raise InputError(f"self-training needs at least 1 round, but {rounds} came")
    if omega is not None and not 0 < omega < float("inf"):
        raise InputError(f"omega must be above 0, but {omega} came; leave it out for one union of all images")
