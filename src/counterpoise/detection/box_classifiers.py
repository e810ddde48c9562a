"""The box classifiers of a detector, by their place."""

from typing import cast

from torch import nn

from counterpoise.net import Classifier


class BoxClassifiers(nn.ModuleDict):
    """One classifier for each place: "box", or in a cascade "box0", "box1" and "box2".

    Whoever asks for the size of a net's classifier is told that of the first; all of a detector are of one size.
    """

    @property
    def dim(self) -> int:
        """Number of features D of a region."""
        return self.first.dim

    @property
    def num_classes(self) -> int:
        """Number of outputs."""
        return self.first.num_classes

    @property
    def first(self) -> Classifier:
        """The classifier of the first place."""
        return cast(Classifier, next(iter(self.values())))
