import torch

from counterpoise.trackers import Confidences


def test_it_begins_with_nothing() -> None:
    assert Confidences(3).latest.isnan().all()


def test_records_count_when_the_epoch_has_closed_and_the_last_of_each_wins() -> None:
    tracker = Confidences(5)
    tracker.record(torch.tensor([1, 3]), torch.tensor([0.1, 0.2]))
    tracker.record(torch.tensor([3, 0, 0]), torch.tensor([0.5, 0.6, 0.7]))
    assert tracker.latest.isnan().all()
    tracker.close_epoch()
    assert torch.equal(tracker.latest.nan_to_num(-1), torch.tensor([0.7, 0.1, -1, 0.5, -1]))


def test_each_epoch_begins_anew() -> None:
    tracker = Confidences(2)
    tracker.record(torch.tensor([0]), torch.tensor([0.5]))
    tracker.close_epoch()
    tracker.record(torch.tensor([1]), torch.tensor([0.25]))
    tracker.close_epoch()
    assert torch.equal(tracker.latest.nan_to_num(-1), torch.tensor([-1, 0.25]))


def test_what_is_recorded_within_an_epoch_is_no_state() -> None:
    tracker = Confidences(2)
    tracker.record(torch.tensor([0]), torch.tensor([0.5]))
    assert list(tracker.state_dict()) == ["latest"]
    assert tracker.state_dict()["latest"].isnan().all()
