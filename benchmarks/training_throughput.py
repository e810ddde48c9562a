"""Training ResNet-32 on CIFAR-shaped data: our engine against the loop a user would write.

The user's loop: torchvision's CIFAR-style data set of PIL images, transforms per image, a DataLoader with two
workers, float32, default memory format. Ours: pixels in memory, augmentation per batch, channels_last, and the
precision that the device computes in. Goal: at least 2 x the images per second. Each side trains the same net with
the same optimizer on the same long-tailed images; ``--epochs`` above 1 also compares accuracy on held-out images.
"""

import argparse
import statistics
import time

import lightning as L
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from counterpoise.backbones import TwoBranchCifarResNet32
from counterpoise.classifiers import LinearClassifier
from counterpoise.data.augmentation import CropFlip
from counterpoise.data.data import Data, Facts, Split
from counterpoise.data.samples import PackedImages
from counterpoise.data.streams import Stream
from counterpoise.losses import CrossEntropy
from counterpoise.net import Net
from counterpoise.samplers import Shuffled
from counterpoise.steps import supervised
from counterpoise.training.engine import Engine, Epochs
from counterpoise.training.hardware import Hardware
from counterpoise.training.run import quiet
from counterpoise.training.stage import SGD, Stage

USER = "user's loop"
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)


class UserDataset(Dataset):
    """What torchvision's CIFAR10 does: pixels in one array, a PIL image and its transforms per item."""

    def __init__(self, images: np.ndarray, targets: list[int]) -> None:
        self.images, self.targets = images, targets
        self.transform = v2.Compose(
            [
                v2.RandomCrop(32, padding=4),
                v2.RandomHorizontalFlip(),
                v2.ToImage(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize(MEAN, STD),
            ]
        )

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        """An augmented image and its label."""
        return self.transform(Image.fromarray(self.images[index])), self.targets[index]


def fresh_net(classes: int) -> Net:
    """The same start for both sides."""
    torch.manual_seed(0)
    return Net(TwoBranchCifarResNet32(), LinearClassifier(128, classes))


class UserLoop:
    """The loop a user would write; one call is one epoch."""

    def __init__(self, split: Split, classes: int, batch_size: int, device: str) -> None:
        self.net, self.device = fresh_net(classes).to(device), device
        data = UserDataset(split.samples.images.numpy(), split.targets.tolist())
        self.loader = DataLoader(data, batch_size, shuffle=True, num_workers=2, drop_last=True)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)

    def __call__(self) -> None:
        """Train one epoch."""
        self.net.train()
        for images, targets in self.loader:
            loss = F.cross_entropy(self.net(images.to(self.device)), targets.to(self.device))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


class OurEngine:
    """counterpoise's engine; one call is one epoch."""

    def __init__(self, split: Split, classes: int, batch_size: int, device: str) -> None:
        self.net = fresh_net(classes).to(memory_format=torch.channels_last)
        self.hardware, self.epoch = Hardware(device=device), 0
        self.objective = supervised(CrossEntropy())
        stream = Stream(split, Shuffled(len(split)), batch_size, CropFlip(32, MEAN, STD))
        self.stage = Stage(
            "main", "main", 10**6, lambda now: self.objective, lambda now, objective: {"train": stream},
            SGD(0.1), lambda epoch, epochs: 1.0,
        )  # fmt: skip
        self.streams, self.state = {"train": stream}, None

    def __call__(self) -> None:
        """Train one epoch."""
        engine = Engine(
            self.net, self.objective, self.stage, first_epoch=self.epoch, optimizer_state=self.state
        )
        trainer = L.Trainer(
            accelerator=self.hardware.accelerator, devices=1, precision=self.hardware.lightning_precision,
            max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False,
        )  # fmt: skip
        trainer.fit(engine, train_dataloaders=Epochs(self.streams, engine, (0, 0)))
        self.epoch += 1
        self.state = trainer.optimizers[0].state_dict()


@torch.no_grad()
def accuracy(net: Net, split: Split) -> float:
    """Share of held-out images recognised."""
    net = net.cpu().eval()
    scale, shift = torch.tensor(STD).view(3, 1, 1), torch.tensor(MEAN).view(3, 1, 1)
    right = 0
    for index in torch.arange(len(split)).split(500):
        images = split.samples.read(index).permute(0, 3, 1, 2) / 255
        right += (net((images - shift) / scale).argmax(1) == split.targets[index]).sum().item()
    return right / len(split)


def random_data(images: int, classes: int = 10) -> Data:
    """Noise with labels, for throughput alone."""
    pixels = torch.randint(0, 256, (images, 32, 32, 3), dtype=torch.uint8)
    split = Split(PackedImages(pixels), torch.arange(images) % classes, tuple(map(str, range(images))))
    counts = (images // classes,) * classes
    names = tuple(map(str, range(classes)))
    facts = Facts("noise", "classification", "image", (3, 32, 32), names, counts, {}, MEAN, STD, "")
    return Data(facts, {"train": split, "test": split})


def main() -> None:
    """Alternate one epoch of each side and compare medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of 32 x 32 images; default: noise")
    parser.add_argument("--images", type=int, default=1280, help="images per epoch when the data are noise")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch_size", type=int, default=128)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    quiet()
    data = random_data(options.images)
    if options.data:
        from counterpoise.data.sources import Source, load

        data = load(Source(options.data, imbalance="exponential", ratio=100))
    arguments = (data.splits["train"], data.num_classes, options.batch_size, options.device)
    sides = {USER: UserLoop(*arguments), "counterpoise": OurEngine(*arguments)}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(options.epochs):
        for name, side in sides.items():
            began = time.perf_counter()
            side()
            seconds[name].append(time.perf_counter() - began)
    visited = len(data.splits["train"]) // options.batch_size * options.batch_size
    rates = {name: visited / statistics.median(values) for name, values in seconds.items()}
    print(f"threads {torch.get_num_threads()}, {Hardware(device=options.device).lightning_precision}")
    for name, side in sides.items():
        found = f", accuracy {accuracy(side.net, data.splits['test']):.3f}" if options.data else ""
        print(f"  {name:<14} {rates[name]:8.1f} images/s, {rates[name] / rates[USER]:.2f} x{found}")


if __name__ == "__main__":
    main()
