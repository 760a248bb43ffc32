"""The filter: near copies are found, and what did not pass is drawn anew until full or the rounds are over."""

import numpy as np
import pandas as pd
import pytest
import torch

from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.networks.encoders import JointClassifier
from makeweight.stages.sample import sieve
from makeweight.stages.sample.sieve import Made, Sieve, refilled


@pytest.mark.parametrize("part", [2, 5])
def test_the_nearest_other_is_found_across_parts(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "PART", part)
    points = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0], [3.0, 4.5], [9.0, 4.0]])
    assert sieve.nearest_others(points).tolist() == [1.0, 0.5, 1.0, 0.5, 6.0]


def test_near_copies_of_train_rows_are_found() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    train = Labelled({"tabular": rng.normal(0, 1, (60, 4)).astype(np.float32)}, np.zeros(60, dtype=int))
    fitted = Sieve.of(JointClassifier({"tabular": Spec("tabular", (4,))}, 2), train, quantile=0.05)
    fakes = np.concatenate([train.inputs["tabular"][:3] + 1e-5, rng.normal(0, 1, (3, 4)) + 8]).astype(np.float32)
    found = fitted.near_copies(Labelled({"tabular": fakes}, np.zeros(6, dtype=int)))
    assert found.tolist() == [True, True, True, False, False, False]


def made(asked: list[int], passing: list[float], start: int = 0) -> Made:
    """Numbered rows of which the first share of each class passes."""
    labels = np.repeat(np.arange(len(asked)), asked)
    places = np.concatenate([np.arange(count) for count in asked])
    passed = places < np.array(asked)[labels] * np.array(passing)[labels]
    numbers = np.arange(start, start + len(labels))
    table = pd.DataFrame({"number": numbers, "passed": passed})
    return Made(Labelled({"tabular": numbers[:, None].astype(np.float32)}, labels), table)


def test_rows_are_drawn_until_every_class_is_full() -> None:
    asked: list[list[int]] = []

    def draw(counts: np.ndarray, number: int) -> Made:
        asked.append(counts.tolist())
        return made(counts.tolist(), [1.0, 0.5, 0.5], start=1000 * number)

    wanted = np.array([4, 8, 0])
    kept, drawn = refilled(made([4, 8, 0], [1.0, 0.5, 1.0]), wanted, draw, rounds=9)
    # Half of 8 passed, so that 4 are missing and twice as many are drawn for them; nothing for the full classes.
    assert asked == [[0, 8, 0]] and drawn == 8
    assert kept.table["number"].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 1000, 1001, 1002, 1003]
    assert kept.rows.labels.tolist() == [0] * 4 + [1] * 8
    assert kept.rows.inputs["tabular"][:, 0].tolist() == kept.table["number"].tolist()


def test_a_class_that_never_passes_ends_with_the_rounds() -> None:
    def draw(counts: np.ndarray, number: int) -> Made:
        return made(counts.tolist(), [1.0, 0.0])

    kept, drawn = refilled(made([2, 5], [1.0, 0.0]), np.array([2, 5]), draw, rounds=3)
    assert kept.rows.labels.tolist() == [0, 0]
    assert drawn == 3 * 4 * 5, "four for each that is missing at most"
