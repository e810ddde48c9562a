"""What a user says about the data: the options of the command line, and what is wrong with them."""

from dataclasses import dataclass
from typing import Literal

from counterpoise.data.target import Bins
from counterpoise.errors import InputError

REST = "rest"
EXTRA = "extra"
"""The words for unlabeled images: what ``imbalance`` leaves over, and a split of svhn."""


@dataclass(frozen=True)
class Source:
    """Where the data come from, and what is drawn from them.

    Args:
        data: a folder of class folders (in train/, val/, test/ or not), a .csv or .tsv table with the
            columns path,label[,split] (for several labels per image path,labels[,split] with cat|dog in a cell,
            or one column of 0 and 1 for each class), a folder with ImageNet-LT lists (*train*.txt, ...), a folder or
            .json file of things in pictures in COCO's or LVIS's format (train.json, val.json, images/), one of the
            words digits, cifar10, cifar100, svhn, or embeddings: a folder that embed has written; an .npz,
            .safetensors or .parquet file with features, labels and, if wanted, split; or a folder with train.npz, or
            with train_features.npy and train_labels.npy, and so on for val and test.
        imbalance: draw a long-tailed subset of train: class counts that fall exponentially, or in one step,
            from the first class to the last, in svhn from digit 1 to 9 and then 0; none keeps train as it is.
        ratio: largest over smallest class count of the drawn subset.
        largest: images of the most frequent class in the drawn subset; by default as many as the smallest class has
            (svhn: 1,000 as published). Fewer leave more over for --unlabeled rest; USB has 1,500 on CIFAR-10.
        image_size: height and width in pixels of what the net receives, in detection the shorter side; chosen from the
            images by default.
        val_share: share of train to set aside for validation, class by class, when there is no val split;
            done before --imbalance.
        split_seed: seed of every split and draw; 0 with --imbalance gives the long-tailed CIFAR of LDAM and
            BBN.
        skip_corrupt: leave out unreadable images instead of stopping at the first one.
        root: folder of the images that lists, tables and annotations name, or where cifar10, cifar100 and svhn are
            kept.
        target: column of a table that holds a number to be predicted: regression. Several columns are named with
            commas between them. With a column path the samples
            are images; without one every other column but split is a feature.
        bins: how the range of the target is cut for counting and measuring: one bin for each whole number, equally
            wide bins, bins that widen with the value, or bins of equally many samples. auto is integer for whole
            numbers that span at most 200, else linear.
        num_bins: how many; by default one for every 10 training samples, at least 10 and at most 100.
        points: JSON file with what is to be counted in the images of a table: {path: [[x, y], ...]} in pixels. The
            folders of ShanghaiTech are found without it.
        stride: pixels along the side of a block that is counted (default: 32), or of a place of a map of depths or
            the like (default: 4). Maps are images or .npy files that the target's column names.
        unlabeled: images without labels beside the training split, for recipes that learn from them: a folder, a table
            with the column path, an .npz file with an array data, or a word: rest is what --imbalance leaves over,
            extra the split of that name of svhn, of which --imbalance draws as of rest.
        unlabeled_amount: of rest and extra: how many times as many unlabeled images as labeled ones are drawn (paper:
            5).
        unlabeled_ratio: of rest and extra: largest over smallest class count of the unlabeled images; negative reverses
            the order of the classes. By default --ratio, as in the paper.
        relevance: of rest and extra: share of the unlabeled images that show the classes; the others come from
            --irrelevant.
        irrelevant: folder, table or .npz file of images that show none of the classes.
        unit: what a stored number of 1 is worth in a map: 0.001 for 16-bit images of millimetres.

    Raises:
        InputError: for a value outside its range.
    """

    data: str
    imbalance: Literal["none", "exponential", "step"] = "none"
    ratio: float = 100.0
    largest: int | None = None
    image_size: int | None = None
    val_share: float = 0.0
    split_seed: int = 0
    skip_corrupt: bool = False
    root: str | None = None
    target: str | None = None
    bins: Bins = "auto"
    num_bins: int | None = None
    points: str | None = None
    stride: int | None = None
    unit: float = 1.0
    unlabeled: str | None = None
    unlabeled_amount: float = 5.0
    unlabeled_ratio: float | None = None
    relevance: float = 1.0
    irrelevant: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.ratio < float("inf"):
            raise InputError(
                f"expected a ratio (largest over smallest class count) of at least 1, but got {self.ratio}"
            )
        if self.largest is not None and self.largest < 1:
            raise InputError(f"expected at least 1 image of the largest class, but got {self.largest}")
        if self.image_size is not None and self.image_size < 8:
            raise InputError(f"expected an image size of at least 8 pixels, but got {self.image_size}")
        if not 0 <= self.val_share < 1:
            raise InputError(f"expected a validation share from 0 to below 1, but got {self.val_share}")
        if self.num_bins is not None and self.num_bins < 2:
            raise InputError(f"expected at least 2 bins, but got {self.num_bins}")
        if self.points is not None and self.target is not None:
            raise InputError(
                "--points names things to be counted, and --target another target; leave one of them out"
            )
        if self.stride is not None and self.stride < 1:
            raise InputError(f"expected a stride of at least 1 pixel, but got {self.stride}")
        if not 0 < self.unit < float("inf"):
            raise InputError(f"expected a unit above 0, but got {self.unit}")
        self._check_unlabeled()
        if not 0 <= self.split_seed < 2**32:
            raise InputError(f"expected a split seed from 0 to 2^32 - 1, but got {self.split_seed}")

    def _check_unlabeled(self) -> None:
        if not 0 < self.unlabeled_amount < float("inf"):
            raise InputError(
                f"expected an amount of unlabeled images above 0, but got {self.unlabeled_amount}"
            )
        if self.unlabeled_ratio is not None and not 1 <= abs(self.unlabeled_ratio) < float("inf"):
            raise InputError(
                f"expected an unlabeled ratio of at least 1, or of at most -1 to reverse the order, but got "
                f"{self.unlabeled_ratio}"
            )
        if not 0 < self.relevance <= 1:
            raise InputError(f"expected a relevance above 0 and at most 1, but got {self.relevance}")
        if self.unlabeled == REST and self.imbalance == "none":
            raise InputError(
                "--unlabeled rest takes what --imbalance leaves over, but none is drawn; add --imbalance exponential"
            )
        drawn = self.unlabeled in (REST, EXTRA) and self.imbalance != "none"
        if (self.relevance < 1) != (self.irrelevant is not None) or (
            self.irrelevant is not None and not drawn
        ):
            raise InputError(
                "--irrelevant names the images that a --relevance below 1 asks for, beside --unlabeled rest or extra "
                "and --imbalance; give all of them"
            )
