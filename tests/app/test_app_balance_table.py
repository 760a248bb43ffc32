"""Rows for rare classes: the requested number, of the right kind, by every method."""

import numpy as np
import pandas as pd
import pytest
from tables import as_upload

from makeweight.app import balance_table
from makeweight.app.limits import Limits
from makeweight.app.plan import METHODS, Plan, check_plan, features_of, rows_needed
from makeweight.core.errors import InputError

QUICK = ("smote", "random")


def shop(common: int = 40, rare: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for label, count in (("common", common), ("rare", rare)):
        for number in range(count):
            price = "" if number % 4 == 0 else f"{rng.uniform(10, 20) + 30 * (label == 'rare'):.2f}"
            rows.append([f"item {label} {number}", price, str(rng.integers(1, 9)), rng.choice(["DE", "IT"]), label])
    return pd.DataFrame(rows, columns=["name", "price", "pieces", "country", "kind"], dtype=object)


def plan(**changes: object) -> Plan:
    return Plan.model_validate({"label": "kind", "kinds": {}, "method": "smote", **changes})


def run(table: pd.DataFrame, chosen: Plan) -> tuple[pd.DataFrame, balance_table.SyntheticRows]:
    upload = as_upload(table)
    features = features_of(upload, chosen)
    needed = rows_needed(features.labels, chosen.share)
    synthetic = balance_table.METHODS[chosen.method](features, needed, chosen.seed, lambda done, message: None)
    return balance_table.balanced(upload, chosen, features, synthetic), synthetic


def test_every_method_offered_exists() -> None:
    assert set(METHODS) == set(balance_table.METHODS)


def test_rows_needed_by_hand() -> None:
    labels = np.array(["a"] * 10 + ["b"] * 4 + ["c"] * 7)
    assert rows_needed(labels, 1.0) == {"b": 6, "c": 3}
    assert rows_needed(labels, 0.65) == {"b": 3}
    assert rows_needed(labels, 0.4) == {}


@pytest.mark.parametrize("method", QUICK)
def test_the_table_comes_back_balanced(method: str) -> None:
    table = shop()
    result, _ = run(table, plan(method=method))
    pd.testing.assert_frame_equal(result.iloc[:48].drop(columns="mw_synthetic"), table)
    new = result.iloc[48:]
    assert len(new) == 32 and set(new["kind"]) == {"rare"} and set(new["mw_synthetic"]) == {"1"}
    assert set(result["mw_synthetic"].iloc[:48]) == {"0"}
    assert set(new["name"]) == {""}
    assert set(new["country"]) <= {"DE", "IT"} and all(cell.isdecimal() for cell in new["pieces"])
    prices = pd.to_numeric(new["price"])
    assert prices.min() >= 40 and prices.max() <= 50
    assert all(len(cell.partition(".")[2]) in (0, 2) for cell in new["price"])


@pytest.mark.parametrize("method", QUICK)
def test_the_same_seed_gives_the_same_bytes(method: str) -> None:
    first, second, other = (run(shop(), plan(method=method, seed=seed))[0].to_csv() for seed in (3, 3, 4))
    assert first == second != other


def test_random_rows_are_real_rows() -> None:
    table = shop()
    result, _ = run(table, plan(method="random", kinds={"name": "category"}))
    real = set(map(tuple, table.to_numpy()))
    assert all(tuple(row) in real for row in result.iloc[48:].drop(columns="mw_synthetic").to_numpy())


def test_smote_makes_values_between_and_no_copies() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"x": [f"{v:.6f}" for v in rng.uniform(0, 1, 60)], "kind": ["a"] * 50 + ["b"] * 10}, dtype=object
    )
    result, synthetic = run(table, plan())
    real = table["x"].astype(float)[50:]
    new = result["x"].astype(float)[60:]
    assert len(new) == 40 and real.min() <= new.min() and new.max() <= real.max()
    assert not set(new) & set(real) and synthetic.warnings == []


@pytest.mark.parametrize(("rare", "warning"), [(1, "single row"), (3, "2 neighbours were used instead of 5")])
def test_smote_warns_of_classes_that_are_too_small(rare: int, warning: str) -> None:
    _, synthetic = run(shop(rare=rare), plan())
    assert len(synthetic.labels) == 40 - rare
    assert len(synthetic.warnings) == 1 and "class rare" in synthetic.warnings[0] and warning in synthetic.warnings[0]


def test_a_table_of_categories_alone() -> None:
    table = shop()[["country", "kind"]]
    result, _ = run(table, plan())
    assert len(result) == 80 and set(result["country"]) == {"DE", "IT"}


def test_the_generator_learns_the_rare_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balance_table, "GENERATOR_STEPS", 25)
    seen = []
    features = features_of(as_upload(shop(80, 30)), plan(method="gan"))
    needed = rows_needed(features.labels, 1.0)
    synthetic = balance_table.generate(features, needed, 0, lambda done, message: seen.append(done))
    again = balance_table.generate(features, needed, 0, lambda done, message: None)
    assert list(synthetic.labels) == ["rare"] * 50 and list(synthetic.table) == ["price", "pieces", "country"]
    assert seen == [0, 20 / 25]
    pd.testing.assert_frame_equal(synthetic.table, again.table)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"label": "colour"}, "no column 'colour'"),
        ({"label": "name"}, "48 values"),
        ({"label": "price"}, "has no label"),
        ({"kinds": {"colour": "number"}}, "no column 'colour'"),
        ({"kinds": {"country": "number"}}, "cannot be a number"),
        ({"kinds": dict.fromkeys(("price", "pieces", "country"), "unused")}, "besides the label"),
        ({"share": 0.1}, "nothing needs to be added"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(changes: dict, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        check_plan(as_upload(shop()), plan(**changes), Limits(classes=10))


def test_a_result_that_is_too_large_is_refused() -> None:
    with pytest.raises(InputError, match="smaller share"):
        check_plan(as_upload(shop()), plan(), Limits(balanced_rows=70))
