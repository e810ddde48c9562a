import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import MetaEmbeddingClassifier
from counterpoise.errors import InputError

DIM, CLASSES = 6, 4


def made(**options: float) -> MetaEmbeddingClassifier:
    torch.manual_seed(0)
    return MetaEmbeddingClassifier(DIM, CLASSES, **options).double()


def features(rows: int = 5) -> Tensor:
    return torch.randn(rows, DIM, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def dot(first: list[float], second: list[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))


def length(vector: list[float]) -> float:
    return math.sqrt(dot(vector, vector))


def linear(layer: torch.nn.Linear, x: list[float]) -> list[float]:
    rows = zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
    return [dot(weight, x) + bias for weight, bias in rows]


def looped(
    classifier: MetaEmbeddingClassifier, x: list[float], reachability: float, scale: float
) -> list[float]:
    """The logits of one feature."""
    centroids = classifier.centroids.tolist()
    exponents = [math.exp(value) for value in linear(classifier.hallucinator, x)]
    shares = [value / sum(exponents) for value in exponents]
    memory = [dot(shares, [centroid[d] for centroid in centroids]) for d in range(DIM)]
    selected = [math.tanh(value) for value in linear(classifier.selector, x)]
    nearest = min(length([a - b for a, b in zip(x, c, strict=True)]) for c in centroids)
    z = [reachability / nearest * (x[d] + selected[d] * memory[d]) for d in range(DIM)]
    squashed = [value / (1 + length(z)) for value in z]
    return [scale * dot(squashed, w) / length(w) for w in classifier.weight.tolist()]


@pytest.mark.parametrize(("reachability", "scale"), [(10.0, 16.0), (0.5, 3.0)])
def test_logits_are_those_of_loops(reachability: float, scale: float) -> None:
    classifier = made(reachability=reachability, scale=scale)
    wanted = [looped(classifier, x, reachability, scale) for x in features().tolist()]
    assert_close(classifier(features()).detach(), torch.tensor(wanted).double(), rtol=1e-6, atol=1e-6)


def test_all_is_trained_but_the_centroids_get_no_gradient_here() -> None:
    classifier, inputs = made(), features().requires_grad_()
    F.cross_entropy(classifier(inputs), torch.arange(5) % CLASSES).backward()
    assert classifier.centroids.requires_grad and classifier.centroids.grad is None
    others = {name: p for name, p in classifier.named_parameters() if name != "centroids"}
    assert len(others) == 5
    assert all(p.grad is not None and p.grad.count_nonzero() for p in others.values())
    assert inputs.grad is not None and inputs.grad.count_nonzero() == inputs.numel()


def test_the_gradient_of_features_goes_through_all_three_ways() -> None:
    classifier = made()
    for parameter in classifier.parameters():
        parameter.requires_grad_(False)
    assert torch.autograd.gradcheck(classifier, features().requires_grad_())


def test_the_factor_falls_with_the_distance_to_the_nearest_centroid() -> None:
    classifier, direction = made(reachability=3.0), torch.eye(DIM, dtype=torch.float64)[:1]
    with torch.no_grad():
        classifier.centroids.copy_(10 * torch.eye(DIM)[:CLASSES])
    for distance in (0.5, 1.0, 4.0):
        factor = classifier.reached((10 + distance) * direction)
        assert factor.item() == pytest.approx(3.0 / distance, rel=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_feature_on_a_centroid_has_finite_scores_and_gradients(dtype: torch.dtype) -> None:
    classifier = made().to(dtype)
    inputs = classifier.centroids.detach().clone().requires_grad_()
    logits = classifier(inputs)
    logits.logsumexp(dim=1).sum().backward()
    assert logits.isfinite().all()
    assert inputs.grad is not None and inputs.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in classifier.parameters() if p.grad is not None)


def test_near_a_centroid_scores_go_on_without_a_jump() -> None:
    classifier = made()
    near = classifier.centroids.detach() + 1e-7
    assert_close(classifier(near), classifier(classifier.centroids.detach()), rtol=1e-5, atol=1e-5)


def test_zero_features_and_centroids_have_finite_gradients() -> None:
    classifier, inputs = made(), torch.zeros(2, DIM, dtype=torch.float64, requires_grad=True)
    with torch.no_grad():
        classifier.centroids.zero_()
    classifier(inputs).sum().backward()
    assert inputs.grad is not None and inputs.grad.isfinite().all()


def test_it_remembers_class_means_and_nothing_of_a_class_without_samples() -> None:
    classifier, seen = made(), features(6)
    classifier.remember(seen, torch.tensor([0, 0, 1, 3, 3, 3]))
    wanted = [seen[:2].mean(dim=0), seen[2], torch.zeros(DIM).double(), seen[3:].mean(dim=0)]
    assert_close(classifier.centroids.detach(), torch.stack(wanted), rtol=1e-12, atol=1e-15)
    assert classifier.centroids.requires_grad


def test_it_remembers_nothing_with_an_unknown_label() -> None:
    with pytest.raises(InputError, match=r"labels must lie in 0 \.\. 3"):
        made().remember(features(2), torch.tensor([0, 4]))


def test_fresh_weights_differ_and_the_memory_stays() -> None:
    classifier = made()
    before = {name: value.clone() for name, value in classifier.state_dict().items()}
    classifier.reset_parameters()
    same = {name for name, value in classifier.state_dict().items() if torch.equal(value, before[name])}
    assert same == {"centroids"}


def test_an_empty_batch_gives_no_logits() -> None:
    assert made()(features(0)).shape == (0, CLASSES)


def test_it_can_be_exported() -> None:
    classifier = made().eval()
    exported = torch.export.export(classifier, (features(),)).module()
    assert_close(exported(features()), classifier(features()))


@pytest.mark.parametrize("options", [{"reachability": 0.0}, {"scale": -1.0}])
def test_options_that_cannot_be_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="reachability and scale must be positive"):
        MetaEmbeddingClassifier(DIM, CLASSES, **options)
