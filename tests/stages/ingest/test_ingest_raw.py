"""Columns get the names of their roles, vendors get pseudonyms, and tables about the source are written beside it."""

import json
from pathlib import Path
from typing import Any

import loopback
import pandas as pd
import pytest

from makeweight.core.errors import InputError
from makeweight.data import card, samples
from makeweight.data.card import Columns
from makeweight.data.samples import Roles, Samples
from makeweight.stages.ingest import __main__ as ingest
from makeweight.stages.ingest import raw, sources
from makeweight.stages.ingest.crawl import source
from makeweight.stages.ingest.crawl.site import Site

ROOT = Path(__file__).parents[3]


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sku": ["b", "a"],
            "sort": [1.0, 2.0],
            "seller": ["Ann", None],
            "price": [2, 1],
            "coin": ["EUR", "USD"],
            "x": 0,
        }
    )


def test_columns_are_named_by_role_and_others_are_dropped() -> None:
    columns = Columns(id="sku", label="sort", group="seller", numeric=("price",), money={"price": "coin"})
    found = raw.as_samples(table(), columns, "card")
    assert found.table.drop(columns="group").to_dict("list") == {
        "id": ["a", "b"],
        "label": ["2", "1"],
        "price": [1, 2],
        "coin": ["USD", "EUR"],
    }
    assert found.table["group"].isna().tolist() == [True, False]
    assert found.roles.money == {"price": "coin"}


def test_a_column_may_be_a_role_and_a_feature() -> None:
    found = raw.as_samples(table(), Columns(label="sort", group="coin", categorical=("coin",)), "card").table
    assert found["group"].tolist() == found["coin"].tolist() == ["EUR", "USD"]


def test_a_feature_with_the_name_of_a_role_comes_through_under_another() -> None:
    renamed = table().rename(columns={"price": "id", "coin": "group"})
    columns = Columns(label="sort", numeric=("id",), categorical=("group",))
    found = raw.as_samples(renamed, columns, "card")
    assert found.roles.numeric == ("id_column",) and found.roles.categorical == ("group_column",)
    assert found.table["id_column"].tolist() == renamed["id"].tolist()
    assert found.table["group_column"].tolist() == renamed["group"].tolist()
    assert ["`id_column`" in raw.renamed_notes(columns)[0], len(raw.renamed_notes(columns))] == [True, 2]


def test_pseudonyms_hide_the_name_but_not_who_is_the_same() -> None:
    names = pd.DataFrame({"id": list("abcd"), "label": "x", "group": ["Ann", "Bob", "Ann", None]})
    samples = Samples(names, Roles())
    hidden = raw.with_pseudonyms(samples, "key").table["group"]
    assert hidden[0] == hidden[2] != hidden[1] and pd.isna(hidden[3])
    assert "Ann" not in hidden[0] and len(hidden[0]) == 17
    assert raw.with_pseudonyms(samples, "other key").table["group"][0] != hidden[0]


@pytest.mark.parametrize(("labels", "message"), [(["x", "x"], "only one, 'x'"), ([None, None], "has none")])
def test_a_single_class_is_refused(labels: list[Any], message: str) -> None:
    one = Samples(pd.DataFrame({"id": ["a", "b"], "label": labels}), Roles())
    with pytest.raises(InputError, match=message):
        raw.check_labels(one, "datasets/x.yaml")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datasets").mkdir()
    text = (ROOT / "params.yaml").read_text().replace("dataset: openclipart", "dataset: mine")
    (tmp_path / "params.yaml").write_text(text)
    return tmp_path


CARD = "title: t\nlicence: l\nsource: {kind: table, files: [a.csv]}\ncolumns: {id: sku, label: kind, group: seller}\n"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,x,Ann\na,y,Bob\n", "`id` 'a' is in more than one row"),
        ("a,,Ann\nb,,Bob\n", "no row has a label in column 'kind'"),
        (",x,Ann\nb,y,Bob\n", r"row 2 of a.csv has no id in column `sku` \(1 in all\)"),
        ("a,x,Ann\nb,x,Bob\n", "needs at least two classes"),
    ],
)
def test_bad_rows_stop_the_stage_before_anything_is_written(stage: Path, rows: str, message: str) -> None:
    (stage / "datasets" / "mine.yaml").write_text(CARD)
    (stage / "a.csv").write_text(f"sku,kind,seller\n{rows}")
    with pytest.raises(InputError, match=message):
        ingest.main()
    assert not (stage / "data").exists() and not (stage / "metrics").exists()


