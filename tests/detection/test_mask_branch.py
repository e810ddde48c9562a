import torch
from torch import Tensor
from torch.testing import assert_close
from torchvision.models.detection.roi_heads import maskrcnn_loss

from counterpoise.detection.mask_branch import MaskBranch, pasted
from counterpoise.detection.plan import SMALL
from counterpoise.detection.sampled import Sampled

SIZES = [(64, 64), (64, 64)]
BOXES = [torch.tensor([[10.0, 10, 30, 30], [5, 5, 20, 40]]), torch.tensor([[8.0, 0, 40, 20]])]
LABELS = torch.tensor([2, 0, 1])


def maps() -> dict[str, Tensor]:
    return {"0": torch.rand(2, 8, 16, 16)}


def branch() -> MaskBranch:
    return MaskBranch(8, 1, num_categories=3, plan=SMALL)


def all_logits(mask: MaskBranch, found: dict[str, Tensor]) -> Tensor:
    """As torchvision does it: the masks of all categories."""
    return mask.predictor(mask.head(mask.pool(found, BOXES, SIZES)))


def test_each_region_has_the_mask_of_its_category() -> None:
    mask, found = branch(), maps()
    expected = all_logits(mask, found)[torch.arange(3), LABELS]
    assert_close(mask(found, BOXES, SIZES, LABELS)[:, 0], expected, rtol=1e-4, atol=1e-5)


def test_loss_and_gradients_are_those_of_torchvision() -> None:
    mask, found = branch(), maps()
    objects = [{"masks": torch.randint(2, (2, 64, 64)), "labels": LABELS[:2] + 1}]
    objects.append({"masks": torch.randint(2, (1, 64, 64)), "labels": LABELS[2:] + 1})
    matches = [torch.tensor([0, 1]), torch.tensor([0])]
    sampled = Sampled(BOXES, matches, [LABELS[:2] + 1, LABELS[2:] + 1], torch.zeros(3, 4))
    ours = mask.loss(found, SIZES, sampled, objects)
    theirs = maskrcnn_loss(
        all_logits(mask, found),
        BOXES,
        [one["masks"] for one in objects],
        [one["labels"] - 1 for one in objects],
        matches,
    )
    assert_close(ours, theirs)
    weights = list(mask.parameters())
    for one, other in zip(
        torch.autograd.grad(ours, weights), torch.autograd.grad(theirs, weights), strict=True
    ):
        assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_without_regions_on_objects_the_loss_is_zero_and_still_reaches_all_weights() -> None:
    mask = branch()
    none = [{"masks": torch.zeros(0, 64, 64), "labels": torch.zeros(0).long()}] * 2
    background = [torch.zeros(2).long(), torch.zeros(1).long()]
    loss = mask.loss(maps(), SIZES, Sampled(BOXES, background, background, torch.zeros(3, 4)), none)
    loss.backward()
    assert loss.item() == 0
    assert all(one.grad is not None and one.grad.abs().sum() == 0 for one in mask.parameters())


def test_a_mask_is_pasted_where_its_box_is() -> None:
    logits = torch.full((1, 1, 28, 28), 9.0)
    whole = pasted(logits, torch.tensor([[10.0, 20, 29, 49]]), (64, 48))
    assert whole.shape == (1, 64, 48)
    assert whole.dtype == torch.bool
    inside = torch.zeros(64, 48, dtype=torch.bool)
    inside[20:50, 10:30] = True
    assert (whole[0] == inside).float().mean() > 0.97


def test_masks_are_pasted_in_parts_without_a_seam() -> None:
    logits, boxes = torch.randn(70, 1, 28, 28), torch.tensor([[3.0, 4, 20, 30]]).expand(70, 4)
    together = pasted(logits, boxes, (32, 32))
    assert torch.equal(together[65:], pasted(logits[65:], boxes[65:], (32, 32)))
    assert pasted(logits[:0], boxes[:0], (32, 32)).shape == (0, 32, 32)
