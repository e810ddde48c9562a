"""OLTR: meta-embedding over a memory of class centroids (Liu et al., CVPR 2019), alone and decoupled."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from counterpoise.backbones import AttendedBackbone
from counterpoise.classifiers import LinearClassifier, MetaEmbeddingClassifier
from counterpoise.data.data import Data
from counterpoise.net import Net
from counterpoise.recipes.answers import uniform
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.one_stage import class_aware_stream, one_stage, require_images
from counterpoise.recipes.published import imagenet_lt
from counterpoise.regularizers import DiscriminativeCentroidLoss
from counterpoise.steps import Objective, Penalize
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Now

CENTROIDS = "classifier.centroids"
"""The parameter that the centroid loss trains."""
SLOW = 0.1
"""The released rate of backbone and centroids, 0.01, over that of the classifier, 0.1."""


@recipe(task="classification", claim=imagenet_lt("OLTR", 41.9))
def oltr(
    data: Data,
    *,
    training: Training = Training(),
    centroid_weight: float = 0.01,
    margin: float = 10.0,
    repel_weight: float = 0.01,
    reachability: float = 10.0,
    scale: float = 16.0,
) -> Experiment:
    """OLTR (table 2): plain training, then modulated attention and a meta-embedding classifier.

    The first third of the epochs trains backbone and linear classifier with cross-entropy. The other two thirds, as
    in the released 30 and 60 epochs, train an `AttendedBackbone` and a `MetaEmbeddingClassifier` with class-aware
    sampling and the `DiscriminativeCentroidLoss`; the classifier's hallucinator starts from the linear classifier,
    and the centroids from the class means of the plain training images. So ``epochs`` is the whole budget; each
    stage has at least one. The classifier learns at the base rate, backbone and centroids at a tenth of it. Each
    stage runs through the common schedule, where the release drops the rate by 10 after each third of a stage.

    Args:
        data: what to learn.
        training: the common settings; the release has a ResNet-10, batches of 128 and rate 0.1.
        centroid_weight: weight of the centroid loss beside the cross-entropy (released code: 0.01).
        margin: of the centroid loss, see `DiscriminativeCentroidLoss`.
        repel_weight: of the centroid loss, see `DiscriminativeCentroidLoss`.
        reachability: of the classifier, see `MetaEmbeddingClassifier`.
        scale: of the classifier, see `MetaEmbeddingClassifier`.

    Raises:
        InputError: the samples are no images.
    """
    require_images(data.facts, "oltr")
    plain = one_stage(data, training, LinearClassifier)
    (main,) = plain.stages
    centroid_loss = partial(DiscriminativeCentroidLoss, margin=margin, repel_weight=repel_weight)
    classifier = partial(MetaEmbeddingClassifier, reachability=reachability, scale=scale)

    def objective(now: Now) -> Objective:
        penalty = Penalize("centroids", centroid_loss(), weight=centroid_weight, reads=(CENTROIDS,))
        return main.objective(now).after("encode", centroids=penalty)

    first = replace(main, epochs=max(1, round(training.epochs / 3)))
    second = replace(
        main,
        name="memory",
        role="finetune",
        epochs=max(1, training.epochs - first.epochs),
        objective=objective,
        streams=class_aware_stream(training),
        trains=rates(training.lr, "backbone", CENTROIDS),
        prepare=partial(with_memory, classifier=classifier),
    )
    return replace(plain, stages=(first, second)).answering(uniform)


@recipe(task="classification", claim=imagenet_lt("Decouple-OLTR", 48.7))
def decouple_oltr(
    data: Data,
    *,
    training: Training = Training(),
    centroid_weight: float = 0.01,
    margin: float = 10.0,
    repel_weight: float = 0.01,
    reachability: float = 10.0,
    scale: float = 16.0,
) -> Experiment:
    """Decouple-OLTR (table 2): `oltr`, with the backbone of the first stage frozen in the second.

    The paper gives this row without a configuration, so this is our reading: all that OLTR adds is trained in the
    second stage, that is attention, the new layer, classifier and centroids; the backbone below keeps its weights
    and batch statistics. Decoupling's code, too, excepts attention and new layers from its freezing. All else is
    as in `oltr`.

    Args:
        data: what to learn.
        training: the common settings.
        centroid_weight: weight of the centroid loss beside the cross-entropy (released code: 0.01).
        margin: of the centroid loss, see `DiscriminativeCentroidLoss`.
        repel_weight: of the centroid loss, see `DiscriminativeCentroidLoss`.
        reachability: of the classifier, see `MetaEmbeddingClassifier`.
        scale: of the classifier, see `MetaEmbeddingClassifier`.
    """
    whole = oltr(
        data,
        training=training,
        centroid_weight=centroid_weight,
        margin=margin,
        repel_weight=repel_weight,
        reachability=reachability,
        scale=scale,
    )
    first, second = whole.stages
    trains = rates(training.lr, "backbone.attention", "backbone.hidden", CENTROIDS)
    return replace(whole, stages=(first, replace(second, trains=trains)))


def rates(lr: float, *slow: str) -> Mapping[str, Mapping[str, Any]]:
    """What the second stage trains: the classifier at the base rate, other parts slowly."""
    return {"classifier": {"lr": lr}} | {part: {"lr": SLOW * lr} for part in slow}


def with_memory(now: Now, classifier: Callable[[int, int], MetaEmbeddingClassifier]) -> Net:
    """The trained backbone with attention, under a classifier that remembers what it was trained on."""
    backbone = AttendedBackbone(now.net.backbone, now.data.facts.shape)
    remembering = classifier(backbone.num_features, now.data.num_classes)
    remembering.hallucinator.load_state_dict(now.net.classifier.linear.state_dict())  # pyright: ignore
    net = Net(backbone, remembering)
    remembering.remember(*now.features(net))
    return net
