"""Three lines over features that do not change: pixels of digits, of which the last has a fiftieth of the first."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split

from counterpoise.data import exponential_counts
from counterpoise.estimators import BalancedSoftmaxClassifier, DeconfoundedTDEClassifier

pixels, labels = load_digits(return_X_y=True)
pixels, test_pixels, labels, test_labels = train_test_split(
    pixels, labels, test_size=0.3, stratify=labels, random_state=0
)
counts = exponential_counts(1200, 10, ratio=50)
kept = np.concatenate([np.flatnonzero(labels == digit)[: counts[digit]] for digit in range(10)])

for model in (
    LogisticRegression(max_iter=1000),
    BalancedSoftmaxClassifier(),
    DeconfoundedTDEClassifier(random_state=0),
):
    model.fit(pixels[kept], labels[kept])
    score = balanced_accuracy_score(test_labels, model.predict(test_pixels))
    print(f"{type(model).__name__}: balanced accuracy {score:.3f}")
