"""Each column of a table gets the role that a person would give it, and a reason."""

import numpy as np
import pandas as pd
import pytest

from makeweight.cards.found import Role
from makeweight.cards.roles import describe

ROWS = 300
RANDOM = np.random.default_rng(0)
LABELS = pd.Series(["good"] * 250 + ["bad"] * 50, dtype="str")


def texts(values: object) -> pd.Series:
    return pd.Series(values).astype("str")


COLUMNS: dict[str, tuple[pd.Series, Role]] = {
    "customer_id": (texts([f"C{number:04d}" for number in range(ROWS)]), "id"),
    "amount": (texts(RANDOM.normal(size=ROWS).round(2)), "numeric"),
    "age": (texts(RANDOM.integers(18, 90, ROWS)), "numeric"),
    "paid": (texts(RANDOM.choice(["yes", "no"], ROWS)), "categorical"),
    "patient": (texts(RANDOM.integers(0, 90, ROWS)), "group"),
    "visited": (pd.Series(pd.date_range("2024-01-01", periods=ROWS).strftime("%d.%m.%Y")), "date"),
    "note": (texts([f"seen on day {number} by all" for number in range(ROWS)]), "text"),
    "token": (texts([f"t{number}" for number in range(ROWS)]), "ignored"),
    "empty": (pd.Series([None] * ROWS, dtype="str"), "ignored"),
    "same": (texts(["x"] * ROWS), "ignored"),
    "second_label": (LABELS.map({"good": "1", "bad": "0"}), "ignored"),
    "mw_split": (texts(RANDOM.choice(["a", "b"], ROWS)), "ignored"),
    "city": (texts(RANDOM.choice([f"town{number}" for number in range(80)], ROWS)), "categorical"),
}


@pytest.fixture(scope="module")
def described() -> dict[str, tuple[Role, str]]:
    table = pd.DataFrame({name: cells for name, (cells, _) in COLUMNS.items()}).assign(label=LABELS)
    columns = describe(table, "label", LABELS).columns
    return {column.name: (column.role, column.why) for column in columns}


@pytest.mark.parametrize("name", COLUMNS)
def test_the_role_of_a_column(name: str, described: dict[str, tuple[Role, str]]) -> None:
    role, why = described[name]
    assert role == COLUMNS[name][1], why
    assert why


def test_reasons_say_what_was_seen(described: dict[str, tuple[Role, str]]) -> None:
    assert described["label"] == ("label", "good 250, bad 50")
    assert described["second_label"][1].startswith("each class has one value of it")
    assert described["empty"][1] == "no value in any row"
    assert described["token"][1].endswith("there is an id already")


def test_a_group_that_the_user_names_is_the_only_one() -> None:
    table = pd.DataFrame({"patient": COLUMNS["patient"][0], "city": COLUMNS["city"][0], "label": LABELS})
    columns = describe(table, "label", LABELS, group="city").columns
    assert {column.name: column.role for column in columns} == {"patient": "ignored", "city": "group", "label": "label"}


def test_a_column_without_a_name_and_one_of_lists_are_not_used() -> None:
    table = pd.DataFrame({"index_1": [str(row) for row in range(ROWS)], "tags": [["a"]] * ROWS, "label": LABELS})
    columns = describe(table, "label", LABELS, nameless=["index_1"]).columns
    assert [column.role for column in columns] == ["ignored", "ignored", "label"]
    assert columns[0].why == "it has no name, as an index"
    assert columns[1].why == "no single values: it holds lists"


def test_values_are_handed_out_for_the_columns_that_are_used() -> None:
    table = pd.DataFrame({name: cells for name, (cells, _) in COLUMNS.items()}).assign(label=LABELS)
    found = describe(table, "label", LABELS)
    used = [column.name for column in found.columns if column.role not in ("label", "ignored")]
    assert list(found.readings) == used
    assert found.readings["age"].values.dtype == np.float64
