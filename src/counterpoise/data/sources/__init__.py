"""Sources: where data come from, one file per source; `load` chooses among them."""

from counterpoise.data.sources.load import load
from counterpoise.data.sources.source import Source

__all__ = ["Source", "load"]
