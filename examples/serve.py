"""Serve images without torch: ``python serve.py predictor.onnx FOLDER`` prints one JSON object for each image.

The file comes from ``counterpoise export RUN``; what it takes and gives is written in it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

PICTURES = (".jpg", ".jpeg", ".png", ".webp")


def square(path: Path, *, size: int, shorter_side: int, **_: object) -> np.ndarray:
    """The pixels of a picture as they were in training: upright, RGB, resized, the centre cut out; (size, size, 3)."""
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    wide, high = (int(shorter_side * side / min(picture.size)) for side in picture.size)
    left, top = round((wide - size) / 2), round((high - size) / 2)
    resized = picture.resize((wide, high), Image.Resampling.BILINEAR)
    return np.asarray(resized.crop((left, top, left + size, top + size)))


def serve(model: str, folder: str) -> None:
    """Label and probability of each image of a folder."""
    session = onnxruntime.InferenceSession(model)
    about = json.loads(session.get_modelmeta().custom_metadata_map["counterpoise"])
    for path in sorted(one for one in Path(folder).rglob("*") if one.suffix.lower() in PICTURES):
        images = square(path, **about["before"])[None]
        (probabilities,) = np.asarray(session.run(["probabilities"], {"images": images})[0])
        best = int(probabilities.argmax())
        found = {"label": about["class_names"][best], "probability": float(probabilities[best])}
        print(json.dumps({"path": str(path), **found}))


if len(sys.argv) == 3:
    serve(*sys.argv[1:])
else:
    print(__doc__)
