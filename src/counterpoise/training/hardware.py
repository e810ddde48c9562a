"""Where and in which precision a run computes."""

import os
from dataclasses import dataclass
from typing import Literal

import torch

from counterpoise.errors import InputError

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "32", "bf16", "16"]
Strategy = Literal["auto", "ddp", "fsdp"]


@dataclass(frozen=True)
class Hardware:
    """Device and precision, and how several devices share the work.

    Args:
        device: "auto" takes an accelerator where there is one.
        precision: "auto" is bfloat16 autocast where the device computes in it, else float32.
        devices: number of devices (or CPU processes) that train together.
        nodes: number of machines that train together.
        strategy: "ddp" gives every device the whole net, "fsdp" a share of its blocks; "auto" is "ddp".

    Raises:
        InputError: the device is not here, a number is below 1, or a net is to be shared by one device or in float16.
    """

    device: Device = "auto"
    precision: Precision = "auto"
    devices: int = 1
    nodes: int = 1
    strategy: Strategy = "auto"

    def __post_init__(self) -> None:
        if min(self.devices, self.nodes) < 1:
            raise InputError(
                f"devices and nodes must be at least 1, but {self.devices} and {self.nodes} came"
            )
        if not is_here(self.device):
            raise InputError(f"there is no {self.device} device here that torch can use; choose --device cpu")
        if self.strategy == "fsdp":
            self._check_sharing()

    def _check_sharing(self) -> None:
        if self.processes == 1:
            raise InputError(
                "--strategy fsdp shares a net among several devices, but one trains; raise --devices or leave it out"
            )
        if self.precision == "16":
            raise InputError(
                "--strategy fsdp cannot scale the loss of float16; choose --precision bf16 or --strategy ddp"
            )

    @property
    def processes(self) -> int:
        """All that train together, one for each device of each node."""
        return self.devices * self.nodes

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


def is_here(device: Device) -> bool:
    """Whether torch can use a device."""
    if device == "cuda":
        return torch.cuda.is_available()
    return device != "mps" or torch.backends.mps.is_available()


def check_processes(hardware: Hardware, batch_size: int) -> None:
    """Refuse processes that torchrun has started and that would each train alone, or on nothing.

    Raises:
        InputError: their number is not that of the devices on all nodes, or is more than the images of a step.
    """
    expected = hardware.processes
    if batch_size < expected:
        raise InputError(f"{expected} processes cannot share a batch of {batch_size}; raise --batch_size")
    started = int(os.environ["WORLD_SIZE"]) if "TORCHELASTIC_RUN_ID" in os.environ else expected
    if started != expected:
        raise InputError(
            f"torchrun has started {started} processes, but --devices {hardware.devices} --nodes "
            f"{hardware.nodes} ask for {expected}; make the two agree"
        )


def computes_bfloat16(accelerator: str) -> bool:
    """Whether bfloat16 is native; where a CPU emulates it, it is ten times slower than float32."""
    if accelerator == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if accelerator == "cpu":
        return getattr(torch.cpu, "_is_avx512_bf16_supported", bool)()
    return False
