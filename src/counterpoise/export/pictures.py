"""From one picture of any size to the objects found in it, as one module without decisions of Python.

A detector decides by numbers of regions which only its data tell, so that it can be written by recording what it does
with one picture (`torch.onnx.export` without dynamo), and not by proving what it does with any. What torchvision does
in other ways when it is recorded is done here by its own means: sizes in float64, as Python computes them, and objects
of each category suppressed by themselves, as `Choice` does.
"""

from typing import Any, cast, final

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import expand_boxes, expand_masks
from torchvision.models.detection.transform import GeneralizedRCNNTransform, resize_boxes
from torchvision.ops import clip_boxes_to_image, nms

from counterpoise.detection import Detector
from counterpoise.detection.box_stage import with_area
from counterpoise.detection.choice import Choice
from counterpoise.detection.mask_branch import INSIDE
from counterpoise.export.graph import Graph, Input, Results
from counterpoise.export.outputs import Output

PICTURE = Input("image", "uint8", ("height", "width", 3), "pixels from 0 to 255, red, green, blue")
FOUND = (
    Output("boxes", ("found", 4), "left, top, right and bottom edge in pixels of the picture"),
    Output("labels", ("found",), "category from 0"),
    Output("scores", ("found",), "probabilities, the surest first"),
    Output("masks", ("found", "height", "width"), "where the object is"),
)


