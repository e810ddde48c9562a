import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.classifiers import Affine, CosineClassifier, DeconfoundedClassifier, LinearClassifier
from counterpoise.errors import InputError
from counterpoise.predictors import Calibrated, TauNormalized
from counterpoise.predictors.tau_normalized import TAU_GRID
from counterpoise.recall import mean_class_recall


def trained(dim: int = 6, classes: int = 4) -> LinearClassifier:
    torch.manual_seed(0)
    return LinearClassifier(dim, classes).double()


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("tau", [0.0, 0.3, 1.0, 2.0])
def test_logits_are_those_of_a_loop(tau: float) -> None:
    classifier, features = trained(), drawn(5, 6)
    looped = torch.zeros(5, 4, dtype=torch.float64)
    for b, x in enumerate(features.tolist()):
        for c, w in enumerate(classifier.weight.tolist()):
            norm = sum(value**2 for value in w) ** 0.5
            looped[b, c] = sum(u * v for u, v in zip(w, x, strict=True)) / norm**tau
    assert_close(TauNormalized(classifier, tau=tau)(features), looped, rtol=1e-12, atol=1e-14)


def test_tau_one_forgets_the_lengths_of_the_weights() -> None:
    classifier, features = trained(), drawn(5, 6)
    predictor = TauNormalized(classifier, tau=1.0)
    before = predictor(features)
    with torch.no_grad():
        classifier.weight.mul_(torch.tensor([[0.1], [3.0], [20.0], [1.0]]))
    assert_close(predictor(features), before, rtol=1e-12, atol=1e-14)
    assert_close(predictor.weight().norm(dim=1), torch.ones(4, dtype=torch.float64))


@pytest.mark.parametrize("tau", [0.0, 0.7])
def test_a_class_with_zero_weights_scores_zero(tau: float) -> None:
    classifier = trained()
    with torch.no_grad():
        classifier.weight[2] = 0
    logits = TauNormalized(classifier, tau=tau)(drawn(5, 6))
    assert logits.isfinite().all()
    assert logits[:, 2].count_nonzero() == 0


def test_an_empty_batch_gives_no_logits() -> None:
    assert TauNormalized(trained(), tau=1.0)(drawn(0, 6)).shape == (0, 4)


@pytest.mark.parametrize("kind", [CosineClassifier, DeconfoundedClassifier])
def test_a_classifier_that_normalises_is_refused(kind: type[CosineClassifier]) -> None:
    classifier = kind(6, 4)
    assert not isinstance(classifier, Affine)
    with pytest.raises(InputError, match=rf"those of {kind.__name__} are not linear in one weight matrix"):
        TauNormalized(classifier, tau=1.0)


def test_a_classifier_without_weights_is_refused() -> None:
    with pytest.raises(InputError, match=r"needs a classifier whose logits are x W\^T \+ b"):
        TauNormalized(nn.Sequential(nn.Linear(6, 4)), tau=1.0)


def head_heavy() -> tuple[LinearClassifier, Tensor, Tensor]:
    """Two directions at 45 degrees; the weights of class 0 are so long that it takes all samples."""
    classifier = LinearClassifier(2, 2, bias=False).double()
    with torch.no_grad():
        classifier.weight.copy_(torch.tensor([[4.0, 0.0], [0.5, 0.5]]))
    angles = torch.tensor([0.1, 0.2, 0.3, 0.5, 0.6, 0.7], dtype=torch.float64)
    return classifier, torch.stack([angles.cos(), angles.sin()], dim=1), torch.tensor([0, 0, 0, 1, 1, 1])


def test_calibration_takes_the_middle_of_the_best_on_the_grid() -> None:
    classifier, features, targets = head_heavy()
    predictor = TauNormalized(classifier, tau=None)
    assert isinstance(predictor, Calibrated)
    assert_close(predictor(features), classifier(features))
    scores = []
    for tau in TAU_GRID:
        predictions = TauNormalized(classifier, tau=float(tau))(features).argmax(1)
        scores.append(float(mean_class_recall(predictions, targets, 2)))
    best = [i for i, score in enumerate(scores) if score == max(scores)]
    sentence = predictor.calibrate(features, targets)
    assert_close(predictor.accuracies(features, targets, TAU_GRID).tolist(), scores)
    assert len(TAU_GRID) == 21 and scores[0] == 0.5 and max(scores) == 1.0
    assert predictor.tau.item() == pytest.approx(float(TAU_GRID[best[len(best) // 2]]))
    assert sentence == (
        f"tau {predictor.tau.item():.1f} chosen on 6 validation images (class-balanced accuracy 1.000)"
    )
    assert predictor(features).argmax(1).tolist() == targets.tolist()


def test_without_labels_tau_becomes_one() -> None:
    classifier, features, _ = head_heavy()
    predictor = TauNormalized(classifier, tau=None)
    assert "no validation split" in predictor.calibrate(features, None)
    assert predictor.tau == 1


def test_a_given_tau_stays() -> None:
    classifier, features, targets = head_heavy()
    predictor = TauNormalized(classifier, tau=0.25)
    assert predictor.calibrate(features, targets) == "tau 0.25, as given"
    assert predictor.tau == 0.25
