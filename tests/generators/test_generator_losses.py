"""Losses by hand: linear critics have known slopes."""

import math

import torch
from torch import Tensor

from makeweight.generators import losses


def linear(slopes: dict[str, float]) -> losses.Scorer:
    def score(content: losses.Content, labels: Tensor) -> Tensor:
        return torch.stack([slope * content[name].flatten(1).sum(1) for name, slope in slopes.items()]).sum(0)

    return score


def test_the_gradient_of_a_linear_critic() -> None:
    content = {"image": torch.rand(3, 1, 2, 2), "tabular": torch.rand(3, 2)}
    _, gradients = losses.input_gradients(linear({"image": 0.5, "tabular": 3.0}), content, torch.zeros(3))
    norms = losses.square_norms(gradients)
    # Four pixels of slope 0.5, in units of their root mean square: 4 * 0.25 * 4; two numbers of slope 3: 2 * 9 * 2.
    assert norms["image"].tolist() == [4.0] * 3
    assert norms["tabular"].tolist() == [36.0] * 3


def test_gradient_penalty_is_zero_at_slope_one() -> None:
    content = {"tabular": torch.rand(5, 1)}
    for slope, expected in ((1.0, 0.0), (3.0, 4.0), (0.0, 1.0)):
        _, gradients = losses.input_gradients(linear({"tabular": slope}), content, torch.zeros(5))
        assert math.isclose(losses.gradient_penalty(gradients).item(), expected, abs_tol=1e-5)


def test_gradient_penalty_is_of_the_joint_slope() -> None:
    content = {"tabular": torch.rand(5, 1), "text": torch.rand(5, 1)}
    _, gradients = losses.input_gradients(linear({"tabular": 3.0, "text": 4.0}), content, torch.zeros(5))
    assert math.isclose(losses.gradient_penalty(gradients).item(), 16.0, rel_tol=1e-5)  # (5 - 1)^2


def test_zero_centred_penalty() -> None:
    content = {"tabular": torch.rand(4, 3)}
    _, gradients = losses.input_gradients(linear({"tabular": 2.0}), content, torch.zeros(4))
    # A step of root mean square 1 is sqrt(3) long, the slope along the gradient 2 * sqrt(3): (2 * 3)^2 / 2.
    assert math.isclose(losses.zero_centred_penalty(gradients).item(), 18.0, rel_tol=1e-6)


def test_zero_centred_penalty_does_not_grow_with_the_picture() -> None:
    """A critic of the mean of all pixels has the same slope for pictures of any size."""
    for size in (4, 32):
        content = {"image": torch.rand(2, 1, size, size)}
        _, gradients = losses.input_gradients(lambda x, _: x["image"].mean((1, 2, 3)), content, torch.zeros(2))
        assert math.isclose(losses.zero_centred_penalty(gradients).item(), 0.5, rel_tol=1e-5)


def test_one_mixing_weight_for_all_modalities() -> None:
    real = {"image": torch.ones(2, 1, 2, 2), "tabular": torch.ones(2, 3)}
    fake = {"image": torch.zeros(2, 1, 2, 2), "tabular": torch.zeros(2, 3)}
    between = losses.interpolate(real, fake, torch.tensor([0.25, 1.0]))
    assert between["image"][0].unique().tolist() == [0.25] and between["tabular"][0].unique().tolist() == [0.25]
    assert between["image"][1].unique().tolist() == [1.0]


def test_relativistic_loss_compares_pairs() -> None:
    better, worse = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 0.0])
    expected = (math.log(1 + math.exp(-2)) + math.log(2)) / 2
    assert math.isclose(losses.relativistic(better, worse).item(), expected, rel_tol=1e-6)
