"""What estimators over normalised classifiers share: lifted features, and a start at the class means."""

from abc import ABC
from collections.abc import Sequence
from typing import Any

from torch import nn

from counterpoise.estimators.fitting import Plan
from counterpoise.estimators.learned import LearnedClassifier
from counterpoise.estimators.nets import Lifted, hidden_layers, start_unmet_at_means, undrawn
from counterpoise.estimators.rows import Rows
from counterpoise.net import Net


class NormalizedLearner(LearnedClassifier, ABC):
    """A `LearnedClassifier` over features to which each channel group adds a constant, see `Lifted`."""

    _groups: int = 1

    def _begin(self, rows: Rows, plan: Plan) -> Net:
        sizes: Sequence[int] = (rows.features.shape[1], *self.hidden_layer_sizes)
        lifted = Lifted(sizes[-1], self._groups)
        hidden = hidden_layers(sizes[0], sizes[1:], dtype=plan.dtype, generator=plan.generator)
        classifier: Any = undrawn(
            lambda: self._classifier(lifted.num_features, len(self.classes_)), plan.dtype
        )
        net = Net(nn.Sequential(hidden, lifted), classifier)
        start_unmet_at_means(classifier, net.features, rows)
        return net
