"""Losses recomputed by hand for points at known angles."""

import math

import pytest
import torch
from torch import Tensor

from makeweight.stages.fewshot import losses
from makeweight.stages.fewshot.embedding import DifferenceHead
from makeweight.stages.fewshot.losses import LossParams

CONFIG = LossParams(
    pair_sampling="balanced", contrastive_margin=1.0, triplet_margin=0.2, mining="semi_hard", temperature=0.1
)


def at(*degrees: float) -> Tensor:
    """Unit vectors in the plane, times 3: losses must not care about length."""
    return 3 * torch.tensor([[math.cos(math.radians(a)), math.sin(math.radians(a))] for a in degrees])


def chord(degrees: float) -> float:
    """Distance of two unit vectors at an angle."""
    return 2 * math.sin(math.radians(degrees) / 2)


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("mining", ["semi_hard", "batch_hard", "random"])
def test_triplet_loss_is_zero_when_everything_is_separated(mining: str) -> None:
    loss = losses.TripletLoss(CONFIG.model_copy(update={"mining": mining}))
    points = at(0, 2, 90, 92)
    assert loss(points, torch.tensor([0, 0, 1, 1]), rng()).item() == 0.0


def test_batch_hard_triplets_by_hand() -> None:
    loss = losses.TripletLoss(CONFIG.model_copy(update={"mining": "batch_hard"}))
    points, classes = at(0, 40, 60), torch.tensor([0, 0, 1])
    anchors = [chord(40) - chord(60) + 0.2, chord(40) - chord(20) + 0.2]
    expected = [value for value in anchors if value > 0]
    assert loss(points, classes, rng()).item() == pytest.approx(sum(expected) / len(expected), abs=1e-5)


def test_semi_hard_takes_only_negatives_beyond_the_positive_within_the_margin() -> None:
    loss = losses.TripletLoss(CONFIG)
    # From 0: positive at 40 degrees; the negative at 45 is semi-hard, that at -20 too hard, that at 170 too easy.
    points, classes = at(0, 40, 45, -20, 170), torch.tensor([0, 0, 1, 2, 3])
    from_0 = chord(40) - chord(45) + 0.2
    # From 40: to 45 it is 5 degrees (too hard), to -20 it is 60 (beyond the margin: 1 - 0.684 > 0.2), to 170 farther.
    assert loss(points, classes, rng()).item() == pytest.approx(from_0, abs=1e-5)


def test_contrastive_loss_by_hand_and_flat_beyond_its_margin() -> None:
    distance = torch.tensor([0.5, 0.5, 1.0, 1.7], requires_grad=True)
    same = torch.tensor([True, False, False, False])
    value = losses.contrastive(distance, same, margin=1.0)
    assert value.item() == pytest.approx((0.25 + 0.25 + 0 + 0) / 4)
    value.backward()
    assert distance.grad is not None
    assert distance.grad.tolist() == pytest.approx([0.25, -0.25, 0, 0])


def test_contrastive_loss_draws_in_unit_vectors_only() -> None:
    loss = losses.ContrastiveLoss(CONFIG)
    value = loss(at(0, 30, 180), torch.tensor([0, 0, 1]), rng())
    # One positive pair at 30 degrees, and one of the two negatives, both beyond the margin.
    assert value.item() == pytest.approx(chord(30) ** 2 / 2, abs=1e-5)


def test_prototypical_loss_by_hand() -> None:
    support = torch.tensor([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [0.0, 3.0]]])
    query = torch.tensor([[[0.5, 0.5]], [[0.0, 2.0]]])
    prototypes = [(0.5, 0.0), (0.0, 2.0)]
    expected = 0.0
    for target, point in enumerate([(0.5, 0.5), (0.0, 2.0)]):
        squares = [(point[0] - x) ** 2 + (point[1] - y) ** 2 for x, y in prototypes]
        weights = [math.exp(-square / 0.5) for square in squares]
        expected -= math.log(weights[target] / sum(weights)) / 2
    assert losses.prototypical(support, query, temperature=0.5).item() == pytest.approx(expected, abs=1e-6)


def test_prototypical_loss_splits_each_class_in_halves() -> None:
    loss = losses.PrototypicalLoss(CONFIG)
    points, classes = at(0, 10, 20, 30, 90, 95, 100, 105), torch.tensor([0] * 4 + [1] * 4)
    unit = points / 3
    support, query = torch.stack([unit[:2], unit[4:6]]), torch.stack([unit[2:4], unit[6:]])
    assert loss(points, classes, rng()).item() == pytest.approx(losses.prototypical(support, query, 0.1).item())


def test_siamese_head_is_symmetric_and_falls_with_the_difference() -> None:
    head = DifferenceHead(2)
    unit = at(0, 0, 30, 90) / 3
    logits = head(unit[:1], unit)
    assert torch.equal(logits, head(unit, unit[:1]))
    assert logits[0] == logits[1] > logits[2] > logits[3]


def test_siamese_loss_by_hand() -> None:
    loss = losses.SiameseLoss(2, CONFIG)
    points, classes = at(0, 30, 90), torch.tensor([0, 0, 1])
    unit = points / 3
    first, second, same = loss.pairs(classes, rng())
    logits = [loss.head(unit[a], unit[b]).item() for a, b in zip(first, second, strict=True)]
    expected = [math.log1p(math.exp(-z if s else z)) for z, s in zip(logits, same.tolist(), strict=True)]
    assert loss(points, classes, rng()).item() == pytest.approx(sum(expected) / len(expected), abs=1e-6)
    assert sorted(same.tolist()) == [False, True]


def test_classifier_loss_of_untrained_layer_is_that_of_guessing() -> None:
    loss = losses.ClassifierLoss(width=2, classes=5)
    torch.nn.init.zeros_(loss.linear.weight)
    torch.nn.init.zeros_(loss.linear.bias)
    assert loss(at(0, 50), torch.tensor([1, 4]), rng()).item() == pytest.approx(math.log(5))
