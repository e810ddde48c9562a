"""The step of detectors: pictures become regions, each place of a box classifier having its own."""

from dataclasses import replace
from typing import final

import torch

from counterpoise.detection import Detector, Site
from counterpoise.distributed import sum_over_processes
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step


@final
class Detect(Step):
    """Pictures -> the terms of a detector, and a site for each box classifier: from here on a region is a row.

    The terms are all but those of the box classifiers: proposals, boxes, masks. Stands where `Encode` does; every step
    after it does at each site what it does elsewhere with a batch.
    """

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Pictures with objects -> sites with features (R, D), targets (R,) of which 0 is background, and a weight.

        Raises:
            InputError: the net is no detector.
        """
        if not isinstance(net, Detector):
            raise InputError(f"regions are those of a Detector, but a {type(net).__name__} came; build one")
        looks = net.look(seen.inputs)
        sites = {place: region_rows(seen, site) for place, site in looks.sites.items()}
        return replace(seen, sites=sites, terms={**seen.terms, **looks.terms})


def region_rows(seen: Seen, site: Site) -> Seen:
    """The regions of a site as a batch.

    Processes count by their images, but a mean over regions is to count by regions: the weight makes up for it.
    """
    mine = torch.tensor([len(site.targets), len(seen.inputs)], device=site.targets.device)
    regions, images = (mine / sum_over_processes(mine)).tolist()
    return Seen(
        seen.streams,
        index=seen.index[site.images],
        mixture=((1.0, site.targets),),
        features=site.features,
        foreground=site.targets > 0,
        weight=site.weight * regions / images,
    )
