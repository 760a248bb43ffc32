"""Batches, pairs and triplets have the classes and units that they should."""

import numpy as np
import torch

from makeweight.stages.fewshot import samplers

CLASSES = np.repeat([0, 1, 2, 3, 4], [10, 8, 6, 2, 3])
UNITS = np.concatenate([np.arange(10), [20] * 5 + [21, 22, 23], [30] * 6, [40, 41], [50, 51, 52]])


def test_batches_hold_so_many_classes_of_so_many_rows() -> None:
    batches = samplers.class_batches(CLASSES, UNITS, 3, 4, np.random.default_rng(0))
    seen = set()
    for _ in range(50):
        rows = next(batches)
        classes, counts = np.unique(CLASSES[rows], return_counts=True)
        assert len(classes) == 3 and set(counts) == {4}
        assert (np.diff(CLASSES[rows].reshape(3, 4)) == 0).all(), "class by class"
        seen |= set(classes)
    assert seen == {0, 1, 2, 3, 4}


def test_rows_of_a_class_come_from_different_units_as_far_as_there_are() -> None:
    batches = samplers.class_batches(CLASSES, UNITS, 5, 4, np.random.default_rng(1))
    for _ in range(20):
        rows = next(batches)
        for one, units in ((0, 4), (1, 4), (2, 1), (3, 2), (4, 3)):
            assert len(set(UNITS[rows[CLASSES[rows] == one]])) == units


def test_same_seed_same_batches() -> None:
    first, second = (samplers.class_batches(CLASSES, UNITS, 3, 4, np.random.default_rng(7)) for _ in range(2))
    for _ in range(5):
        assert (next(first) == next(second)).all()


def test_all_pairs_by_hand() -> None:
    first, second, same = samplers.all_pairs(torch.tensor([0, 1, 0]))
    assert list(zip(first.tolist(), second.tolist(), same.tolist(), strict=True)) == [
        (0, 1, False),
        (0, 2, True),
        (1, 2, False),
    ]


def test_balanced_pairs_are_half_of_one_class_and_never_a_row_with_itself() -> None:
    classes = torch.arange(6).repeat_interleave(4)
    first, second, same = samplers.balanced_pairs(classes, torch.Generator().manual_seed(0))
    assert int(same.sum()) == 36 and len(same) == 72
    assert (first != second).all()
    assert torch.equal(same, classes[first] == classes[second])
    assert len(set(zip(first.tolist(), second.tolist(), strict=True))) == 72, "no pair twice"


def test_random_pairs_are_as_unbalanced_as_chance() -> None:
    classes = torch.arange(16).repeat_interleave(4)
    rng = torch.Generator().manual_seed(0)
    shares = [samplers.random_pairs(classes, rng)[2].float().mean().item() for _ in range(200)]
    assert abs(np.mean(shares) - 3 / 63) < 0.005


def test_random_triplets_have_a_positive_and_a_negative() -> None:
    classes = torch.tensor([0, 0, 0, 1, 1, 2])
    anchor, positive, negative = samplers.random_triplets(classes, torch.Generator().manual_seed(0))
    assert len(anchor) == 3 * 2 + 2
    assert (classes[anchor] == classes[positive]).all() and (anchor != positive).all()
    assert (classes[anchor] != classes[negative]).all()
