"""The filter: near copies are found, and what did not pass is replaced until classes are full or rounds are over."""

import numpy as np
import pandas as pd
import torch

from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.networks.encoders import JointClassifier
from makeweight.stages.sample.filter import Filter, SyntheticRows, refilled


def test_near_copies_of_train_rows_are_found() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    train = Labelled({"tabular": rng.normal(0, 1, (60, 4)).astype(np.float32)}, np.zeros(60, dtype=int))
    fitted = Filter.of(JointClassifier({"tabular": Spec("tabular", (4,))}, 2), train, quantile=0.05, seed=0)
    synthetic = np.concatenate([train.inputs["tabular"][:3] + 1e-5, rng.normal(0, 1, (3, 4)) + 8]).astype(np.float32)
    found = fitted.near_copies(Labelled({"tabular": synthetic}, np.zeros(6, dtype=int)))
    assert found.tolist() == [True, True, True, False, False, False]


def synthetic_rows(requested: list[int], passing: list[float], start: int = 0) -> SyntheticRows:
    """Numbered rows of which the first share of each class passes."""
    labels = np.repeat(np.arange(len(requested)), requested)
    ranks = np.concatenate([np.arange(count) for count in requested])
    passed = ranks < np.array(requested)[labels] * np.array(passing)[labels]
    numbers = np.arange(start, start + len(labels))
    table = pd.DataFrame({"number": numbers, "mw_passed": passed})
    return SyntheticRows(Labelled({"tabular": numbers[:, None].astype(np.float32)}, labels), table)


def test_rows_are_generated_until_every_class_is_full() -> None:
    calls: list[list[int]] = []

    def generate(counts: np.ndarray, number: int) -> SyntheticRows:
        calls.append(counts.tolist())
        return synthetic_rows(counts.tolist(), [1.0, 0.5, 0.5], start=1000 * number)

    requested = np.array([4, 8, 0])
    kept, more = refilled(synthetic_rows([4, 8, 0], [1.0, 0.5, 1.0]), requested, generate, rounds=9)
    # Half of 8 passed, so that 4 are missing and twice as many are generated for them; nothing for the full classes.
    assert calls == [[0, 8, 0]] and more == 8
    assert kept.table["number"].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 1000, 1001, 1002, 1003]
    assert kept.rows.labels.tolist() == [0] * 4 + [1] * 8
    assert kept.rows.inputs["tabular"][:, 0].tolist() == kept.table["number"].tolist()


def test_a_class_that_never_passes_ends_with_the_rounds() -> None:
    def generate(counts: np.ndarray, number: int) -> SyntheticRows:
        return synthetic_rows(counts.tolist(), [1.0, 0.0])

    kept, more = refilled(synthetic_rows([2, 5], [1.0, 0.0]), np.array([2, 5]), generate, rounds=3)
    assert kept.rows.labels.tolist() == [0, 0]
    assert more == 3 * 4 * 5, "four for each that is missing at most"
