"""Learning from unlabeled images by consistency and by pseudo-labels within training, over any supervised loss."""

from dataclasses import replace

from counterpoise.classifiers import LinearClassifier
from counterpoise.errors import InputError
from counterpoise.losses import VirtualAdversarialLoss
from counterpoise.net import Net
from counterpoise.ramps import Ramped
from counterpoise.recipes.answers import uniform
from counterpoise.recipes.decorators import modifier
from counterpoise.recipes.views import beside, with_views
from counterpoise.steps import (
    AuxiliaryBalanced,
    FixMatch,
    Interpolation,
    Objective,
    SelfConsistency,
    TeacherConsistency,
    VirtualAdversarial,
)
from counterpoise.steps.interpolation import Mixes
from counterpoise.trackers import AdaptiveWeights, EqualShareThresholds, FixedThreshold, Trust
from counterpoise.training.stage import Experiment, Late, Now, Stage, unchanged

TASK = "classification"


def require_last_word(experiment: Experiment, word: str) -> None:
    """Refuse stages after the main one for a method whose predictor the main stage alone trains.

    Raises:
        InputError: there is such a stage.
    """
    later = [stage.name for stage in experiment.stages if stage.role == "finetune"]
    if later:
        raise InputError(
            f"{word} predicts with a net that only the main stage trains, so the stage {later[0]!r} after it would "
            "have no effect; leave out one of the two"
        )


@modifier(task=TASK)
def mean_teacher(
    experiment: Experiment,
    *,
    weight: float = 100.0,
    ramp: float = 5 / 180,
    decay: float = 0.999,
    ratio: int = 1,
) -> Experiment:
    """Mean Teacher: agree with a running average of the net about unlabeled images (Tarvainen, Valpola, NeurIPS 2017).

    The teacher predicts. See `TeacherConsistency`.

    Args:
        experiment: trains on images, with unlabeled ones beside them.
        weight: of the cost at the end of its ramp (released for CIFAR: 100; realistic-ssl: 8).
        ramp: share of the epochs over which the weight rises (released for CIFAR: 5 of 180).
        decay: of the teacher (released: 0.999).
        ratio: unlabeled images for each labeled one in a step (ours).

    Raises:
        InputError: there are no unlabeled images, or a stage after the main one.
    """
    require_last_word(experiment, "mean_teacher")

    def changed(objective: Objective, now: Now, stage: Stage) -> Objective:
        step = TeacherConsistency(now.net, weight=Ramped(weight, ramp), decay=decay, student="view")
        return beside(objective, "mean_teacher", step, ("view",))

    taught = with_views(experiment, ("view",), ratio=ratio).change(objective=changed)

    def predictor(now: Now) -> Net:
        teacher: Net = now.kept["mean_teacher"].teacher.net  # pyright: ignore
        return experiment.predictor(replace(now, net=teacher))

    return replace(taught, predictor=predictor)


@modifier(task=TASK)
def pi_model(
    experiment: Experiment, *, weight: float = 20.0, ramp: float = 0.4, ratio: int = 1
) -> Experiment:
    """Pi-model: agree with oneself about another view of unlabeled images (Laine, Aila, ICLR 2017).

    See `SelfConsistency`.

    Args:
        experiment: trains on images, with unlabeled ones beside them.
        weight: of the cost at the end of its ramp (realistic-ssl: 20).
        ramp: share of the epochs over which the weight rises (realistic-ssl: 200 of 500 thousand steps).
        ratio: unlabeled images for each labeled one in a step (ours).
    """

    def changed(objective: Objective, now: Now, stage: Stage) -> Objective:
        step = SelfConsistency(weight=Ramped(weight, ramp), student="view")
        return beside(objective, "pi_model", step, ("unlabeled", "view"))

    return with_views(experiment, ("view",), ratio=ratio).change(objective=changed)


@modifier(task=TASK)
def vat(
    experiment: Experiment,
    *,
    eps: float = 8.0,
    xi: float = 1e-3,
    iterations: int = 1,
    weight: float = 1.0,
    entropy: float = 0.0,
    ratio: int = 4,
) -> Experiment:
    """Virtual adversarial training: no small change of an unlabeled image shall change the answer.

    Miyato et al., TPAMI 2018. See `VirtualAdversarialLoss`; lengths are of normalised inputs.

    Args:
        experiment: trains on images, with unlabeled ones beside them.
        eps: length of the change (released vat_tf: 8 on CIFAR; realistic-ssl: 6).
        xi: distance at which its direction is found (released: 1e-6, which is too small in float32; ours).
        iterations: of the power method (released: 1).
        weight: of the loss (released: 1).
        entropy: weight of the entropy of the predictions beside it (released: 0, and 1 for VATent).
        ratio: unlabeled images for each labeled one in a step (released: 128 and 32).
    """

    def changed(objective: Objective, now: Now, stage: Stage) -> Objective:
        loss = VirtualAdversarialLoss(eps=eps, xi=xi, iterations=iterations)
        return beside(
            objective, "vat", VirtualAdversarial(loss, weight=Ramped(weight, 0.0), entropy_weight=entropy)
        )

    return with_views(experiment, (), ratio=ratio).change(objective=changed)


