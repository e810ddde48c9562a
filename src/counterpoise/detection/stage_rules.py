"""What distinguishes the stages of a detector's box branch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StageRule:
    """What distinguishes the stages of a cascade.

    Attributes:
        overlap: a region shows an object if their intersection over union is at least this.
        scales: what the offsets of centre and of size are multiplied with.
        weight: of the losses of the stage.
    """

    overlap: float
    scales: tuple[float, float, float, float]
    weight: float


FIRST_STAGE = StageRule(0.5, (10.0, 10.0, 5.0, 5.0), 1.0)
CASCADE = (
    FIRST_STAGE,
    StageRule(0.6, (20.0, 20.0, 10.0, 10.0), 0.5),
    StageRule(0.7, (30.0, 30.0, 15.0, 15.0), 0.25),
)
"""Cai, Vasconcelos, CVPR 2018, with the loss weights of the LVIS runs of Tang et al., NeurIPS 2020."""
