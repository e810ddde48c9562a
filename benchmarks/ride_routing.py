"""Routing of RIDE: seconds, operations and accuracy against all experts, on made-up images with noise.

Goals: the accuracy of all experts, and as much less time as there are fewer operations. Over a ResNet-32 of three
experts with random weights the classifiers learn 10 classes; on other images the routers learn when to go on, and their
threshold is set so that as few images as possible get a second expert while no accuracy is lost there. The plain
ResNet-32 is there for its time.
"""

import torch
import torch.nn.functional as F
from timing import alternate, show
from torch import Tensor, nn

from counterpoise.backbones import CifarResNet32, SkippingExperts, expert_cifar_resnet32
from counterpoise.classifiers import LinearClassifier, RoutedClassifier, cosine_experts
from counterpoise.losses import CrossEntropy, EachExpert, Loss, RoutingLoss
from counterpoise.net import Classifier, Net
from counterpoise.training.cost import operations_per_image

CLASSES, EXPERTS, LEARNED, TESTED, STEPS = 10, 3, 512, 256, 200


def images(number: int, seed: int) -> tuple[Tensor, Tensor]:
    """Coarse patterns of the classes; two thirds of the images have little noise, one third has much."""
    patterns = F.interpolate(
        torch.randn(CLASSES, 3, 4, 4, generator=torch.Generator().manual_seed(0)), size=32
    )
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(CLASSES, (number,), generator=generator)
    noise = torch.randn(number, 3, 32, 32, generator=generator)
    degree = torch.tensor([0.1, 0.1, 2.0])[torch.arange(number) % 3]
    return patterns[targets] + degree.view(-1, 1, 1, 1) * noise, targets


@torch.enable_grad()
def learn(classifier: Classifier, loss: Loss, features: Tensor, targets: Tensor) -> None:
    """Steps of gradient descent on the whole batch."""
    learned = [weight for weight in classifier.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(learned, lr=0.01)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(classifier.outputs(features), targets).backward()
        optimizer.step()


@torch.no_grad()
def standardized(backbone: nn.Module, inputs: Tensor) -> Tensor:
    """Features, after the batch norms have seen the images a few times."""
    for part in inputs.split(64):
        backbone.train()(part)
    return torch.cat([backbone.eval()(part) for part in inputs.split(64)])


@torch.no_grad()
def fewest(routed: RoutedClassifier, features: Tensor, targets: Tensor) -> float:
    """Move the threshold to the smallest share of second experts that loses no accuracy; that share."""
    wanted = accuracy(routed.classifier(features), targets)  # pyright: ignore[reportCallIssue]
    scores, bias = routed.routed(features)[1][:, 0], routed.router.shared.bias
    start, shares = bias.clone(), torch.linspace(0, 1, 21).tolist()
    for share in shares:
        bias.copy_(start - scores.quantile(1 - share))
        if accuracy(routed(features), targets) >= wanted:
            return share
    return 1.0


def accuracy(logits: Tensor, targets: Tensor) -> float:
    """Share of right answers."""
    return (logits.argmax(dim=1) == targets).float().mean().item()


@torch.no_grad()
def main() -> None:
    """Measure on images that nobody has seen."""
    torch.manual_seed(0)
    print(f"threads {torch.get_num_threads()}, {TESTED} images of 32 x 32, {EXPERTS} experts")
    (inputs, labels), (others, their), (given, targets) = (
        images(n, n) for n in (LEARNED, LEARNED + 1, TESTED)
    )
    backbone = expert_cifar_resnet32(experts=EXPERTS)
    features = standardized(backbone, inputs)
    held_out = torch.cat([backbone(part) for part in others.split(64)])
    experts = cosine_experts(backbone.num_features, CLASSES, experts=EXPERTS)
    learn(experts, EachExpert([CrossEntropy()] * EXPERTS), features, labels)
    routed = RoutedClassifier(experts)
    learn(routed, RoutingLoss(EXPERTS, positive_weight=20.0), held_out, their)
    print(f"a second expert is wanted for {fewest(routed, held_out, their):.0%}")
    nets = {
        "plain ResNet-32": Net(CifarResNet32(), LinearClassifier(64, CLASSES)).eval(),
        "all experts": Net(backbone, experts),
        "only those asked": Net(SkippingExperts(backbone, routed.asked), routed).eval(),
    }
    sides = {name: lambda net=net: net(given) for name, net in nets.items()}
    show("inference", alternate(sides), "all experts")
    for name, net in nets.items():
        operations = operations_per_image(net, given) / 1e6
        told = "" if name == "plain ResNet-32" else f", accuracy {accuracy(net(given), targets):.3f}"
        print(f"  {name:<44} {operations:6.1f} million multiply-additions{told}")


if __name__ == "__main__":
    main()
