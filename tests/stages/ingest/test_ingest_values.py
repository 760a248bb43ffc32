"""The stage ingest decides what cells mean, tells every change, and refuses in one line what cannot be right."""

import datetime
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from makeweight.core.errors import InputError
from makeweight.core.params import read_yaml
from makeweight.data import samples
from makeweight.data.card import Card, Columns, Source
from makeweight.data.samples import Samples
from makeweight.data.tables.parquet import read_parquet
from makeweight.stages.ingest import __main__ as ingest
from makeweight.stages.ingest import sources, values

ROOT = Path(__file__).parents[3]
ROWS = 60
RNG = np.random.default_rng(0)
STATES = ["fine", "fine", "broken"] * (ROWS // 3)
WEIGHTS = [f"{value:.2f}" for value in RNG.uniform(1, 9, ROWS)]
WOODS = RNG.choice(["oak", "ash"], ROWS).tolist()
Table = dict[str, list[Any]]
Ingest = Callable[..., Samples]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ingest:
    """Run the stage on a table written as CSV or Parquet; keywords are roles, or fields of the card after `card_`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datasets").mkdir()
    yaml = YAML()
    with (tmp_path / "params.yaml").open("w") as file:
        yaml.dump(read_yaml(ROOT / "params.yaml") | {"dataset": "mine"}, file)

    def run(table: Table, file: str = "a.csv", separator: str = ",", **fields: Any) -> Samples:
        cells = {"state": STATES, "wood": WOODS} | table
        if file.endswith(".parquet"):
            pq.write_table(pa.table(cells), file)
        else:
            pd.DataFrame(cells).to_csv(file, index=False, sep=separator)
        card = {name.removeprefix("card_"): value for name, value in fields.items() if name.startswith("card_")}
        columns = {name: value for name, value in fields.items() if not name.startswith("card_")}
        source = {"kind": "table", "files": [file]} | ({"separator": separator} if separator != "," else {})
        written = {"title": "t", "licence": "l", "source": source, "columns": {"label": "state"} | columns} | card
        with (tmp_path / "datasets" / "mine.yaml").open("w") as stream:
            yaml.dump(written, stream)
        ingest.main()
        return samples.read(tmp_path / "data/ingest/samples.parquet")

    return run


def changed() -> pd.DataFrame:
    return pd.read_parquet("data/ingest/changed.parquet").set_index("column")


def test_a_decimal_comma_is_decided_once_for_the_table_and_told(
    read: Ingest, capsys: pytest.CaptureFixture[str]
) -> None:
    kilograms = [f"{int(value * 1000) / 1000:.3f}".replace(".", ",") for value in RNG.uniform(1, 9, ROWS)]
    centimetres = [f"{value:.1f}".replace(".", ",") for value in RNG.uniform(10, 99, ROWS)]
    table = {"kg": ["2,390", *kilograms[1:]], "cm": centimetres}
    assert read(table, separator=";", numeric=["kg", "cm"]).table["kg"][0] == 2.39
    assert "`kg`" in capsys.readouterr().err
    assert read({"kg": table["kg"]}, numeric=["kg"], card_decimal=",").table["kg"][0] == 2.39
    assert read({"kg": table["kg"]}, numeric=["kg"]).table["kg"][0] == 2390
    loud = capsys.readouterr().err
    assert "2.39" in loud and 'decimal: ","' in loud
    assert "decimal" in changed().loc["kg", "change"]
    formats = {"kg": {"decimal": ","}}
    assert read({"kg": table["kg"]}, numeric=["kg"], card_formats=formats).table["kg"][0] == 2.39
    with pytest.raises(InputError, match="`decimal` is '.' and `source.decimal` ','"):
        source = {"kind": "table", "files": ["a.csv"], "decimal": ","}
        read(table, numeric=["kg"], card_decimal=".", card_source=source)


def test_two_files_with_other_decimal_signs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kg = [f"{value:.3f}" for value in RNG.uniform(1, 9, ROWS)]
    table = pd.DataFrame({"state": STATES, "kg": [*kg[1:], "2.5"], "cm": WEIGHTS})
    table.to_csv("a.csv", index=False)
    table.replace(r"\.", ",", regex=True).to_csv("b.csv", index=False, sep=";")
    source = Source.model_validate({"kind": "table", "files": ["a.csv", "b.csv"]})
    columns = Columns(label="state", numeric=("kg", "cm"))
    card = Card(title="t", licence="l", source=source, columns=columns)
    told = r"mine.yaml: a.csv has '2.5' in column 'kg', but b.csv has '2,5' in column 'kg'; right would be one decimal"
    with pytest.raises(InputError, match=told):
        values.with_values(sources.SOURCES["table"](card, "mine.yaml", None), card, "mine.yaml")


def test_words_for_missing_numbers_are_missing_by_default_and_as_the_card_says(read: Ingest) -> None:
    weights = ["NA", "?", "0", *WEIGHTS[3:]]
    assert read({"kg": weights}, numeric=["kg"]).table["kg"].isna().tolist()[:4] == [True, True, False, False]
    found = read({"kg": weights}, numeric=["kg"], card_missing={"kg": ["NA", "?", 0]}).table["kg"]
    assert found.isna().tolist()[:4] == [True, True, True, False]
    assert changed().loc["kg", "count"] == 3
    found = read({}, categorical=["wood"], card_missing={"wood": ["ash"], "state": ["?"]})
    assert found.table["wood"].isna().sum() == WOODS.count("ash")
    with pytest.raises(InputError, match="`missing.sugar` is no column of the card"):
        read({}, categorical=["wood"], card_missing={"sugar": [0]})


def test_rows_without_a_label_are_left_out_counted_and_listed(read: Ingest, capsys: pytest.CaptureFixture[str]) -> None:
    states = [None if row in (2, 7) else state for row, state in enumerate(STATES)]
    found = read({"state": states, "nr": [f"{ROWS - row:02}" for row in range(ROWS)]}, id="nr", categorical=["wood"])
    assert len(found) == ROWS - 2
    assert "2 of 60 rows have no label in column `state`" in (said := capsys.readouterr().err)
    assert "the first is row 4 of a.csv" in said
    excluded = pd.read_parquet("data/ingest/excluded.parquet")
    assert excluded.to_dict("list") == {
        "url": ["a.csv#4", "a.csv#9"],
        "kind": ["row", "row"],
        "rule": ["no label", "no label"],
    }
    assert read({"state": ["?", *STATES[1:]]}, categorical=["wood"], card_missing={"state": ["?"]}).table.shape[0] == 59


def test_labels_are_one_class_whatever_white_space_and_decimals_they_have(
    read: Ingest, capsys: pytest.CaptureFixture[str]
) -> None:
    states = ["fine ", " fine", "caf\u00e9 &amp; bar", "cafe\u0301 & bar"] * (ROWS // 4)
    assert sorted(read({"state": states}, categorical=["wood"]).table["label"].unique()) == ["caf\u00e9 & bar", "fine"]
    assert "'fine '" in capsys.readouterr().err and "state" in changed().index
    assert set(read({"state": ["0", "0.0", "1"] * 20}, categorical=["wood"]).table["label"]) == {"0", "1"}
    read({"state": ["Fine", "fine", "bad"] * 20}, categorical=["wood"], card_label_names={"fien": "good", "bad": "b"})
    said = capsys.readouterr().err
    assert "'Fine'" in said and "`label_names` has 'fien', which is no label of the data; did you mean 'fine'" in said


def test_the_label_or_a_function_of_it_is_no_feature(read: Ingest) -> None:
    codes = {"fine": "A", "broken": "B"}
    copies = {"code": [codes[state] for state in STATES]}
    with pytest.raises(InputError, match=r"`state` is `columns.label` and stands under `columns.categorical` too"):
        read({}, categorical=["wood", "state"])
    with pytest.raises(InputError, match=r"column `code` is a function of the label `state`"):
        read(copies, categorical=["wood", "code"])
    with pytest.raises(InputError, match=r"column `number` is a function of the label"):
        read({"number": [len(state) for state in STATES]}, numeric=["number"])
    with pytest.raises(InputError, match=r"`columns.fine_label` and stands under `columns.categorical`"):
        read(copies, fine_label="code", categorical=["code"])
    assert "code" in read(copies, categorical=["code"], allow_label_functions=["code"]).table
    with pytest.raises(InputError, match=r"`wood` stands under `columns.text` and `columns.categorical`"):
        read({}, text=["wood"], categorical=["wood"])


def test_a_large_number_with_gaps_keeps_every_digit_as_id_group_and_category(read: Ingest) -> None:
    players = [2**60 + row % 20 for row in range(ROWS)]
    gaps = pa.array([None if row in (3, 5) else player for row, player in enumerate(players)], pa.int64())
    found = read({"player": gaps, "nr": players}, file="a.parquet", group="player", categorical=["player"]).table
    assert found["group"].nunique() == 20 and found["player"].dropna().iloc[0] == str(2**60)
    assert found["group"].isna().sum() == 2


@pytest.mark.parametrize(("column", "word"), [([["a"], ["b"]] * 30, "lists"), ([{"a": 1}, {"a": 2}] * 30, "structs")])
@pytest.mark.parametrize("role", ["numeric", "categorical", "text", "date", "group"])
def test_nested_cells_are_refused_by_name(read: Ingest, column: list, word: str, role: str) -> None:
    with pytest.raises(InputError, match=rf"datasets/mine.yaml: column `tags` holds {word}"):
        read({"tags": column}, file="a.parquet", **{role: "tags" if role == "group" else ["tags"]})


def test_types_of_parquet_are_read_without_a_detour(read: Ingest) -> None:
    table = {
        "price": pa.array([Decimal("12.50"), None] * 30, pa.decimal128(9, 2)),
        "flag": pa.array([True, None, False] * 20),
        "day": pa.array([datetime.date(2024, 1, 1 + row % 28) for row in range(ROWS)]),
        "at": pa.array([datetime.datetime(2024, 1, 1, row % 24) for row in range(ROWS)]),
    }
    found = read(table, file="a.parquet", numeric=["price", "flag"], categorical=["wood"], date=["day", "at"])
    assert found.table["price"].tolist()[0] == 12.5 and np.isnan(found.table["price"][1])
    assert found.table["flag"].fillna(-1).tolist()[:3] == [1, -1, 0]
    assert found.table["day"][2] == datetime.date(2024, 1, 3) and found.table["at"][5].hour == 5
    assert {name: written.resolution for name, written in found.roles.formats.items()} == {
        "day": "1 day",
        "at": "1 hour",
    }


def test_dates_under_numeric_are_read_as_dates_and_told(read: Ingest, capsys: pytest.CaptureFixture[str]) -> None:
    days = [f"{1 + row % 28:02}.{1 + row % 12:02}.2024" for row in range(ROWS)]
    found = read({"day": days}, numeric=["day"])
    assert found.roles.numeric == () and found.roles.date == ("day",) and found.table["day"].tolist() == days
    assert "`day` stands under `numeric` and holds dates" in capsys.readouterr().err
    with pytest.raises(InputError, match=r"column `wood`: 60 cells of 60 cannot be read as numbers"):
        read({}, numeric=["wood"])


def test_cells_that_are_no_numbers_are_told_with_their_row(read: Ingest, capsys: pytest.CaptureFixture[str]) -> None:
    found = read({"kg": [*WEIGHTS[:5], "heavy", *WEIGHTS[6:]]}, numeric=["kg"]).table
    assert np.isnan(found["kg"][5]) and found["mw_unread"].dropna().to_dict() == {5: "kg: 'heavy' is no number"}
    assert "first: row 7 of a.csv" in capsys.readouterr().err


def test_leading_zeros_are_refused_as_numbers_and_kept_as_words(read: Ingest) -> None:
    codes = [f"{2116 + row % 7:05}" for row in range(ROWS)]
    with pytest.raises(InputError, match=r"column `zip`.*02116"):
        read({"zip": codes}, numeric=["zip"])
    assert read({"zip": codes}, categorical=["zip"]).table["zip"].tolist() == codes


def test_words_are_words(read: Ingest) -> None:
    words = ["None", "NA", "true", "null"] * (ROWS // 4)
    found = read({"state": words, "kind": words, "note": words}, categorical=["kind"], allow_label_functions=["kind"])
    assert found.table["kind"].tolist() == words and found.table["label"].tolist() == words


def test_a_feature_with_the_name_of_a_role_keeps_its_cells(read: Ingest, capsys: pytest.CaptureFixture[str]) -> None:
    found = read({"id": WEIGHTS, "label": WOODS}, numeric=["id"], categorical=["label"], card_missing={"id": ["NA"]})
    assert found.table["id_column"].tolist() == [float(weight) for weight in WEIGHTS]
    assert found.table["label_column"].tolist() == WOODS and found.table["label"].tolist() == STATES
    assert "column `id` is a feature and has the name of a role; it is called `id_column`" in capsys.readouterr().err


def test_hundreds_of_columns_are_read_without_a_warning(read: Ingest) -> None:
    genes: Table = {f"ENSG{number:03}.{number % 9}": WEIGHTS for number in range(150)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read(genes, numeric=list(genes), categorical=["wood"])
    assert found.table["ENSG149.5"].tolist() == [float(weight) for weight in WEIGHTS]


def test_a_repeated_id_is_told_with_both_rows_and_the_column(read: Ingest) -> None:
    with pytest.raises(
        InputError, match=r"`id` '7' is in more than one row, row 3 of a.csv and row 9 of a.csv, column `nr`.*group: nr"
    ):
        read({"nr": [7 if row in (1, 7) else 100 + row for row in range(ROWS)]}, id="nr", categorical=["wood"])


def test_a_label_that_repeats_nowhere_is_no_class(read: Ingest) -> None:
    with pytest.raises(InputError, match="column `state` under `columns.label` has 60 different values in 60 rows"):
        read({"state": [row / 7 for row in range(ROWS)]}, categorical=["wood"])


def test_a_mistyped_column_is_told_with_the_nearest_name_and_none_of_ours(read: Ingest) -> None:
    with pytest.raises(InputError, match="did you mean 'wood'") as caught:
        read({}, categorical=["wod"])
    assert "mw_" not in str(caught.value)


@pytest.mark.parametrize("labels", [[0, 1], [0.0, 1.0]])
def test_label_names_may_be_numbers(read: Ingest, labels: list, capsys: pytest.CaptureFixture[str]) -> None:
    read({"state": labels * (ROWS // 2)}, categorical=["wood"], card_label_names={0: "well", 1: "ill"})
    assert "label_names" not in capsys.readouterr().err


def test_timestamps_beyond_nanoseconds_are_dates(read: Ingest) -> None:
    days = [datetime.datetime(1500 + row, 1, 1) for row in range(ROWS)]
    found = read({"day": days}, file="a.parquet", date=["day"], categorical=["wood"])
    assert [day.year for day in found.table["day"]] == [1500 + row for row in range(ROWS)]


def test_numbers_under_date_are_refused_with_both_remedies(read: Ingest) -> None:
    with pytest.raises(InputError, match="dates such as.*they are numbers.*under `numeric`"):
        read({"day": [43831 + row for row in range(ROWS)]}, date=["day"], categorical=["wood"])


def test_an_index_that_pandas_wrote_as_a_range_is_a_column(tmp_path: Path) -> None:
    index = pd.RangeIndex(10, 40, 10, name="nr")
    pd.DataFrame({"weight": [1.5, 2.5, 3.5]}, index=index).to_parquet(tmp_path / "a.parquet")
    assert read_parquet(tmp_path / "a.parquet")["nr"].tolist() == [10, 20, 30]


def test_words_under_numeric_are_categories(read: Ingest) -> None:
    answers = ["Yes", "No", "Don't know"] * (ROWS // 3)
    right = (
        """words such as 'Yes', 'No', "Don't know" are categories: name the column under `categorical` in the card"""
    )
    with pytest.raises(InputError, match=right):
        read({"answer": answers}, numeric=["answer"])
    assert read({"answer": answers}, categorical=["answer"]).table["answer"].tolist() == answers


def test_an_empty_currency_stays_where_amounts_need_it(read: Ingest) -> None:
    table = {"price": WEIGHTS, "coin": [None] * ROWS, "gone": [None] * ROWS}
    found = read(table, numeric=["price", "gone"], categorical=["coin"], money={"price": "coin"})
    assert found.roles.money == {"price": "coin"} and found.roles.categorical == ()
    assert found.roles.numeric == ("price",) and "gone" not in found.table and found.table["coin"].isna().all()
