import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.regularizers import center_triplet_loss

FEATURES = torch.tensor([[0.0, 0.0], [3.0, 4.0]], dtype=torch.float64)
CENTERS = torch.tensor([[0.0, 1.0], [3.0, 0.0], [0.0, -2.5]], dtype=torch.float64)
TARGETS = torch.tensor([0, 1])
LOGITS = torch.tensor([[9.0, 1.0, 2.0], [0.5, 9.0, -1.0]])


def test_the_center_of_the_most_probable_wrong_class_is_to_be_farther_away_by_the_margin() -> None:
    """The first sample lies at 1 from its own center and at 2.5 from that of class 2; the second at 4 and sqrt(18)."""
    wanted = (0.0 + (4 - 18**0.5 + 1)) / 2
    assert_close(center_triplet_loss(FEATURES, TARGETS, CENTERS, LOGITS).item(), wanted, rtol=0, atol=1e-5)
    wider = ((1 - 2.5 + 2) + (4 - 18**0.5 + 2)) / 2
    found = center_triplet_loss(FEATURES, TARGETS, CENTERS, LOGITS, margin=2.0)
    assert_close(found.item(), wider, rtol=0, atol=1e-5)


def test_features_and_both_centers_get_gradients_and_logits_none() -> None:
    features, centers, logits = (each.clone().requires_grad_() for each in (FEATURES, CENTERS, LOGITS))
    center_triplet_loss(features, TARGETS, centers, logits).backward()
    assert centers.grad is not None and features.grad is not None and logits.grad is None
    assert centers.grad.abs().sum(dim=1).gt(0).tolist() == [True, True, False]
    assert features.grad[0].count_nonzero() == 0, "far enough from the wrong center"


def test_a_single_class_and_labels_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="there is one class only"):
        center_triplet_loss(FEATURES, TARGETS * 0, CENTERS[:1], LOGITS[:, :1])
    with pytest.raises(InputError, match=r"labels must lie in 0 \.\. 2"):
        center_triplet_loss(FEATURES, TARGETS + 2, CENTERS, LOGITS)
