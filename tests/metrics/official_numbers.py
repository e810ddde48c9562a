"""Numbers of the official evaluations of made-up detections, and how they were made.

They are those of lvis 0.5.3, by the authors of LVIS, and of pycocotools 2.0.11, by those of COCO. The tests need
neither package: lvis asks for OpenCV, and for a name that numpy has no more since version 1.24. Where both are,
``python -m tests.metrics.official_numbers`` prints them again.
"""

import json
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np

from .scattered_detections import annotations, results, scattered

NAMES = ("ap", "ap50", "ap75", "aps", "apm", "apl", "apr", "apc", "apf")

Case = tuple[int, int, int, str]
"""Seed, images, detections of each, and boxes or masks."""


def table(text: str) -> dict[Case, dict[str, float | None]]:
    """Lines of a case and its numbers."""
    found = {}
    for line in text.strip().splitlines():
        seed, images, guesses, kind, *numbers = line.split()
        named = zip(NAMES, numbers, strict=False)
        found[int(seed), int(images), int(guesses), kind] = {
            name: None if number == "-" else float(number) for name, number in named
        }
    return found


LVIS = table("""
0 25   25 bbox  0.3867973 0.6772675 0.3932035 0.2912705 0.6743841 0.9469048 0.4133863 0.3420739 0.4115790
0 25   25 segm  0.3740821 0.6438207 0.3837225 0.2673678 0.7143250 0.9725000 0.3950719 0.3472191 0.3852028
1 25   25 bbox  0.2865275 0.5303493 0.2589891 0.2003023 0.6079654 0.9500000 0.2999639 0.2404086 0.3225691
1 25   25 segm  0.2943324 0.4931905 0.3007419 0.2090791 0.6072221 0.9500000 0.3104110 0.2568633 0.3197427
2 25   25 bbox  0.3070746 0.5252004 0.3101991 0.2784276 0.5370931 0.9378300 0.2509686 0.2836744 0.3725545
2 25   25 segm  0.3126425 0.5196353 0.3140263 0.2653682 0.5800357 0.9378300 0.2554257 0.2838704 0.3843272
3  6  400 bbox  0.5705550 0.7459262 0.6830066 0.4626356 0.7777813         - 0.3842608 0.8125000 0.4528061
3  6  400 segm  0.5806339 0.7459262 0.6761425 0.4228026 0.8011730         - 0.3941478 0.8402778 0.4453142
""")
"""Of 400 detections, the rule of LVIS leaves some out."""

COCO = table("""
4 25   25 bbox  0.2983275 0.4659479 0.2958348 0.1703943 0.4652094 0.8028465
4 25   25 segm  0.2955566 0.4527763 0.2931567 0.1555434 0.4728925 0.8340759
5  2 1500 bbox  0.5076964 0.8750000 0.4315476 0.4658010 0.6500000         -
5  2 1500 segm  0.5376757 0.8000000 0.6750000 0.5271784 0.6000000         -
""")
"""With crowds; of 1,500 detections, the rule of COCO leaves some out."""


def official_lvis(seed: int, images: int, guesses: int, kind: str) -> list[float]:
    """For boxes ("bbox") or masks ("segm"): AP, AP50, AP75, APs, APm, APl, APr, APc, APf."""
    from lvis import LVIS, LVISEval, LVISResults

    truth, found = scattered(seed, images=images, guesses=guesses)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "annotations.json"
        path.write_text(json.dumps(annotations(truth, images)))
        known = LVIS(str(path))
        evaluation = LVISEval(known, LVISResults(known, results(found, masks=kind == "segm")), kind)
        evaluation.run()
    return [float(value) for name, value in evaluation.get_results().items() if name.startswith("AP")]


def official_coco(seed: int, images: int, guesses: int, kind: str) -> list[float]:
    """For boxes or masks, with crowds: AP, AP50, AP75, APs, APm, APl."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth, found = scattered(seed, images=images, guesses=guesses, federated=False)
    known = COCO()
    known.dataset = annotations(truth, images)
    known.createIndex()
    evaluation = COCOeval(known, known.loadRes(results(found, masks=kind == "segm")), kind)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation.stats[:6].tolist()


if __name__ == "__main__":
    sys.modules["cv2"] = ModuleType("cv2")
    np.float = float  # pyright: ignore[reportAttributeAccessIssue]
    for official, cases in ((official_lvis, LVIS), (official_coco, COCO)):
        for case in cases:
            print(official.__name__, case, official(*case))
