"""What all recipes for image classification share: backbone, streams, and one supervised stage."""

from collections.abc import Callable, Mapping

from counterpoise.backbones import image_backbone
from counterpoise.data.augmentation import Augmentation, CropFlip, Plain, ResizedCropJitter
from counterpoise.data.data import Data, Facts
from counterpoise.data.streams import Stream
from counterpoise.losses import CrossEntropy
from counterpoise.losses.loss import Loss
from counterpoise.net import Classifier, Net
from counterpoise.samplers import Shuffled
from counterpoise.steps import Objective, supervised
from counterpoise.training.options import AugmentationName, Training
from counterpoise.training.stage import SGD, Experiment, Late, Now, Stage


def classification(
    data: Data,
    training: Training,
    classifier: Callable[[int, int], Classifier],
    loss: Late[Loss] = lambda now: CrossEntropy(),
) -> Experiment:
    """One supervised stage over a backbone and a classifier.

    Args:
        data: what to learn.
        training: the common settings.
        classifier: makes the classifier from the number of features and classes.
        loss: late; the loss on its outputs.
    """

    def net() -> Net:
        backbone = image_backbone(training.backbone, data.facts.shape, pretrained=training.pretrained)
        return Net(backbone, classifier(backbone.num_features, data.num_classes))  # pyright: ignore

    stage = Stage(
        name="main",
        role="main",
        epochs=training.epochs,
        objective=lambda now: supervised(loss(now)),
        streams=training_stream(training),
        optimizer=SGD(training.lr, training.momentum, training.weight_decay, training.nesterov),
        schedule=training.scheduled,
    )
    return Experiment(data=data, training=training, net=net, stages=(stage,))


def training_stream(training: Training) -> Callable[[Now, Objective], Mapping[str, Stream]]:
    """Late: the training split, shuffled and augmented."""

    def streams(now: Now, objective: Objective) -> Mapping[str, Stream]:
        split = now.data.splits["train"]
        look = augmentation(training.augmentation, now.data.facts)
        return {"train": Stream(split, Shuffled(len(split)), training.batch_size, look, training.workers)}

    return streams


def augmentation(name: AugmentationName, facts: Facts) -> Augmentation:
    """The augmentation of a name, for images of this size.

    "auto" crops pictures up to 16 pixels by one pixel (digits, whose mirror image is another thing), crops and
    flips up to 64 pixels as on CIFAR, and does as on ImageNet-LT above.
    """
    size = facts.shape[-1]
    if name == "auto":
        name = "crop" if size <= 16 else "crop_flip" if size <= 64 else "resized_crop_jitter"
    if name == "none":
        return Plain(size, facts.mean, facts.std)
    if name == "resized_crop_jitter":
        return ResizedCropJitter(size, facts.mean, facts.std)
    return CropFlip(size, facts.mean, facts.std, padding=max(1, size // 8), flip=name == "crop_flip")