def test_the_stage_hides_vendors_as_the_parameter_says(stage: Path) -> None:
    (stage / "datasets" / "mine.yaml").write_text(CARD)
    (stage / "a.csv").write_text("sku,kind,seller\na,x,Ann\nb,y,Bob\n")
    ingest.main()
    hidden = pd.read_parquet(stage / "data/ingest/samples.parquet")["group"]
    assert hidden.str.fullmatch("v[0-9a-f]{16}").all()
    params = (stage / "params.yaml").read_text()
    (stage / "params.yaml").write_text(params.replace("pseudonymise_vendors: true", "pseudonymise_vendors: false"))
    ingest.main()
    assert pd.read_parquet(stage / "data/ingest/samples.parquet")["group"].tolist() == ["Ann", "Bob"]
    assert json.loads((stage / "metrics/ingest.json").read_text()) == {
        "excluded": 0,
        "failures": 0,
        "images": 0,
        "samples": 2,
    }


def test_an_empty_column_is_reported(stage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (stage / "datasets" / "mine.yaml").write_text(CARD.replace("group: seller", "text: [title, note]"))
    (stage / "a.csv").write_text("sku,kind,title,note\na,x,Ann,\nb,y,,\n")
    ingest.main()
    lines = [line for line in capsys.readouterr().err.splitlines() if "empty" in line]
    assert lines == [
        "ingest: column `note` is empty in all of them; is its place in datasets/mine.yaml right? It is set aside: no "
        "later stage uses it, and synthetic rows lack it"
    ]
    found = samples.read(stage / "data/ingest/samples.parquet")
    assert found.roles.text == ("title",) and "note" not in found.table
    changed = pd.read_parquet(stage / "data/ingest/changed.parquet").set_index("column")
    assert changed.loc["note", ["change", "count"]].tolist() == ["empty in all rows, set aside", 2]
    assert "note,unused" in (stage / "plots/ingest/columns.csv").read_text()


def test_empty_cells_of_numbers_and_dates_are_counted_in_one_line(
    stage: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = "text: [note], numeric: [size, weight, age, gone], date: [day]"
    (stage / "datasets" / "mine.yaml").write_text(CARD.replace("group: seller", columns))
    rows = "a,x,,1.5,,3,,2024-01-31\nb,y,,NA,,4,,\nc,y,t, ,7,5,,2024-02-03\n"
    (stage / "a.csv").write_text(f"sku,kind,note,size,weight,age,gone,day\n{rows}")
    ingest.main()
    found = [line for line in capsys.readouterr().err.splitlines() if "empty cells" in line]
    assert found == ["ingest: empty cells: size 1, weight 2, day 1"]


def test_a_table_whose_features_are_all_empty_is_refused(stage: Path) -> None:
    (stage / "datasets" / "mine.yaml").write_text(CARD.replace("group: seller", "numeric: [size, weight]"))
    (stage / "a.csv").write_text("sku,kind,size,weight\na,x,NA,\nb,y,NA,\n")
    with pytest.raises(InputError, match="no feature has a value in any row: `size`, `weight`; right would be"):
        ingest.main()


def test_the_shop_is_crawled_as_its_card_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first 420 URLs of the built-in shop, compared with its ground truth."""
    shop = card.load("openclipart")
    site = sources.options(Site, shop, "openclipart")
    limits = loopback.LIMITS.model_copy(update={"max_urls": 420, "timeout_seconds": 30.0})
    settings = loopback.SETTINGS.model_copy(update={"limits": limits})
    monkeypatch.chdir(tmp_path)
    found = source.read(site, shop, "openclipart", settings, 20, truth=tmp_path / "truth.parquet")
    truth = pd.read_parquet(tmp_path / "truth.parquet").set_index("sku")
    rows = found.samples.table.set_index("id")
    assert 50 < len(rows) < 420
    expected = truth.loc[rows.index]
    sound = expected["damage"].isna()
    assert rows["group"].tolist() == expected["vendor"].tolist()
    assert rows["currency"].tolist() == expected["currency"].tolist()
    assert (rows["label"] == expected["true_macro"])[sound].all()
    assert found.provenance["url"].str.startswith("http://shop.example/").all()
    assert rows[["title", "price", "crypto_price", "origin", "destination", "nodes"]][sound].notna().all(axis=None)


def test_our_own_columns_are_not_said_to_be_unused() -> None:
    columns = Columns(label="kind", numeric=("price",), date=("sold",))
    names = ["kind", "price", "sold", "note", "mw_place"]
    assert raw.unused_columns(names, columns) == ("note",)


def test_places_are_files_in_order_and_rows() -> None:
    places = pd.Series(["b.csv#2", "b.csv#10", "a#1\n.csv#3", "b.csv#1"], dtype="str")
    names, files, rows = raw.files_and_rows(places)
    assert names == ["a#1\n.csv", "b.csv"]
    assert files.tolist() == [1, 1, 0, 1] and rows.tolist() == [2, 10, 3, 1]
    names, files, rows = raw.files_and_rows(places.iloc[:0])
    assert (names, files.tolist(), rows.tolist()) == ([], [], [])
