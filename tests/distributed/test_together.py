"""Two processes compute what one does: statistics, sums, gathered rows, features, metrics and losses."""

import runpy
from pathlib import Path
from typing import Any

import torch

from counterpoise.trackers import HeadDirection

SCRIPT = Path(__file__).parent / "two_processes.py"


def test_there_are_two(alone: dict[str, Any], both: list[dict[str, Any]]) -> None:
    assert alone["places"] == (0, 1)
    assert [found["places"] for found in both] == [(0, 2), (1, 2)]


def test_the_head_direction_is_that_of_the_whole_batch(both: list[dict[str, Any]]) -> None:
    """Unequal halves, and steps in which one process, or both, have no rows at all."""
    steps = runpy.run_path(str(SCRIPT))["batches"]()
    tracker = HeadDirection(6).double()
    for step, batch in enumerate(steps):
        tracker.update(torch.cat(batch))
        for found in both:
            torch.testing.assert_close(found["averages"][step], tracker.average, rtol=1e-12, atol=0)
    assert all(map(torch.equal, both[0]["averages"], both[1]["averages"]))


def test_rows_come_together_in_their_order(alone: dict[str, Any], both: list[dict[str, Any]]) -> None:
    assert [len(whole) for whole in alone["gathered"]] == [1, 2, 3, 8, 9]
    for found in both:
        assert all(map(torch.equal, found["gathered"], alone["gathered"]))


def test_a_sum_leaves_its_input_alone(both: list[dict[str, Any]]) -> None:
    for rank, found in enumerate(both):
        assert found["summed"]["total"].tolist() == [3, 3]
        assert found["summed"]["mine"].tolist() == [rank + 1] * 2
        assert not found["summed"]["grad"]


def test_features_are_shared_out_and_complete(alone: dict[str, Any], both: list[dict[str, Any]]) -> None:
    """Also for a split with fewer images than processes."""
    assert [len(features) for features in alone["encoded"]] == [1, 2, 3, 9]
    for found in both:
        for shared, whole in zip(found["encoded"], alone["encoded"], strict=True):
            torch.testing.assert_close(shared, whole, rtol=1e-6, atol=1e-6)


def test_metrics_count_every_process(alone: dict[str, Any], both: list[dict[str, Any]]) -> None:
    assert alone["measured"]["overall"] == 5 / 7
    assert [found["measured"] for found in both] == [alone["measured"]] * 2


def test_a_weighted_mean_has_the_divisor_of_the_whole_batch(
    alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    """With as many rows in each process, and with other numbers of rows."""
    for sharing, wanted in enumerate(alone["weighted"]):
        assert wanted["gradient"].abs().min() > 1e-3
        for name, tensor in wanted.items():
            for found in both:
                torch.testing.assert_close(found["weighted"][sharing][name], tensor, rtol=1e-12, atol=1e-15)


def test_experts_are_weighed_and_pushed_apart_as_by_the_whole_batch(
    alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    """With as many rows in each process, and with other numbers of rows."""
    for sharing, wanted in enumerate(alone["diversified"]):
        assert wanted["gradient"].abs().min() > 1e-4
        for name, tensor in wanted.items():
            for found in both:
                torch.testing.assert_close(
                    found["diversified"][sharing][name], tensor, rtol=1e-12, atol=1e-15
                )


def test_centroids_are_pulled_and_features_repelled_as_by_the_whole_batch(
    alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    """With unequal shares, without and with a repulsion."""
    assert len(alone["pulled"]) == 6
    assert alone["pulled"][0]["value"] < alone["pulled"][3]["value"]
    for sharing, wanted in enumerate(alone["pulled"]):
        for name, tensor in wanted.items():
            for found in both:
                torch.testing.assert_close(found["pulled"][sharing][name], tensor, rtol=1e-12, atol=1e-14)


def test_unequal_rows_come_one_behind_the_other(both: list[dict[str, Any]]) -> None:
    batches = runpy.run_path(str(SCRIPT))["batches"]()
    for found in both:
        for whole, batch in zip(found["concatenated"], batches, strict=True):
            assert torch.equal(whole, torch.cat(batch))


def test_regression_losses_look_at_the_whole_batch(alone: dict[str, Any], both: list[dict[str, Any]]) -> None:
    assert len(alone["regressed"]) == 6
    for sharing, wanted in enumerate(alone["regressed"]):
        assert wanted["value"] > 0.1
        for name, tensor in wanted.items():
            for found in both:
                torch.testing.assert_close(found["regressed"][sharing][name], tensor, rtol=1e-12, atol=1e-14)


def test_ranks_are_those_of_the_whole_batch(alone: dict[str, Any], both: list[dict[str, Any]]) -> None:
    """With as many rows in each process, with other numbers of rows, and with none in one."""
    for sharing, wanted in enumerate(alone["ranked"]):
        assert (wanted["gradient"].abs().max() > 0.1) == (sharing < 2), "one row has no rank to mend"
        for name, tensor in wanted.items():
            for found in both:
                torch.testing.assert_close(found["ranked"][sharing][name], tensor, rtol=1e-12, atol=1e-14)


def test_feature_statistics_are_those_of_all_processes(
    alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    assert alone["smoothed"]["tracked"].sum() == 29
    for name, tensor in alone["smoothed"].items():
        for found in both:
            torch.testing.assert_close(found["smoothed"][name], tensor, rtol=1e-11, atol=1e-13)


def test_momentum_contrast_tells_keys_from_one_queue(
    alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    assert alone["contrasted"]["pointer"] == 0
    assert alone["contrasted"]["slope1.0"].abs().max() > 1e-3
    for name, tensor in alone["contrasted"].items():
        for found in both:
            torch.testing.assert_close(found["contrasted"][name], tensor, rtol=1e-12, atol=1e-14)


def test_pseudo_labels_are_trusted_alike_everywhere(
    alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    assert len(alone["trusted"]["thresholds"].unique()) > 2
    assert len(alone["trusted"]["weights"].unique()) > 2
    for name, tensor in alone["trusted"].items():
        for found in both:
            assert torch.equal(found["trusted"][name], tensor)
