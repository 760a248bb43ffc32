"""`makeweight try` understands a table as `makeweight add` does, and learns from the values that were read for that."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from card_sources import small_table, write_pictures
from makeweight.cards import tables
from makeweight.core.errors import InputError
from makeweight.trial.understood import understand

ROWS = 200
ONLY_IN_A_PROJECT = ("text", "image")
"""What `makeweight try` leaves out: the one difference."""
USED = ("numeric", "categorical", "date")


def visits() -> pd.DataFrame:
    """A table with a column of every sort, strange ones among them."""
    numbers = np.arange(ROWS)
    outcome = np.where(np.random.default_rng(0).random(ROWS) < 0.25, "ill", "well")
    return small_table(ROWS).drop(columns="churn").assign(
        visit_id=[f"V{number:05d}" for number in numbers],
        token=[f"t{number * 7919}" for number in numbers],
        patient_id=numbers // 4 + 100,
        hospital=[f"H{number % 25}" for number in numbers],
        day=[f"{1 + number % 28:02d}.{1 + number % 12:02d}.2024" for number in numbers],
        constant="x",
        empty="",
        code=np.where(outcome == "ill", "1", "0"),
        note=[f"seen on day {number} by all" for number in numbers],
        price=[f"{number % 37},50 \N{EURO SIGN}" for number in numbers],
        zip=[f"{number % 40:05d}" for number in numbers],
        gaps=[None if number % 3 else number % 11 for number in numbers],
        mw_split="train",
        outcome=outcome,
    )  # fmt: skip


def semicolons(path: Path) -> None:
    """Decimal commas, an index without a name, and rows without a label."""
    table = visits()
    table.loc[[3, 4], "outcome"] = ""
    table.to_csv(path, sep=";", decimal=",")


def parquet(path: Path) -> None:
    """Types of their own: timestamps, truth values, lists, structs, decimals of a float32."""
    rows = np.arange(ROWS)
    table = visits().assign(
        seen=pd.date_range("2024-01-01", periods=ROWS, freq="7h"),
        yes=rows % 3 == 0,
        tags=[["a", "b"]] * ROWS,
        small=(rows % 17 / 7).astype("float32"),
    )
    table.to_parquet(path)


def pictures(path: Path) -> None:
    """Names of pictures in cells."""
    write_pictures(path.parent, {"p": ROWS}, side=10)
    visits().assign(file=[f"p/{row}.png" for row in range(ROWS)]).to_csv(path, index=False)


def without_names(path: Path) -> None:
    """Its first row is data."""
    path.write_text("".join(f"{row},{row % 7}.5,{'ab'[row % 3 == 0]},{'xyz'[row % 4 // 2]}\n" for row in range(90)))


TABLES = {
    "semicolons.csv": (semicolons, "outcome", None),
    "types.parquet": (parquet, "outcome", None),
    "named_group.jsonl": (lambda path: visits().to_json(path, orient="records", lines=True), "outcome", "hospital"),
    "pictures.csv": (pictures, "outcome", None),
    "obvious.tsv": (lambda path: visits().rename(columns={"outcome": "target"}).to_csv(path, sep="\t"), None, None),
    "no_names.csv": (without_names, "column_4", None),
}


@pytest.mark.parametrize("name", TABLES)
def test_both_doors_give_every_column_the_same_role(name: str, tmp_path: Path) -> None:
    write, label, group = TABLES[name]
    path = tmp_path / name
    write(path)
    tried = understand(path, label, None, group)
    added = tables.look(tables.read(path), label, group, name)
    assert [column.name for column in tried.columns] == [column.name for column in added.columns]
    for one, other in zip(tried.columns, added.columns, strict=True):
        if other.role in ONLY_IN_A_PROJECT:
            assert one.role == "ignored" and "`makeweight add`" in one.why
        else:
            assert (one.role, one.why, one.examples) == (other.role, other.why, other.examples)
    assert list(tried.X) == [
        column.name for column in added.columns if column.role in ("numeric", "categorical", "date")
    ]
    assert tried.categorical == added.named("categorical")
    assert tried.y.value_counts().to_dict() == added.classes
    assert (tried.groups is None) == (not added.named("group"))


def test_the_roles_are_those_that_a_person_would_give(tmp_path: Path) -> None:
    semicolons(tmp_path / "t.csv")
    found = understand(tmp_path / "t.csv", "outcome", None, None)
    roles = {column.name: column.role for column in found.columns[1:]}
    left_out = ("token", "hospital", "constant", "empty", "code", "note", "mw_split")
    assert roles == dict.fromkeys(left_out, "ignored") | dict.fromkeys(("minutes", "price", "gaps"), "numeric") | {
        "plan": "categorical", "zip": "categorical", "day": "date",
        "visit_id": "id", "patient_id": "group", "outcome": "label",
    }  # fmt: skip
    assert len(found.X) == len(found.y) == len(found.groups) == ROWS - 2
    assert found.groups.nunique() == ROWS // 4
    assert found.X["minutes"].tolist() == pytest.approx(small_table(ROWS)["minutes"].drop([3, 4]).tolist())
    assert found.X["zip"].iloc[2] == "00002"


def test_rows_without_a_group_belong_to_none(tmp_path: Path) -> None:
    table = visits().astype({"patient_id": object})
    table.loc[:9, "patient_id"] = None
    table.to_csv(tmp_path / "t.csv", index=False)
    groups = understand(tmp_path / "t.csv", "outcome", None, "patient_id").groups
    assert groups is not None and groups[:10].nunique() == 10


def test_a_group_of_lists_names_the_file(tmp_path: Path) -> None:
    visits().assign(tags=[["a"]] * ROWS).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"t\.parquet: column `tags` holds lists"):
        understand(tmp_path / "t.parquet", "outcome", None, "tags")
