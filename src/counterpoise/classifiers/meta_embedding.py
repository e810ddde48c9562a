"""Meta-embedding classifier: features mixed with a memory of all classes (OLTR)."""

import torch
from torch import Tensor, nn

from counterpoise.classifiers.capsule import CapsuleClassifier
from counterpoise.counts import count_classes
from counterpoise.errors import InputError
from counterpoise.net import Classifier

NEAREST = 1e-6


class MetaEmbeddingClassifier(Classifier):
    """Dynamic meta-embedding of OLTR (Liu et al., CVPR 2019): rare classes borrow from the centroids of all.

    A feature x is completed by the memory v and scored by a cosine-like classifier:

    - memory ``v = softmax(H x + h) @ centroids``, the hallucinator's guess of the class in terms of centroids;
    - infused share ``e * v`` with the concept selector ``e = tanh(S x + s)``;
    - reachability ``r = reachability / min_j ||x - c_j||``: the farther from all centroids, the shorter the embedding;
    - logits ``scale * <z / (1 + ||z||), w_j / ||w_j||>`` of ``z = r (x + e * v)``.

    The squash has no squares, as in the released code, whose author calls the squares in the paper a typo. A
    distance below 1e-6 counts as 1e-6, where the release divides by zero (ours; a class with one sample begins at
    its centroid).

    ``centroids``, (C, D), are read without gradient here. They are a parameter, as `DiscriminativeCentroidLoss`
    trains them, with a learning rate of their own; `remember` sets them to class means, with which OLTR starts.
    Until then they are standard normal. Hallucinator and selector start as torch's linear layers do; OLTR starts the
    hallucinator from the linear classifier of its first stage.

    Args:
        dim: number of features D.
        num_classes: number of classes C.
        reachability: numerator of r (released code: 10).
        scale: of the logits (paper and released code: 16).

    Raises:
        InputError: reachability or scale is not positive.

    Training and inference compute the same.
    """

    def __init__(
        self, dim: int, num_classes: int, *, reachability: float = 10.0, scale: float = 16.0
    ) -> None:
        super().__init__()
        if not (reachability > 0 and scale > 0):
            raise InputError(
                f"reachability and scale must be positive, but {reachability} and {scale} came; the released code "
                "has 10 and 16"
            )
        self.dim, self.num_classes, self.reachability = dim, num_classes, reachability
        self.hallucinator = nn.Linear(dim, num_classes)
        self.selector = nn.Linear(dim, dim)
        self.classifier = CapsuleClassifier(dim, num_classes, tau=scale)
        self.centroids = nn.Parameter(torch.randn(num_classes, dim))

    @property
    def weight(self) -> Tensor:
        """The weight matrix of the cosine-like classifier; (C, D)."""
        return self.classifier.weight

    def reset_parameters(self) -> None:
        """Draw fresh weights; what is remembered stays."""
        for part in (self.hallucinator, self.selector, self.classifier):
            part.reset_parameters()

    @torch.no_grad()
    def remember(self, features: Tensor, targets: Tensor) -> None:
        """Set the centroids to the means of training features; (N, D), (N,). Zero for a class without samples.

        Raises:
            InputError: a label lies outside 0 .. C-1.
        """
        counts = count_classes(targets, self.num_classes).clamp(min=1).to(features.device)
        sums = features.new_zeros(self.centroids.shape, dtype=torch.float64)
        sums.index_add_(0, targets.to(features.device), features.double())
        self.centroids.copy_(sums / counts.unsqueeze(1))

    def infused(self, features: Tensor) -> Tensor:
        """What the memory adds to the features, ``e * v``; (B, D) -> (B, D)."""
        memory = self.hallucinator(features).softmax(dim=1) @ self.centroids.detach()
        return self.selector(features).tanh() * memory

    def reached(self, features: Tensor) -> Tensor:
        """The factor r; (B, D) -> (B, 1)."""
        distances = torch.cdist(
            features, self.centroids.detach(), compute_mode="donot_use_mm_for_euclid_dist"
        )
        return self.reachability / distances.amin(dim=1, keepdim=True).clamp(min=NEAREST)

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        return self.classifier(self.reached(features) * (features + self.infused(features)))
