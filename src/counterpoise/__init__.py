"""counterpoise: learning from long-tailed data.

The rooms, from the ground up: `counterpoise.counts`, `counterpoise.net`; the parts in `classifiers`, `losses`,
`trackers`, `predictors`, `samplers`, `backbones`, `data` and `metrics`; `steps`; `training`; `recipes` and
`report`; and the command line in `cli`. Imports go down only.
"""

from counterpoise.version import __version__

__all__ = ["__version__"]
