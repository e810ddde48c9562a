"""Where and in which precision a run computes."""

from dataclasses import dataclass
from typing import Literal

import torch

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "32", "bf16", "16"]


@dataclass(frozen=True)
class Hardware:
    """Device and precision.

    Args:
        device: "auto" takes an accelerator where there is one.
        precision: "auto" is bfloat16 autocast where the device computes in it, else float32.
        devices: number of devices (or CPU processes) that train together.
        nodes: number of machines that train together.
    """

    device: Device = "auto"
    precision: Precision = "auto"
    devices: int = 1
    nodes: int = 1

    @property
    def accelerator(self) -> str:
        """The device, settled."""
        if self.device != "auto":
            return self.device
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"

    @property
    def lightning_precision(self) -> Literal["32-true", "bf16-mixed", "16-mixed"]:
        """The precision, settled, in Lightning's words."""
        if self.precision == "auto":
            return "bf16-mixed" if computes_bfloat16(self.accelerator) else "32-true"
        return {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}[self.precision]  # pyright: ignore


def computes_bfloat16(accelerator: str) -> bool:
    """Whether bfloat16 is native; where a CPU emulates it, it is ten times slower than float32."""
    if accelerator == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if accelerator == "cpu":
        return getattr(torch.cpu, "_is_avx512_bf16_supported", bool)()
    return False
