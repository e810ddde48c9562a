import pytest
import torch
from sklearn.metrics import average_precision_score, f1_score

from counterpoise.metrics.multi_label import average_precisions, f1_scores

TARGETS = torch.rand(50, 4, generator=torch.Generator().manual_seed(0)) < torch.tensor([0.6, 0.3, 0.1, 0.0])


def test_average_precisions_are_those_of_scikit_learn() -> None:
    probabilities = torch.rand(50, 4, dtype=torch.float64)
    probabilities[:10] = 0.5
    found = average_precisions(probabilities, TARGETS)
    wanted = [average_precision_score(TARGETS[:, c], probabilities[:, c]) for c in range(3)]
    assert found[:3].tolist() == pytest.approx(wanted, rel=1e-5)
    assert found[3].isnan(), "no sample has this class"


def test_f1_scores_are_those_of_scikit_learn() -> None:
    probabilities = torch.rand(50, 4)
    micro, macro = f1_scores(probabilities, TARGETS)
    found = probabilities >= 0.5
    assert micro == pytest.approx(f1_score(TARGETS, found, average="micro"))
    assert macro == pytest.approx(f1_score(TARGETS[:, :3], found[:, :3], average="macro"))


def test_a_class_that_every_sample_has_is_found() -> None:
    everywhere = torch.ones(3, 2, dtype=torch.bool)
    assert average_precisions(torch.rand(3, 2), everywhere).tolist() == [1, 1]
    assert f1_scores(torch.full((3, 2), 0.5), everywhere) == (1, 1)


def test_without_any_label_there_is_nothing_to_find() -> None:
    nowhere = torch.zeros(3, 2, dtype=torch.bool)
    assert average_precisions(torch.rand(3, 2), nowhere).isnan().all()
    assert f1_scores(torch.rand(3, 2), nowhere) == (None, None)
