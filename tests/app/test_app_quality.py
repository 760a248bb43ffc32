"""The quality report, against numbers found by hand."""

import numpy as np
import pandas as pd
import pytest

from makeweight.app import quality
from makeweight.app.balance_table import SyntheticRows, interpolate, oversample
from makeweight.app.plan import Features
from makeweight.core.errors import InputError


def features(x: np.ndarray, city: list, labels: list[str]) -> Features:
    return Features(pd.DataFrame({"x": x, "city": city}), ("x",), ("city",), np.array(labels))


def test_agreements_by_hand() -> None:
    assert quality.agreement(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("real", "new", "expected"),
    [
        ([1.0, 2, 3, 4], [1.0, 2, 3, 4], 1),
        ([1.0, 2, 3, 4], [5.0, 6], 0),
        ([1.0, 2], [1.0, 2, np.nan, np.nan], 0.5),  # half of the synthetic numbers are missing, the others agree
        (["u", "u", "v", "v"], ["u", "v", "v", "v"], 0.75),
    ],
)
def test_column_agreements_by_hand(real: list, new: list, expected: float) -> None:
    numeric = ("x",) if isinstance(real[0], float) else ()
    columns, _ = quality.compare(pd.DataFrame({"x": real}), pd.DataFrame({"x": new}), numeric)
    assert columns == {"x": pytest.approx(expected)}


def test_pair_trends_by_hand() -> None:
    real = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 3, 4]})
    turned = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [4.0, 3, 2, 1]})
    columns, pairs = quality.compare(real, turned, ("a", "b"))
    assert columns == {"a": 1.0, "b": 1.0}
    assert pairs == {"a × b": pytest.approx(0.0)}
    assert quality.compare(real, real, ("a", "b"))[1] == {"a × b": pytest.approx(1.0)}


def test_pairs_with_a_category_by_hand() -> None:
    real = pd.DataFrame({"a": ["u", "u", "v", "v"], "b": ["s", "s", "t", "t"]}, dtype=object)
    crossed = pd.DataFrame({"a": ["u", "u", "v", "v"], "b": ["t", "t", "s", "s"]}, dtype=object)
    assert quality.compare(real, crossed, ())[1] == {"a × b": 0.0}
    assert quality.compare(real, crossed, ())[0] == {"a": 1.0, "b": 1.0}


def test_copies_and_privacy_of_repeated_rows() -> None:
    rng = np.random.default_rng(0)
    known = features(rng.normal(size=60), ["u", None] * 30, ["common"] * 40 + ["rare"] * 20)

    def repeat(part: Features, needed: dict[str, int]) -> SyntheticRows:
        return oversample(part, needed, 0, lambda done, message: None)

    report = quality.report(known, repeat(known, {"rare": 20}), repeat, 0)
    assert report["copies"] == 1 and report["nearer_to_source"] == 1
    assert report["classes"] == {"common": {"real": 40, "synthetic": 0}, "rare": {"real": 20, "synthetic": 20}}


def test_fresh_rows_reveal_nothing() -> None:
    rng = np.random.default_rng(0)
    known = features(rng.normal(size=400), ["u"] * 400, ["common"] * 250 + ["rare"] * 150)

    def fresh(part: Features, needed: dict[str, int]) -> SyntheticRows:
        labels = np.repeat(list(needed), list(needed.values()))
        return SyntheticRows(pd.DataFrame({"x": rng.normal(size=len(labels)), "city": "u"}), labels, [])

    report = quality.report(known, fresh(known, {"rare": 100}), fresh, 0)
    assert report["copies"] == 0 and report["nearer_to_source"] == pytest.approx(0.5, abs=0.1)
    assert report["marginals"] > 0.85 and report["pair_trends"] == pytest.approx(0.9, abs=0.1)


def test_interpolated_rows_lie_in_between() -> None:
    rng = np.random.default_rng(0)
    known = features(rng.normal(size=90), ["u", "v", "w"] * 30, ["common"] * 60 + ["rare"] * 30)

    def between(part: Features, needed: dict[str, int]) -> SyntheticRows:
        return interpolate(part, needed, 0, lambda done, message: None)

    share = quality.report(known, between(known, {"rare": 30}), between, 0)["nearer_to_source"]
    assert 0.5 < share < 1


def test_a_half_that_the_method_refuses() -> None:
    known = features(np.arange(20.0), ["u"] * 20, ["a"] * 12 + ["b"] * 8)
    synthetic = SyntheticRows(pd.DataFrame({"x": [13.0], "city": ["u"]}), np.array(["b"]), [])

    def refuse(part: Features, needed: dict[str, int]) -> SyntheticRows:
        raise InputError("nothing to learn from")

    assert quality.report(known, synthetic, refuse, 0)["nearer_to_source"] is None


def test_classes_too_small_to_halve() -> None:
    known = features(np.array([1.0, 2, 3]), ["u"] * 3, ["a", "a", "b"])
    synthetic = SyntheticRows(pd.DataFrame({"x": [3.0], "city": ["u"]}), np.array(["b"]), [])
    report = quality.report(known, synthetic, lambda part, needed: synthetic, 0)
    assert report["nearer_to_source"] is None and report["copies"] == 1


@pytest.mark.parametrize("power", [300, -300])
@pytest.mark.filterwarnings("error")
def test_numbers_of_any_magnitude_are_compared_alike(power: int) -> None:
    rng = np.random.default_rng(0)
    given, new = rng.uniform(1, 9, (60, 2)), rng.uniform(1, 9, (20, 2))
    reports = []

    def between(part: Features, needed: dict[str, int]) -> SyntheticRows:
        return interpolate(part, needed, 0, lambda done, message: None)

    for size in (1.0, 10.0**power):
        table = pd.DataFrame(given * size, columns=["x", "y"])
        known = Features(table, ("x", "y"), (), np.array(["common"] * 40 + ["rare"] * 20))
        synthetic = SyntheticRows(pd.DataFrame(new * size, columns=["x", "y"]), np.array(["rare"] * 20), [])
        reports.append(quality.report(known, synthetic, between, 0))
    plain, other = reports
    assert other["copies"] == plain["copies"] == 0
    assert other["pair_trends"] == pytest.approx(plain["pair_trends"]) and other["marginals"] == plain["marginals"]
    assert other["nearer_to_source"] == pytest.approx(plain["nearer_to_source"])
