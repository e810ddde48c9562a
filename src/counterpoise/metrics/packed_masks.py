"""Masks of many regions as COCO's run lengths, in one piece of memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from faster_coco_eval.core import mask as coco
from torch import Tensor


@dataclass(frozen=True, eq=False)
class PackedMasks:
    """M masks as compressed run lengths: some hundred bytes each, where the pixels would be a million.

    Attributes:
        sizes: height and width of the image of each, (M, 2) int64.
        starts: where each begins among the bytes, (M,) int64.
        lengths: bytes of each, (M,) int64.
        areas: pixels inside each, (M,) int64.
        counts: the bytes of all, uint8.
    """

    sizes: Tensor
    starts: Tensor
    lengths: Tensor
    areas: Tensor
    counts: Tensor

    @classmethod
    def of(cls, masks: Iterable[dict[str, Any]]) -> "PackedMasks":
        """Masks as COCO writes them: ``size`` (height, width) and ``counts``, compressed."""
        found = [*masks]
        content = [_bytes(mask["counts"]) for mask in found]
        return cls.end_to_end(
            torch.tensor([mask["size"] for mask in found], dtype=torch.int64).view(-1, 2),
            torch.tensor([len(counts) for counts in content], dtype=torch.int64),
            torch.tensor(coco.area(found), dtype=torch.int64),
            torch.from_numpy(np.frombuffer(b"".join(content), dtype=np.uint8).copy()),
        )

    @classmethod
    def of_pixels(cls, masks: Tensor) -> "PackedMasks":
        """Masks of one image, 0 or 1 for each pixel; (M, H, W)."""
        pixels = masks.to("cpu", torch.uint8).permute(1, 2, 0)
        return cls.of(coco.encode(pixels.numpy()) if len(masks) else ())

    @classmethod
    def end_to_end(cls, sizes: Tensor, lengths: Tensor, areas: Tensor, counts: Tensor) -> "PackedMasks":
        """Masks whose bytes follow each other."""
        return cls(sizes, lengths.cumsum(dim=0) - lengths, lengths, areas, counts)

    @classmethod
    def joined(cls, parts: Sequence["PackedMasks"]) -> "PackedMasks":
        """All masks of at least one part, one after the other."""
        before = np.cumsum([0, *(len(part.counts) for part in parts)])
        return cls(
            torch.cat([part.sizes for part in parts]),
            torch.cat([part.starts + int(shift) for part, shift in zip(parts, before, strict=False)]),
            torch.cat([part.lengths for part in parts]),
            torch.cat([part.areas for part in parts]),
            torch.cat([part.counts for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The masks, as COCO writes them."""
        content = self.counts.numpy()
        columns = zip(self.sizes.tolist(), self.starts.tolist(), self.lengths.tolist(), strict=True)
        for size, start, length in columns:
            yield {"size": size, "counts": content[start : start + length].tobytes()}

    def __getitem__(self, position: int) -> dict[str, Any]:
        """One mask, as COCO writes it."""
        return next(iter(self.subset(torch.tensor([position]))))

    def subset(self, index: Tensor) -> "PackedMasks":
        """The masks at positions ``index`` (K,), in this order; the bytes are shared."""
        return replace(
            self,
            sizes=self.sizes[index],
            starts=self.starts[index],
            lengths=self.lengths[index],
            areas=self.areas[index],
        )

    def pixels(self, position: int) -> Tensor:
        """One mask, whether each pixel is inside; (H, W) bool."""
        return torch.from_numpy(coco.decode(self[position])).bool()


def _bytes(counts: str | bytes) -> bytes:
    return counts.encode() if isinstance(counts, str) else counts