@modifier(task=TASK)
def ict(
    experiment: Experiment,
    *,
    alpha: float = 1.0,
    mixes: Mixes = "predictions",
    weight: float = 100.0,
    ramp: float = 0.25,
    decay: float = 0.999,
    ratio: int = 1,
) -> Experiment:
    """Interpolation consistency: between two unlabeled images the answer lies between theirs.

    Verma et al., IJCAI 2019. The paper mixes labeled images too: add `mixup`. See `Interpolation`.

    Args:
        experiment: trains on images, with unlabeled ones beside them.
        alpha: of the Beta distribution of the share (released: 1 on CIFAR, 0.1 on SVHN).
        mixes: what of the teacher is mixed: "predictions" as in the paper, or "logits" as released.
        weight: of the cost at the end of its ramp (released: 100).
        ramp: share of the epochs over which the weight rises (released: 100 of 400).
        decay: of the teacher (released: 0.999).
        ratio: unlabeled images for each labeled one in a step (ours).
    """

    def changed(objective: Objective, now: Now, stage: Stage) -> Objective:
        step = Interpolation(now.net, alpha=alpha, mixes=mixes, weight=Ramped(weight, ramp), decay=decay)
        return beside(objective, "ict", step)

    return with_views(experiment, (), ratio=ratio).change(objective=changed)


def matched(experiment: Experiment, trust: Late[Trust], weight: float, ratio: int) -> Experiment:
    """The same experiment with FixMatch's term, whose pseudo-labels count as a late trust says."""

    def changed(objective: Objective, now: Now, stage: Stage) -> Objective:
        step = FixMatch(trust(now), weight=Ramped(weight, 0.0))
        return beside(objective, "fixmatch", step, ("unlabeled", "strong"))

    return with_views(experiment, ("strong",), ratio=ratio).change(objective=changed)


@modifier(task=TASK)
def fixmatch(
    experiment: Experiment, *, threshold: float = 0.95, weight: float = 1.0, ratio: int = 7
) -> Experiment:
    """FixMatch: what the net is sure of in a weak view of an unlabeled image, it learns in a strong one.

    Sohn et al., NeurIPS 2020. The strong view is RandAugment after crop and flip. See `counterpoise.steps.FixMatch`.

    Args:
        experiment: trains on images, with unlabeled ones beside them.
        threshold: confidence from which a pseudo-label counts (paper: 0.95).
        weight: of the term (paper: 1).
        ratio: unlabeled images for each labeled one in a step (paper: 7; USB's imbalanced benchmarks: 2).
    """
    return matched(experiment, lambda now: FixedThreshold(threshold=threshold), weight, ratio)


@modifier(task=TASK)
def adsh(
    experiment: Experiment, *, threshold: float = 0.95, weight: float = 1.0, ratio: int = 7
) -> Experiment:
    """ADSH: FixMatch with a threshold for each class, so that all keep the same share of pseudo-labels (ICML 2022).

    Guo, Li. See `EqualShareThresholds`.

    Args:
        experiment: trains on images, with unlabeled ones beside them.
        threshold: of the most frequent class (public port: 0.95).
        weight: of the term (FixMatch: 1).
        ratio: unlabeled images for each labeled one in a step (FixMatch: 7).
    """
    return matched(
        experiment, lambda now: EqualShareThresholds(now.class_counts, threshold=threshold), weight, ratio
    )


@modifier(task=TASK)
def saw(
    experiment: Experiment, *, threshold: float = 0.95, weight: float = 1.0, ratio: int = 7
) -> Experiment:
    """SAW: FixMatch whose pseudo-labels weigh by how rare their class is among them (smoothed adaptive weighting).

    See `AdaptiveWeights`. For the labeled loss `class_balanced` is the counterpart.

    Args:
        experiment: trains on images, with unlabeled ones beside them.
        threshold: confidence from which a pseudo-label counts (FixMatch: 0.95).
        weight: of the term (FixMatch: 1).
        ratio: unlabeled images for each labeled one in a step (FixMatch: 7).
    """
    return matched(
        experiment, lambda now: AdaptiveWeights(now.data.num_classes, threshold=threshold), weight, ratio
    )


@modifier(task=TASK)
def auxiliary_balanced(
    experiment: Experiment, *, threshold: float = 0.95, weight: float = 1.0, ratio: int = 2
) -> Experiment:
    """ABC: an auxiliary balanced classifier over the same features, which predicts (Lee et al., NeurIPS 2021).

    It goes over a method for unlabeled images, as `fixmatch` in the paper. Its scores answer for equally likely
    classes. See `AuxiliaryBalanced`.

    Args:
        experiment: trains on images, with unlabeled ones beside them.
        threshold: confidence from which a pseudo-label counts (paper: 0.95).
        weight: of the term (paper: 1).
        ratio: unlabeled images for each labeled one in a step (USB: 2), where none are read yet.

    Raises:
        InputError: there are no unlabeled images, a stage after the main one, or another rule for the predictor.
    """
    require_last_word(experiment, "auxiliary_balanced")
    if experiment.predictor is not unchanged:
        raise InputError(
            "auxiliary_balanced predicts with a classifier of its own, so what else changes the predictor would have "
            "no effect; leave out one of the two"
        )

    def changed(objective: Objective, now: Now, stage: Stage) -> Objective:
        classifier = LinearClassifier(now.net.classifier.dim, now.data.num_classes)
        step = AuxiliaryBalanced(
            classifier, now.class_counts, threshold=threshold, weight=Ramped(weight, 0.0)
        )
        return beside(objective, "auxiliary_balanced", step, ("unlabeled", "strong"))

    def predictor(now: Now) -> Net:
        return Net(now.net.backbone, now.kept["auxiliary_balanced"].classifier)  # pyright: ignore

    balanced = with_views(experiment, ("strong",), ratio=ratio).change(objective=changed)
    return replace(balanced, predictor=predictor).answering(uniform)
