"""Training: stages, experiments, and the engine that runs them."""

from counterpoise.training.hardware import Hardware
from counterpoise.training.options import Training
from counterpoise.training.run import run
from counterpoise.training.stage import Call, Claim, Experiment, Now, Stage

__all__ = ["Call", "Claim", "Experiment", "Hardware", "Now", "Stage", "Training", "run"]
