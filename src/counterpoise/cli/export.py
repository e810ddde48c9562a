"""``counterpoise export RUN``: one file that serves a trained predictor, checked against PyTorch."""

import json
import os
from pathlib import Path
from typing import Any, Literal

import torch
from jsonargparse import Namespace
from torch import Tensor

from counterpoise.cli.evaluate import choices_of, data_of, set_alpha
from counterpoise.cli.parser import OneLineParser, parser
from counterpoise.data.data import Facts
from counterpoise.errors import InputError
from counterpoise.export import (
    Form,
    Onnx,
    Safetensors,
    Served,
    TorchScript,
    cases_of,
    described,
    graph_of,
    made_up_inputs,
    real_inputs,
)
from counterpoise.files import write_bytes, write_json
from counterpoise.net import Net
from counterpoise.recipes.compose import recreate
from counterpoise.training.conclusion import MEASURED, answered_prior
from counterpoise.training.priors import ESTIMATE, require_one_class, retargeted

Format = Literal["onnx", "torchscript", "safetensors"]

PRIOR_HELP = "class mix to answer for: uniform, train, or a JSON or CSV file"
OUT_HELP = (
    "the file, with the ending of its format (default: predictor.onnx and the like in the run folder); its description "
    "is written beside it, with .json added"
)


def export_parser() -> OneLineParser:
    """The options of the command."""
    made = parser(
        "export",
        "Write one file that serves a trained predictor: preparation, net, alpha, temperature, class prior and "
        "probabilities. It is checked against PyTorch before it is written.",
    )
    made.add_argument("run", type=str, help="run folder")
    made.add_argument("--format", type=Format, default="onnx", help="kind of the file")
    made.add_argument("--out", type=str | None, default=None, help=OUT_HELP)
    made.add_argument("--alpha", type=float | None, default=None, help="another strength of TDE")
    made.add_argument("--alpha_input", type=bool, default=False, help="keep alpha as an input of the graph")
    made.add_argument("--target_prior", type=str | None, default=None, help=PRIOR_HELP)
    made.add_argument("--json", type=bool, default=False, help="print one JSON object and nothing else")
    return made


def main(argv: list[str]) -> int:
    """Run the command; the path of the file is printed last."""
    options = export_parser().parse_args(argv)
    folder, form = Path(options.run), form_of(options.format)
    out = place_of(options.out, folder, form)
    form.require()
    served, tried = served_of(folder, options)
    content, difference = form.exported(served)
    write(out, content, served.description)
    told = {
        "path": str(out),
        "format": options.format,
        "bytes": len(content),
        "difference": difference,
        "tried": tried,
    }
    show(told, served.description, options.json)
    return 0


def form_of(name: Format) -> Form:
    """The format of a name."""
    match name:
        case "onnx":
            return Onnx()
        case "torchscript":
            return TorchScript()
        case "safetensors":
            return Safetensors()


def place_of(out: str | None, folder: Path, form: Form) -> Path:
    """Where the file is to lie.

    Raises:
        InputError: the ending is that of another format, something lies there already, or nothing can.
    """
    path = Path(out) if out else folder / f"predictor{form.ending}"
    if path.suffix != form.ending:
        raise InputError(f"--out must end in {form.ending} for this --format, but {out} came")
    taken = next((one for one in (path, beside(path)) if one.exists()), None)
    if taken:
        raise InputError(f"there is a file {taken} already; remove it, or name another --out")
    above = next(one for one in path.absolute().parents if one.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise InputError(
            f"cannot write {path}: {above} is no folder that can be written to; name another --out"
        )
    return path


def beside(path: Path) -> Path:
    """Where the description of a file lies."""
    return path.with_name(f"{path.name}.json")


def served_of(folder: Path, options: Namespace) -> tuple[Served, str]:
    """What is exported, and on what it is tried."""
    experiment, predictor = recreate(folder)
    facts, prior, choices = experiment.data.facts, answered_prior(folder), choices_of(folder, options.alpha)
    if options.alpha is not None:
        set_alpha(predictor, options.alpha)
    if options.target_prior is not None:
        predictor, prior, moved = moved_to(options.target_prior, predictor, prior, facts)
        choices = [*choices, moved]
    graph = graph_of(predictor, facts, alpha_input=options.alpha_input)
    known = prior if facts.task == "classification" else None
    description = described(folder.name, experiment, predictor, graph, choices=choices, prior=known)
    inputs, tried = inputs_of(folder, facts)
    cases = cases_of(inputs, description["alpha"] if options.alpha_input else None)
    return Served(experiment, predictor, graph, description, cases), tried


def moved_to(text: str, predictor: Net, answered: Tensor, facts: Facts) -> tuple[Net, Tensor, str]:
    """The predictor for another class prior; see `retargeted`.

    Raises:
        InputError: the prior is to be estimated, for which there are no samples here.
    """
    require_one_class(facts)
    if text == ESTIMATE:
        raise InputError(
            "--target-prior estimate looks at the images that are predicted, which a file does not know before; give "
            "uniform, train or a file"
        )
    return retargeted(predictor, answered, text, facts, torch.empty(0, predictor.classifier.dim))


def inputs_of(folder: Path, facts: Facts) -> tuple[list[Tensor], str]:
    """Samples of the run's own data, or made-up ones where these are not to be found as they were; and which."""
    try:
        splits = data_of(folder, facts, None).splits
    except (InputError, OSError):
        torch.manual_seed(0)
        return made_up_inputs(facts), "made-up samples, as the run's own data are not here"
    name = next(one for one in MEASURED if one in splits)
    return real_inputs(splits[name], facts), f"samples of {facts.name} ({name})"


def write(out: Path, content: bytes, description: Any) -> None:
    """Write the file and its description, or neither."""
    write_json(beside(out), description)
    try:
        write_bytes(out, content)
    except BaseException:
        beside(out).unlink(missing_ok=True)
        raise


def show(told: dict[str, Any], description: Any, as_json: bool) -> None:
    """Print what was written, or one JSON object that holds the description too."""
    if as_json:
        print(json.dumps({**told, "description": description}))
        return
    for way in ("inputs", "outputs"):
        tensors = [f"{one['name']} {list(one['shape'])}" for one in description[way]]
        print(f"{way}: {', '.join(tensors)}")
    print(f"largest difference from PyTorch: {told['difference']:.1e}, on {told['tried']}")
    print(f"size: {told['bytes'] / 1e6:.2f} MB")
    print(told["path"])
