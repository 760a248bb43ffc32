"""The steps that every prototype method does to its points, by hand."""

import pytest
import torch

from makeweight.stages.fewshot import normalisation
from makeweight.stages.fewshot.normalisation import Normalisation, NormalisationParams

BASE = torch.tensor([[4.0, 1.0], [0.0, 9.0]])


def test_power_then_centre_then_unit_length_by_hand() -> None:
    normalise = Normalisation.fit(BASE, NormalisationParams(power=0.5, centre=True, unit_length=True))
    # Roots are (2, 1) and (0, 3), so the centre is (1, 2); the root of (16, 36) is (4, 6), centred (3, 4), length 5.
    assert normalise.centre.tolist() == [1, 2]
    assert normalise(torch.tensor([[16.0, 36.0]])).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]


def test_a_power_keeps_the_sign() -> None:
    assert normalisation.powered(torch.tensor([-4.0, 0.0, 9.0]), 0.5).tolist() == [-2, 0, 3]


def test_each_variant_adds_one_step_and_the_first_changes_nothing() -> None:
    steps = normalisation.variants(NormalisationParams(power=0.7, centre=False, unit_length=True))
    points = torch.tensor([[3.0, -5.0]])
    assert Normalisation.fit(BASE, steps["none"])(points).equal(points)
    done = [(one.power, one.centre, one.unit_length) for one in steps.values()]
    assert done == [(1, False, False), (1, False, True), (1, True, True), (0.7, True, True)]
