"""What a user says about the data: the options of the command line, and what is wrong with them."""

from dataclasses import dataclass
from typing import Literal

from counterpoise.data.target import Bins
from counterpoise.errors import InputError


@dataclass(frozen=True)
class Source:
    """Where the data come from, and what is drawn from them.

    Args:
        data: a folder of class folders (in train/, val/, test/ or not), a .csv or .tsv table with the
            columns path,label[,split] (for several labels per image path,labels[,split] with cat|dog in a cell,
            or one column of 0 and 1 for each class), a folder with ImageNet-LT lists (*train*.txt, ...), or one of the
            words digits, cifar10, cifar100.
        imbalance: draw a long-tailed subset of train: class counts that fall exponentially, or in one step,
            from the first class to the last; none keeps train as it is.
        ratio: largest over smallest class count of the drawn subset.
        image_size: height and width in pixels of what the net receives; chosen from the images by default.
        val_share: share of train to set aside for validation, class by class, when there is no val split;
            done before --imbalance.
        split_seed: seed of every split and draw; 0 with --imbalance gives the long-tailed CIFAR of LDAM and
            BBN.
        skip_corrupt: leave out unreadable images instead of stopping at the first one.
        root: folder of the images that lists and tables name, or where cifar10 and cifar100 are kept.
        target: column of a table that holds a number to be predicted: regression. With a column path the samples
            are images; without one every other column but split is a feature.
        bins: how the range of the target is cut for counting and measuring: one bin for each whole number, equally
            wide bins, bins that widen with the value, or bins of equally many samples. auto is integer for whole
            numbers that span at most 200, else linear.
        num_bins: how many; by default one for every 10 training samples, at least 10 and at most 100.

    Raises:
        InputError: for a value outside its range.
    """

    data: str
    imbalance: Literal["none", "exponential", "step"] = "none"
    ratio: float = 100.0
    image_size: int | None = None
    val_share: float = 0.0
    split_seed: int = 0
    skip_corrupt: bool = False
    root: str | None = None
    target: str | None = None
    bins: Bins = "auto"
    num_bins: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.ratio < float("inf"):
            raise InputError(
                f"expected a ratio (largest over smallest class count) of at least 1, but got {self.ratio}"
            )
        if self.image_size is not None and self.image_size < 8:
            raise InputError(f"expected an image size of at least 8 pixels, but got {self.image_size}")
        if not 0 <= self.val_share < 1:
            raise InputError(f"expected a validation share from 0 to below 1, but got {self.val_share}")
        if self.num_bins is not None and self.num_bins < 2:
            raise InputError(f"expected at least 2 bins, but got {self.num_bins}")
        if self.target is None and (self.bins, self.num_bins) != ("auto", None):
            raise InputError(
                "--bins and --num-bins cut a target, but none is named; name its column with --target"
            )
        if not 0 <= self.split_seed < 2**32:
            raise InputError(f"expected a split seed from 0 to 2^32 - 1, but got {self.split_seed}")
