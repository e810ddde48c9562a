"""What the engine adds to a hand-written loop over the same parts: goal at most 10 %.

Both sides use the same net, stream, loss, head-direction tracker and optimizer. A tiny net makes the overhead show; a
ResNet-32 is what people train.
"""

import lightning as L
import torch
import torch.nn.functional as F
from timing import alternate, show
from training_throughput import MEAN, STD, random_data

from counterpoise.backbones import CifarResNet32, SmallCNN
from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.data.augmentation import CropFlip
from counterpoise.data.streams import Stream
from counterpoise.losses import CrossEntropy
from counterpoise.net import Net
from counterpoise.samplers import Shuffled
from counterpoise.steps import Track, supervised
from counterpoise.trackers import HeadDirection
from counterpoise.training.engine import Engine, Epochs
from counterpoise.training.run import quiet
from counterpoise.training.stage import SGD, Stage

BATCH = 64


def hand_written(net: Net, stream: Stream) -> None:
    """One epoch, written out."""
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    tracker = HeadDirection(net.classifier.dim)
    net.train()
    for batch in stream.batches(seed=(0, 0, 0, 0)):
        features = net.features(batch.inputs)
        loss = F.cross_entropy(net.classifier(features), batch.targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        tracker.update(features.detach())


def with_engine(net: Net, stream: Stream) -> None:
    """One epoch with the engine."""
    track = Track({"all": HeadDirection(net.classifier.dim)})
    objective = supervised(CrossEntropy()).after("score", track=track)
    stage = Stage(
        "main", "main", 1, lambda now: objective, lambda now, steps: {"train": stream},
        SGD(0.1), lambda epoch, epochs: 1.0,
    )  # fmt: skip
    engine = Engine(net, objective, stage)
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(engine, train_dataloaders=Epochs({"train": stream}, engine, (0, 0)))


def main() -> None:
    """Measure for a tiny net and a ResNet-32."""
    quiet()
    for name, backbone, images in (("small_cnn", SmallCNN(3), 1280), ("resnet32", CifarResNet32(), 640)):
        data = random_data(images)
        net = Net(backbone, DeconfoundedClassifier(64, 10)).to(memory_format=torch.channels_last)
        stream = Stream(data.splits["train"], Shuffled(images), BATCH, CropFlip(32, MEAN, STD))
        sides = {
            "hand-written loop": lambda: hand_written(net, stream),  # noqa: B023
            "engine": lambda: with_engine(net, stream),  # noqa: B023
        }
        show(f"{name}, {images // BATCH} steps", alternate(sides, rounds=5, warmup=1), "hand-written loop")


if __name__ == "__main__":
    main()
