"""Filling in beside what is known, with the velocity of a joint Gaussian, whose conditional distribution is known."""

import pytest
import torch
from torch import Tensor

from makeweight.core.random import batch_stream
from makeweight.generators import filling
from makeweight.generators.filling import filled_in, taken_back

CORRELATION = 0.9
COVARIANCE = torch.tensor([[1, CORRELATION], [CORRELATION, 1]])
ROWS = 20_000


def velocity(x: Tensor, time: float) -> Tensor:
    """What flow matching learns of normal rows: the mean of data less noise where their mixture is x."""
    mixture = time**2 * COVARIANCE + (1 - time) ** 2 * torch.eye(2)
    return x @ torch.linalg.inv(mixture) @ (time * COVARIANCE - (1 - time) * torch.eye(2))


def filled() -> Tensor:
    known = torch.randn(ROWS, 2, generator=torch.Generator().manual_seed(1))
    kept = torch.tensor([[1.0, 0.0]]).expand(ROWS, 2)
    found = filled_in(velocity, known, kept, batch_stream(0), 10)
    assert (found[:, 0] == known[:, 0]).all()
    return found


def test_what_is_filled_in_has_the_conditional_distribution_of_what_is_known() -> None:
    found = filled()
    assert torch.corrcoef(found.T)[0, 1] == pytest.approx(CORRELATION, abs=0.05)
    assert found[:, 1].std() == pytest.approx(1, abs=0.1)


def test_one_round_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "ROUNDS", 1)
    assert torch.corrcoef(filled().T)[0, 1] < 0.6


def test_a_step_back_restores_the_noise_of_its_time() -> None:
    rng = torch.Generator().manual_seed(0)
    data, noise, more = torch.randn(3, ROWS, 1, generator=rng)
    # At time .8 a row is .8 of the data and .2 of noise; at .4 it is .4 of the same data, and .6 of noise.
    back = taken_back(noise.lerp(data, 0.8), 0.8, 0.4, more)
    rest = back - 0.4 * data
    assert rest.std() == pytest.approx(0.6, abs=0.01) and abs((rest * data).mean()) < 0.02
    assert (taken_back(data, 0.5, 0.0, noise) == noise).all(), "at time 0 all is noise"


def test_all_kept_is_the_row_and_nothing_kept_is_sampled() -> None:
    known = torch.full((4000, 2), 5.0)
    assert (filled_in(velocity, known, torch.ones_like(known), batch_stream(0), 4) == known).all()
    free = filled_in(velocity, known, torch.zeros_like(known), batch_stream(0), 10)
    assert torch.cov(free.T).numpy() == pytest.approx(COVARIANCE.numpy(), abs=0.15)