@final
class ObjectGraph(Graph):
    """Preparation, detector and choice, for one picture.

    Args:
        detector: the predictor, folded or opened.
    """

    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.detector, self.by_data = detector, True

    @property
    def inputs(self) -> tuple[Input, ...]:
        """One picture."""
        return (PICTURE,)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Masks only where the detector has them."""
        return FOUND if self.detector.backbone.mask is not None else FOUND[:-1]

    def apart(self, expected: Results, found: Results) -> float:
        """The largest difference; see `objects_apart`."""
        return objects_apart(expected, found)

    def forward(self, image: Tensor) -> Results:
        """Pixels (H, W, 3) -> boxes (M, 4), labels (M,), scores (M,), and where there are masks (M, H, W) bool."""
        parts, given = self.detector.backbone, _sizes(image.shape[:2])
        picture, size = brought(image, given, parts.transform)
        maps = parts.pyramid(picture)
        (boxes,), _ = parts.proposals(ImageList(picture, [size]), maps)
        features: dict[str, Tensor] = {}
        for place, stage in parts.by_place.items():
            features[place], offsets = stage(maps, [boxes], [size])
            moved = stage.heads.box_coder.decode_single(offsets, boxes)
            boxes = with_area(clip_boxes_to_image(moved, size))
        told = chosen(boxes, self.detector.probabilities(features), self.detector.choice)
        placed = resize_boxes(told[0], size, given)  # pyright: ignore[reportArgumentType]
        if parts.mask is None:
            return placed, *told[1:]
        logits = parts.mask(maps, told[:1], [size], told[1])
        return placed, *told[1:], whole(logits.sigmoid(), placed, given) > INSIDE


def brought(image: Tensor, given: Any, transform: GeneralizedRCNNTransform) -> tuple[Tensor, Any]:
    """A picture as torchvision's transform brings it to the net, and its size there.

    Args:
        image: uint8 (H, W, 3).
        given: its height and width, as tensors ().
        transform: of the detector.

    Returns:
        The picture, normalised, resized and padded, float32 (1, 3, H', W'); its height and width without the padding.
    """
    short, long = torch.minimum(*given), torch.maximum(*given)
    shorter, longer = cast(Any, transform).min_size[-1], transform.max_size
    scale = torch.minimum(_exact(shorter) / short, _exact(longer) / long)
    size = [(side * scale).floor().long() for side in given]
    rows, columns = (hats(*pair) for pair in zip(size, given, strict=True))
    resized = rows @ transform.normalize(image.permute(2, 0, 1).float() / 255) @ columns.T
    step = transform.size_divisible
    below, right = ((side + step - 1) // step * step - side for side in size)
    return F.pad(resized, (0, right, 0, below))[None], tuple(size)  # pyright: ignore[reportArgumentType]


def hats(wanted: Tensor, given: Tensor) -> Tensor:
    """Bilinear interpolation of a line of pixels as a matrix (wanted, given), computed as torch does."""
    scale = given.float() / wanted.float()
    places = (scale * (torch.arange(wanted) + 0.5) - 0.5).clamp(min=0).minimum(given.float() - 1)  # pyright: ignore
    return (1 - (places[:, None] - torch.arange(given)).abs()).clamp(min=0)  # pyright: ignore


def whole(masks: Tensor, boxes: Tensor, size: Any) -> Tensor:
    """Masks of regions as masks of their picture, all at once; (M, 1, 28, 28), (M, 4) -> (M, H, W).

    Torchvision pastes them one after the other, which is slow where each is copied into a result that grows.
    """
    padded, scale = expand_masks(masks, 1)
    left, top, right, bottom = expand_boxes(boxes, scale).long().unbind(dim=1)
    side, (height, width) = padded.shape[-1], size
    down, across = strips(top, bottom, height, side), strips(left, right, width, side)
    return down @ padded[:, 0] @ across.transpose(1, 2)


def strips(first: Tensor, last: Tensor, wanted: Tensor, side: int) -> Tensor:
    """As `hats`, from ``side`` pixels to those from first to last, (M,) each, zero elsewhere; -> (M, wanted, side)."""
    length = (last - first + 1).clamp(min=1)[:, None]
    at = torch.arange(wanted) - first[:, None]  # pyright: ignore[reportArgumentType, reportCallIssue]
    places = ((side / length.float()) * (at + 0.5) - 0.5).clamp(min=0, max=side - 1)
    near = (1 - (places[:, :, None] - torch.arange(side)).abs()).clamp(min=0)
    return near * ((at >= 0) & (at < length))[:, :, None]


def chosen(boxes: Tensor, probabilities: Tensor, choice: Choice) -> tuple[Tensor, Tensor, Tensor]:
    """What `Choice` tells of regions (R, 4) and probabilities (R, C + 1): boxes, labels and scores."""
    scores = probabilities[:, 1:]
    options = (choice.most, choice.overlap, choice.threshold)
    _, labels, regions = SuppressedEach.apply(boxes, scores.T.contiguous(), *options).unbind(dim=1)  # pyright: ignore
    told = scores[regions, labels]
    order = told.argsort(descending=True)[: choice.most]
    return boxes[regions[order]], labels[order], told[order]


def objects_apart(expected: Results, found: Results) -> float:
    """How far each object lies from the nearest of its category in the other results, at most.

    Boxes count relative to the largest coordinate, and of masks the share of pixels that differ, over all objects. So
    equally sure objects may change places; one that has no partner makes the difference large.
    """
    if len(expected[0]) == 0 or len(expected[0]) != len(found[0]):
        return 0.0 if len(expected[0]) == len(found[0]) else torch.inf
    far = distances(expected, found)
    largest = max(far.amin(dim=0).amax().item(), far.amin(dim=1).amax().item())
    masks = [
        (one != other[far.argmin(dim=1)]).float() for one, other in zip(expected[3:], found[3:], strict=True)
    ]
    return max([largest, *(differ.mean().item() for differ in masks)])


def distances(expected: Results, found: Results) -> Tensor:
    """Of all pairs of objects, by boxes and scores, infinite for two categories; (M, M)."""
    boxes = torch.cdist(expected[0].double(), found[0].double(), p=torch.inf) / expected[0].abs().amax()
    scores = (expected[2][:, None] - found[2]).abs()
    return torch.maximum(boxes, scores.double()).masked_fill(expected[1][:, None] != found[1], torch.inf)


class SuppressedEach(torch.autograd.Function):
    """Non-maximum suppression of each category by itself: the operator NonMaxSuppression of ONNX."""

    @staticmethod
    def forward(
        ctx: Any, boxes: Tensor, scores: Tensor, most: int, overlap: float, threshold: float
    ) -> Tensor:
        """Kept pairs as rows (0, category, region); (R, 4), (C, R) -> (M, 3)."""
        kept = []
        for category, sure in enumerate(scores):
            some = (sure > threshold).nonzero().flatten()
            regions = some[nms(boxes[some], sure[some], overlap)[:most]]
            kept.append(F.pad(regions[:, None], (1, 0), value=category))
        return F.pad(torch.cat(kept), (1, 0))

    @staticmethod
    def symbolic(g: Any, boxes: Any, scores: Any, most: int, overlap: float, threshold: float) -> Any:
        """The same in ONNX."""
        first = g.op("Constant", value_t=torch.tensor([0]))
        pair = [g.op("Unsqueeze", one, first) for one in (boxes, scores)]
        limits = [torch.tensor([most]), torch.tensor([overlap]), torch.tensor([threshold])]
        return g.op("NonMaxSuppression", *pair, *(g.op("Constant", value_t=limit) for limit in limits))


def _exact(number: float) -> Tensor:
    return torch.tensor(number, dtype=torch.float64)


def _sizes(sides: Any) -> tuple[Tensor, ...]:
    return tuple(torch.as_tensor(side) for side in sides)
