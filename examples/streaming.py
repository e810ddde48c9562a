"""A stream whose classes and features drift: the De-confounded classifier, which never counts, against SGDClassifier.

Eight classes around centres that move a little with every batch. Which of them are frequent changes in the course of
the stream, and the last two appear only after a third of it. Every batch is answered first and learned from afterwards.
Run it with the name of an html file to get the picture.
"""

import sys

import numpy as np
import plotly.graph_objects as go
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import recall_score

from counterpoise.estimators import DeconfoundedTDEClassifier

BATCHES, BATCH, DIM, CLASSES, MEMORY = 150, 64, 16, 8, 15
draws = np.random.default_rng(0)
centres = 2 + draws.normal(size=(CLASSES, DIM))
speed = draws.normal(size=(CLASSES, DIM)) / BATCHES
models = {
    "De-confound-TDE": DeconfoundedTDEClassifier(allow_new_classes=True, random_state=0),
    "SGDClassifier": SGDClassifier(loss="log_loss", random_state=0),
}


def shares(moment: float) -> np.ndarray:
    """The class mix: a tail that travels through the classes, the last two absent at first."""
    place = (np.arange(CLASSES) - 4 * moment) % CLASSES
    mix = 0.5**place
    mix[-2:] *= moment > 1 / 3
    return mix / mix.sum()


def draw(step: int) -> tuple[np.ndarray, np.ndarray]:
    """One batch."""
    labels = draws.choice(CLASSES, size=BATCH, p=shares(step / BATCHES))
    moved = centres + step * speed
    return moved[labels] + draws.normal(size=(BATCH, DIM)), labels


truth: list[np.ndarray] = []
answers: dict[str, list[np.ndarray]] = {name: [] for name in models}
curves: dict[str, list[float]] = {name: [] for name in models}
for step in range(BATCHES):
    features, labels = draw(step)
    truth.append(labels)
    for name, model in models.items():
        if step:
            answers[name].append(model.predict(features))
            recent = np.concatenate(truth[1:][-MEMORY:]), np.concatenate(answers[name][-MEMORY:])
            present = np.unique(recent[0])
            curves[name].append(float(recall_score(*recent, labels=present, average="macro")))
        if isinstance(model, SGDClassifier):
            model.partial_fit(features, labels, classes=np.arange(CLASSES))
        else:
            model.partial_fit(features, labels)

for name, curve in curves.items():
    print(f"{name}: balanced accuracy {np.mean(curve):.3f} over the stream, {curve[-1]:.3f} at its end")

if len(sys.argv) > 1:
    figure = go.Figure()
    for name, curve in curves.items():
        figure.add_scatter(x=np.arange(1, BATCHES), y=np.array(curve), name=name)
    figure.update_layout(
        xaxis_title="batch", yaxis_title=f"balanced accuracy of the last {MEMORY} batches, before learning"
    )
    figure.update_yaxes(range=[0, 1])
    figure.write_html(sys.argv[1])
