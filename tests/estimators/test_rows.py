import numpy as np
import torch

from counterpoise.estimators.rows import Rows, class_totals, fingerprints, held_out, present_rows, tensor_of


def rows(features: np.ndarray, labels: np.ndarray) -> Rows:
    return present_rows(features, labels, np.ones(len(labels)))


def test_samples_of_weight_zero_are_absent() -> None:
    found = present_rows(np.arange(6.0).reshape(3, 2), np.array([0, 1, 1]), np.array([1.0, 0.0, 2.0]))
    assert found.tensor(torch.float64).tolist() == [[0, 1], [4, 5]]
    assert class_totals(found, 2).tolist() == [1, 2]


def test_equal_rows_have_one_mark_and_others_have_others() -> None:
    for dtype in (np.float64, np.float32, np.float16):
        features = np.eye(8, dtype=dtype)[[0, 1, 2, 3, 4, 5, 6, 7, 0, 3]]
        marks = fingerprints(rows(features, np.zeros(10, int)), seed=0)
        assert marks[0] == marks[8]
        assert marks[3] == marks[9]
        assert len(np.unique(marks)) == 8


def test_a_share_of_each_class_is_held_out_and_copies_stay_together() -> None:
    draws = np.random.default_rng(0)
    distinct, labels = draws.normal(size=(51, 4)), np.repeat([0, 1, 2], [40, 10, 1])
    twice = rows(np.concatenate([distinct, distinct]), np.concatenate([labels, labels]))
    held, kept = held_out(twice, num_classes=3, fraction=0.2, seed=3)
    assert np.bincount(twice.targets[held], minlength=3).tolist() == [8, 2, 0]
    assert len(kept) == 2 * (51 - 10)
    assert not {*(held % 51)} & {*(kept % 51)}


def test_what_is_held_out_depends_on_the_seed_and_not_on_the_order() -> None:
    features, labels = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    order = np.random.default_rng(1).permutation(60)
    some = held_out(rows(features, labels), num_classes=2, fraction=0.3, seed=0)[0]
    same = held_out(rows(features[order], labels[order]), num_classes=2, fraction=0.3, seed=0)[0]
    other = held_out(rows(features, labels), num_classes=2, fraction=0.3, seed=1)[0]
    assert {*some} == {*order[same]}
    assert {*some} != {*other}


def test_features_of_the_right_type_are_not_copied() -> None:
    features = np.zeros((2, 3))
    assert tensor_of(features, torch.float64).data_ptr() == features.ctypes.data
    features.flags.writeable = False
    assert tensor_of(features, torch.float64).data_ptr() != features.ctypes.data


def test_blocks_are_all_rows_in_their_order() -> None:
    features = np.arange(20_000.0).reshape(-1, 1)
    blocks = [block.tensor(torch.float64) for block in rows(features, np.zeros(20_000, int)).blocks()]
    assert len(blocks) > 1
    assert torch.cat(blocks).flatten().tolist() == features.ravel().tolist()


def test_a_part_keeps_the_order_that_is_asked_for() -> None:
    turned = rows(np.arange(3.0).reshape(3, 1), np.arange(3)).some(np.array([2, 0, 1]))
    assert turned.tensor(torch.float64).flatten().tolist() == turned.targets.tolist() == [2, 0, 1]
