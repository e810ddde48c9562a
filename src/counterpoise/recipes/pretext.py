"""Self-supervised pre-training before any recipe (Yang, Xu, NeurIPS 2020): the labels are not read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from counterpoise.classifiers import LinearClassifier, Projector
from counterpoise.data.augmentation import Transformed, contrastive_policy
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy
from counterpoise.net import Classifier, Net
from counterpoise.recipes.decorators import modifier
from counterpoise.recipes.one_stage import require_images, training_stream
from counterpoise.samplers import Shuffled
from counterpoise.steps import (
    Encode,
    Join,
    MomentumContrast,
    Objective,
    Rotate,
    RotateFourfold,
    Score,
    SiameseSimilarity,
    Supervise,
)
from counterpoise.training.schedules import cosine, ldam_multistep, moco_cosine
from counterpoise.training.stage import SGD, Experiment, Late, Now, Stage
from counterpoise.training.transfer import read_weights, transferred

TASK = ("classification", "multi-label classification", "regression")


def before(experiment: Experiment, pretext: Stage) -> Experiment:
    """The same experiment with a stage in front, of which the first stage takes the backbone.

    Raises:
        InputError: the experiment trains several nets one after the other, or starts from a file.
    """
    require_one_net(experiment, pretext.name)
    require_images(experiment.data.facts, pretext.name)
    if "init" in (call.word for call in experiment.calls):
        raise InputError(
            f"init would load its file over what {pretext.name} has learned; name it before init"
        )
    first, *others = experiment.stages

    def prepare(now: Now) -> Net:
        return first.prepare(replace(now, net=Net(now.net.backbone, experiment.net().classifier)))

    return replace(experiment, stages=(pretext, replace(first, prepare=prepare), *others))


def require_one_net(experiment: Experiment, word: str) -> None:
    """Refuse an experiment in which only the first of several nets would start from what it is given.

    Raises:
        InputError: it trains several nets one after the other.
    """
    if sum(stage.role == "main" for stage in experiment.stages) > 1:
        raise InputError(
            f"{word} comes before the net is trained, but here several are; name it before self_training"
        )


def with_classifier(made: Callable[[int], Classifier]) -> Late[Net]:
    """Late: the net with a classifier of the pretext in place of its own, made from the number of features."""
    return lambda now: Net(now.net.backbone, made(now.net.classifier.dim))


@modifier(task=TASK)
def rotation(
    experiment: Experiment, *, epochs: int = 200, copies: Literal["one", "four"] = "one"
) -> Experiment:
    """Pre-train by telling how far images are rotated, then train as before, from this backbone.

    RotNet (Gidaris et al., ICLR 2018), as Yang and Xu (NeurIPS 2020) put it before supervised training on CIFAR. The
    new stage has the released settings: SGD with rate 0.1, weight decay 2e-4 and the schedule of LDAM.

    Args:
        experiment: trains on images.
        epochs: of the new stage (released: 200).
        copies: how many rotations of an image are in a batch: one, drawn at random, as released by Yang and Xu, or
            all four, as in RotNet.
    """
    training = experiment.training

    def objective(now: Now) -> Objective:
        samples = now.data.facts.split_sizes["train"]
        turned = Rotate(samples) if copies == "one" else RotateFourfold()
        return Objective(
            join=Join(), rotation=turned, encode=Encode(), score=Score(), loss=Supervise(CrossEntropy())
        )

    stage = Stage(
        name="rotation",
        role="pretext",
        epochs=epochs,
        objective=objective,
        streams=training_stream(training),
        optimizer=SGD(0.1, weight_decay=2e-4),
        schedule=ldam_multistep,
        prepare=with_classifier(lambda dim: LinearClassifier(dim, 4)),
    )
    return before(experiment, stage)


def two_views(experiment: Experiment) -> Callable[[Now, Objective], Mapping[str, Stream]]:
    """Late: the training split as two streams of the same images in two random views, without labels."""
    training = experiment.training

    def streams(now: Now, objective: Objective) -> Mapping[str, Stream]:
        split, facts = now.data.splits["train"], now.data.facts
        look = Transformed(facts.plain, contrastive_policy(facts.shape[-1]))
        one = Stream(split, Shuffled(len(split)), training.batch_size, look, training.workers, labeled=False)
        return {"unlabeled": one, "strong": replace(one, follows="unlabeled")}

    return streams


@modifier(task=TASK)
def moco(
    experiment: Experiment,
    *,
    epochs: int = 200,
    lr: float = 0.015,
    dim: int = 128,
    hidden: bool = True,
    queue: int = 65536,
    decay: float = 0.999,
    temperature: float = 0.2,
) -> Experiment:
    """Pre-train by momentum contrast, MoCo v2 (Chen et al., 2020), then train as before, from this backbone.

    As Yang and Xu (NeurIPS 2020) put it before supervised training on ImageNet-LT and iNaturalist; the settings are
    those of their release. See `MomentumContrast`.

    Args:
        experiment: trains on images.
        epochs: of the new stage (released: 200).
        lr: base learning rate, for batches of 128 images (released: 0.015).
        dim: number of projected features (released: 128).
        hidden: whether the projector has a hidden layer, as in v2; without one as in v1.
        queue: number of earlier images that each is told from, a multiple of the batch size (released: 65536).
        decay: of the key encoder (released: 0.999).
        temperature: of the similarities (released: 0.2).
    """

    def objective(now: Now) -> Objective:
        return Objective(
            contrast=MomentumContrast(now.net, queue=queue, decay=decay, temperature=temperature)
        )

    stage = Stage(
        name="moco",
        role="pretext",
        epochs=epochs,
        objective=objective,
        streams=two_views(experiment),
        optimizer=SGD(lr, weight_decay=1e-4),
        schedule=moco_cosine,
        prepare=with_classifier(lambda d: Projector(d, dim) if hidden else LinearClassifier(d, dim)),
    )
    return before(experiment, stage)


@modifier(task=TASK)
def simsiam(
    experiment: Experiment,
    *,
    epochs: int = 200,
    lr: float = 0.03,
    projected: int = 2048,
    hidden: int = 512,
) -> Experiment:
    """Pre-train by SimSiam: one view predicts the other (Chen, He, CVPR 2021); then train as before.

    See `SiameseSimilarity`.

    Args:
        experiment: trains on images.
        epochs: of the new stage (ours; paper: 100 on ImageNet, 800 on CIFAR).
        lr: base learning rate for 256 images (paper: 0.05 on ImageNet, 0.03 on CIFAR); scaled by the batch size.
        projected: units of the projector (paper: 2048).
        hidden: units of the predictor's hidden layer (paper: 512).
    """

    def objective(now: Now) -> Objective:
        return Objective(
            similarity=SiameseSimilarity(now.net.classifier.dim, projected=projected, hidden=hidden)
        )

    stage = Stage(
        name="simsiam",
        role="pretext",
        epochs=epochs,
        objective=objective,
        streams=two_views(experiment),
        optimizer=SGD(lr * experiment.training.batch_size / 256, weight_decay=5e-4),
        schedule=cosine,
        trains={"backbone": {}},
    )
    return before(experiment, stage)


@modifier(task=TASK)
def init(experiment: Experiment, *, file: str = "") -> Experiment:
    """Start from the backbone of a file of weights, such as a pre-training of one's own; the classifier is fresh.

    What was loaded, what the file lacks and what stays unused is told, and a file of which nothing fits is refused;
    see `counterpoise.training.transfer`.

    Args:
        experiment: trains a net with this backbone.
        file: of weights, .safetensors: from a run folder, or of MoCo's layout, or plain.

    Raises:
        InputError: the file cannot be read or none of it fits, or the experiment trains several nets.
    """
    if not file:
        raise InputError("init needs a file of weights; name one with --init.file")
    require_one_net(experiment, "init")
    first, *others = experiment.stages
    told = [] if not experiment.data.splits else [transferred(experiment.net(), read_weights(file)).told]

    def prepare(now: Now) -> Net:
        if now.encode is not None:
            transferred(now.net, read_weights(file))
        return first.prepare(now)

    return replace(
        experiment,
        stages=(replace(first, prepare=prepare), *others),
        notes=(*experiment.notes, *(f"{file}: {one}" for one in told)),
    )
