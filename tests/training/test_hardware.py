"""Devices and precisions: settled when asked for, refused where they are not."""

from typing import Any

import pytest
import torch

from counterpoise.errors import InputError
from counterpoise.training import Hardware
from counterpoise.training.hardware import check_processes, computes_bfloat16


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for device in ("cuda", "mps"):
        with pytest.raises(InputError, match=f"there is no {device} device here"):
            Hardware(device=device)
    assert Hardware(device="auto").accelerator == "cpu"


def test_an_accelerator_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert Hardware().accelerator == "cuda"
    assert Hardware(device="cpu").accelerator == "cpu"


@pytest.mark.parametrize("numbers", [{"devices": 0}, {"devices": -1}, {"nodes": 0}])
def test_fewer_than_one_device_is_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(InputError, match="devices and nodes must be at least 1"):
        Hardware(**numbers)


def test_precisions_in_the_words_of_lightning() -> None:
    found = {p: Hardware("cpu", p).lightning_precision for p in ("32", "bf16", "16")}
    assert found == {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}
    automatic = "bf16-mixed" if computes_bfloat16("cpu") else "32-true"
    assert Hardware("cpu").lightning_precision == automatic
    assert not computes_bfloat16("mps")


def test_processes_of_torchrun_must_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "x")
    monkeypatch.setenv("WORLD_SIZE", "4")
    check_processes(Hardware(devices=2, nodes=2), 4)
    with pytest.raises(
        InputError, match="torchrun has started 4 processes, but --devices 1 --nodes 1 ask for 1"
    ):
        check_processes(Hardware(), 1)


def test_without_torchrun_processes_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "4")
    check_processes(Hardware(), 1)


def test_every_process_must_get_an_image_of_each_batch() -> None:
    check_processes(Hardware(devices=3), 3)
    with pytest.raises(InputError, match="6 processes cannot share a batch of 5; raise --batch_size"):
        check_processes(Hardware(devices=3, nodes=2), 5)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "among several devices, but one trains; raise --devices or leave it out"),
        ({"devices": 2, "precision": "16"}, "cannot scale the loss of float16; choose --precision bf16"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Hardware("cpu", strategy="fsdp", **{"precision": "32", **options})


def test_devices_of_all_nodes_share() -> None:
    assert Hardware("cpu", "bf16", nodes=2, strategy="fsdp").processes == 2
