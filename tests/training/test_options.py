"""The common settings."""

import pytest

from counterpoise.errors import InputError
from counterpoise.training import Training
from counterpoise.training.schedules import constant, warmup_multistep

NAN = float("nan")


@pytest.mark.parametrize(
    ("option", "value", "came"),
    [
        ("epochs", 0, "but 0 and 128 came"),
        ("batch_size", 0, "but 100 and 0 came"),
        ("lr", 0.0, "but 0.0, 0.0005 and 0.9 came"),
        ("lr", NAN, "but nan, 0.0005 and 0.9 came"),
        ("momentum", 1.0, "but 0.1, 0.0005 and 1.0 came"),
        ("momentum", -0.1, "but 0.1, 0.0005 and -0.1 came"),
        ("momentum", NAN, "but 0.1, 0.0005 and nan came"),
        ("weight_decay", -1e-4, "but 0.1, -0.0001 and 0.9 came"),
        ("weight_decay", NAN, "but 0.1, nan and 0.9 came"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(option: str, value: float, came: str) -> None:
    with pytest.raises(InputError, match=came):
        Training(**{option: value})  # pyright: ignore[reportArgumentType]


def test_a_schedule_is_a_function() -> None:
    assert Training(schedule="constant").scheduled is constant
    assert Training(schedule="warmup_multistep").scheduled is warmup_multistep
