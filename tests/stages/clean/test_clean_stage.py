"""The stage as a whole, on small data sets of every shape."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from clean_project import ROOT, as_ingested, run, write_card, write_params
from PIL import Image

from makeweight.core import params, paths
from makeweight.core.errors import InputError
from makeweight.data import pictures, samples
from makeweight.data.samples import Roles, Samples
from makeweight.stages.clean import __main__ as stage
from makeweight.stages.clean import input_checks

PICTURES = Roles(
    image="image",
    text=("title", "description"),
    numeric=("price", "nodes"),
    categorical=("origin",),
    money={"price": "currency"},
)


SHOP = {
    "rows": "listings",
    "rules": {
        "missing_field": {"columns": ["image", "title"]},
        "price_out_of_range": {"minimum": 0.1, "maximum": 10_000},
        "uninformative_label": {"labels": ["unsorted"]},
    },
}


def png(seed: int, size: int = 40, mode: str = "RGB") -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(noise).resize((size, size), Image.Resampling.NEAREST).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()


def shop(rows: int = 120) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "id": [f"l{row:03}" for row in range(rows)],
            "label": ["boats" if row % 3 else "cups" for row in range(rows)],
            "group": [f"v{row % 7}" for row in range(rows)],
            "image": [png(row) for row in range(rows)],
            "title": [f"thing no. {row}" for row in range(rows)],
            "description": None,
            "price": [f"1.{row:03},50" for row in range(rows)],
            "currency": "USD",
            "nodes": [f"{row + 1000:,}" for row in range(rows)],
            "origin": ["DE", "US"] * (rows // 2),
        }
    )
    table["description"] = table["description"].astype("str")
    return table


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the parameters as they are shipped, and the card of a shop."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    values = params.read_yaml(ROOT / "params.yaml")
    kept = {
        "seed": values["seed"],
        "backend": "local",
        "dataset": "shop",
        "clean": values["clean"],
        "split": values["split"],
    }
    kept["clean"]["money"]["rates"]["USD"] = 0.5
    write_params(kept)
    write_card(SHOP)
    return tmp_path


def test_a_shop_with_damages_is_cleaned_and_every_row_has_its_reason(workplace: Path) -> None:
    table = shop()
    table.loc[0, "image"] = None
    table.loc[1, "image"] = b"<html>moved</html>"
    table.loc[2, "image"] = png(2, size=12)
    table.loc[3, "title"] = "<b>caf&eacute; crÃ¨me no. 3</b>"
    table.loc[4, "price"] = "ask me"
    table.loc[5, "price"] = "99999999"
    table.loc[6, "currency"] = "XXX"
    table.loc[7, ["image", "label"]] = [table.loc[8, "image"], table.loc[8, "label"]]
    table.loc[9, ["image", "label"]] = [table.loc[10, "image"], "cups"]
    table.loc[10, "label"] = "boats"
    table.loc[11, "label"] = "unsorted"
    table.loc[12, "price"] = None
    table.loc[13, "origin"] = " "
    left, dropped, _ = run(table, PICTURES)
    rules = dropped["rule"].to_dict()
    assert rules == {
        "l000": "missing_field",
        "l001": "unreadable_picture",
        "l002": "small_picture",
        "l004": "unreadable_number",
        "l005": "price_out_of_range",
        "l006": "unreadable_number",
        "l008": "exact_duplicate",
        "l009": "label_conflict",
        "l010": "label_conflict",
        "l011": "uninformative_label",
    }
    assert dropped.loc["l008", "copy_of"] == "l007"
    assert dropped.loc["l004", "detail"] == "price: 'ask me' is no number"
    clean = left.table.set_index("id")
    assert clean.loc["l003", "title"] == "café crème no. 3"
    assert clean.loc["l020", "price"] == pytest.approx(1020.5 * 0.5)
    assert np.isnan(clean.loc["l012", "price"])
    assert clean.loc["l020", "nodes"] == 1020.0
    assert pd.isna(clean.loc["l013", "origin"])
    assert left.roles.money == {}
    assert "currency" not in clean
    assert all(
        np.array_equal(pictures.decode(clean.loc[f"l{row:03}", "image"]), pictures.decode(png(row))) for row in (20, 50)
    )
    assert sorted(file.name for file in (paths.PLOTS / "clean").glob("dropped_*.png")) == sorted(
        f"dropped_{rule}.png" for rule in set(rules.values())
    )


def test_the_given_split_of_a_source_comes_through(workplace: Path) -> None:
    table = shop().assign(mw_given_split=["train", "test"] * 60)
    samples.write(as_ingested(table, PICTURES), paths.INGEST / "samples.parquet")
    stage.main()
    cleaned = samples.read(paths.CLEAN / "samples.parquet").table
    assert cleaned["mw_given_split"].tolist() == table.set_index("id").loc[cleaned["id"], "mw_given_split"].tolist()


def test_one_and_two_workers_write_the_same_bytes(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = shop(40)
    monkeypatch.setattr(stage.shards, "ROWS", 16)
    outcomes = []
    for workers in ("1", "2"):
        monkeypatch.setenv("MAKEWEIGHT_THREADS", workers)
        run(table, PICTURES)
        files = sorted([*paths.CLEAN.glob("*"), *(paths.PLOTS / "clean").glob("*")])
        outcomes.append({file.name: file.read_bytes() for file in files})
    assert outcomes[0] == outcomes[1]


def test_a_table_of_numbers_passes_with_the_same_parameters(workplace: Path) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"id": [f"{row:03}" for row in range(60)], "label": ["no"] * 40 + ["yes"] * 20})
    table["glucose"] = rng.normal(120, 30, 60)
    table["pregnancies"] = rng.integers(0, 9, 60)
    table.loc[5, "glucose"] = np.nan
    table.loc[7, ["glucose", "pregnancies"]] = table.loc[6, ["glucose", "pregnancies"]].to_numpy()
    write_card({"rows": "listings"})
    left, dropped, _ = run(table, Roles(numeric=("glucose", "pregnancies")))
    assert dropped["rule"].to_dict() == {"007": "exact_duplicate"}
    assert left.table["pregnancies"].dtype == np.float64
    assert np.isnan(left.table.loc[5, "glucose"])
    assert left.table["mw_cluster"].nunique() == 59


def test_the_card_says_what_labels_mean(workplace: Path) -> None:
    write_card({"label_names": {"0": "well", "1": "ill"}})
    table = pd.DataFrame({"id": [f"{row:02}" for row in range(40)], "label": ["0", "1"] * 20})
    table["glucose"] = np.arange(40)
    left, _, _ = run(table, Roles(numeric=("glucose",)))
    assert left.table["label"].value_counts().to_dict() == {"well": 20, "ill": 20}


def test_a_table_of_texts_passes_with_the_same_parameters(workplace: Path) -> None:
    table = pd.DataFrame(
        {
            "id": [f"{row:02}" for row in range(40)],
            "label": ["a", "b"] * 20,
            "title": [f"word {row}" for row in range(40)],
        }
    )
    write_card({"rows": "listings"})
    table.loc[3, "title"] = "<br/> 12"
    _, dropped, _ = run(table, Roles(text=("title",)))
    assert dropped["rule"].to_dict() == {"03": "empty_text"}


def test_small_classes_can_be_merged(workplace: Path) -> None:
    write_card(SHOP | {"rules": {"small_class": {"min_rows": 50, "action": "merge", "merged_label": "the rest"}}})
    left, dropped, numbers = run(shop(), PICTURES)
    assert len(dropped) == 0
    assert left.table["label"].value_counts().to_dict() == {"boats": 80, "the rest": 40}
    assert numbers["relabelled.small_class"] == 40
    reported = pd.read_parquet(paths.CLEAN / "reported.parquet")
    assert set(reported.loc[reported["rule"] == "small_class", "label"]) == {"cups"}


FOR_LISTINGS = {"for": ["listings"]}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"no_such": FOR_LISTINGS}, "params.yaml: `clean.rules.no_such` is not a rule; rules are "),
        ({"exact_duplicate": {}}, "`clean.rules.exact_duplicate.for` is missing; right would be a list of listings, "),
        ({"exact_duplicate": {"for": ["rows"]}}, "`clean.rules.exact_duplicate.for` is ['rows']"),
        ({"small_picture": FOR_LISTINGS}, "`clean.rules.small_picture.min_edge_pixels` is missing"),
        (
            {"extreme_aspect_ratio": FOR_LISTINGS | {"max_aspect_ratio": "wide"}},
            "`clean.rules.extreme_aspect_ratio.max_aspect_ratio` is 'wide'",
        ),
        (
            {"blank_picture": FOR_LISTINGS | {"min_contrast": 2, "more": 1}},
            "`clean.rules.blank_picture.more` is not a known field",
        ),
        (
            {
                "extreme_aspect_ratio": FOR_LISTINGS | {"max_aspect_ratio": 4},
                "uninformative_label": FOR_LISTINGS | {"labels": ["cups"]},
            },
            "leave 20 of 30 samples and 1 classes, most were dropped by `uninformative_label` (10), which "
            '"rules: {uninformative_label: false}" in datasets/shop.yaml changes; at least two',
        ),
    ],
)
def test_wrong_rules_are_refused_in_one_line(workplace: Path, rules: dict, message: str) -> None:
    values = params.read_yaml(Path("params.yaml"))
    values["clean"]["rules"] = rules
    write_params(values)
    write_card({"rows": "listings"})
    refused(message)


def refused(message: str) -> None:
    samples.write(as_ingested(shop(30), PICTURES), stage.RAW)
    with pytest.raises(InputError) as error:
        stage.main()
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert not paths.CLEAN.exists()


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ({"rules": {"no_such": True}}, "shop.yaml: `rules.no_such` is not a rule; rules are missing_field, "),
        ({"rules": {"series_cap": True}}, "datasets/shop.yaml: `rules.series_cap.columns` is missing"),
        (
            {"rules": {"small_picture": {"edge": 2}}},
            "shop.yaml: `rules.small_picture.edge` is not a known field",
        ),
        (
            {"rules": {"small_class": {"for": ["listings"]}}},
            "shop.yaml: `rules.small_class.for` is not a known",
        ),
        ({"text": {"remove_patterns": ["a(b"]}}, "datasets/shop.yaml: `text.remove_patterns.0`"),
        ({"money": {"currency": 5}}, "datasets/shop.yaml: `money.currency` is 5"),
        ({"money": {"rate": {}}}, "datasets/shop.yaml: `money.rate` is not a known field"),
    ],
)
def test_a_wrong_line_of_a_card_is_refused_by_name(workplace: Path, card: dict, message: str) -> None:
    write_card(SHOP | card)
    refused(message)


def test_an_invalid_pattern_is_refused(workplace: Path) -> None:
    values = params.read_yaml(Path("params.yaml"))
    values["clean"]["text"]["remove_patterns"] = ["a(b"]
    write_params(values)
    refused("params.yaml: `clean.text.remove_patterns.0`")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("image", "picture.png", "column `image` holds a str; right would be encoded bytes"),
        ("title", ["a"], "column `title` holds a list"),
    ],
)
def test_columns_of_a_wrong_type_are_refused(workplace: Path, column: str, value: object, message: str) -> None:
    table = shop(10)
    table[column] = [value] * 10
    with pytest.raises(InputError) as error:
        input_checks.check_columns(Samples(table, PICTURES), stage.RAW)
    assert message in str(error.value)


def test_an_amount_without_its_currency_is_refused(workplace: Path) -> None:
    with pytest.raises(InputError, match="column `currency` is missing"):
        input_checks.check_columns(Samples(shop(10).drop(columns="currency"), PICTURES), stage.RAW)
