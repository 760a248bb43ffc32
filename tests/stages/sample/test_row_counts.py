"""How many rows: a full balance, so many of each class, or a request."""

import numpy as np
import pytest

from makeweight.core.errors import InputError
from makeweight.stages.sample.row_counts import rows_per_class

CLASSES, COUNTS, LEAST = ("a", "b", "c"), np.array([100, 40, 10]), np.array([30, 30, 30])


@pytest.mark.parametrize(
    ("rows", "amount", "wanted"),
    [
        ("balance", 1.0, [30, 60, 90]),
        ("balance", 2.0, [30, 120, 180]),
        ("balance", 0.0, [30, 30, 30]),
        ("per_class", 25.0, [25, 25, 25]),
        ({"c": 7, "a": 1}, 1.0, [1, 0, 7]),
    ],
)
def test_rows_per_class(rows: str | dict[str, int], amount: float, wanted: list[int]) -> None:
    assert rows_per_class(rows, amount, CLASSES, COUNTS, LEAST).tolist() == wanted


@pytest.mark.parametrize(
    ("rows", "amount", "told"),
    [
        ("balanced", 1.0, "`sample.rows` is 'balanced'; right would be balance, per_class, or class: rows"),
        ("per_class", 0.5, "`sample.amount` is 0.5; `rows: per_class` needs a whole number"),
        ("balance", -1.0, "`sample.amount` is -1.0; it can't be negative"),
        ({"d": 7}, 1.0, "asks for class 'd'; there are a, b, c"),
        ({"a": -7}, 1.0, "`sample.rows.a` is -7; it can't be negative"),
    ],
)
def test_what_cannot_be_counted_is_named(rows: str | dict[str, int], amount: float, told: str) -> None:
    with pytest.raises(InputError, match=f"params.yaml: .*{told}"):
        rows_per_class(rows, amount, CLASSES, COUNTS, LEAST)
