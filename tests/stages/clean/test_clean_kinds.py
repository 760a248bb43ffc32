"""Tables and pictures of observations keep every row that can be used, with the parameters as they are shipped."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from clean_project import ROOT, run, write_card, write_params
from PIL import Image
from sklearn.datasets import load_digits

from makeweight.core import params, paths
from makeweight.core.errors import InputError
from makeweight.data import mapped, samples
from makeweight.data.samples import Roles, Samples
from makeweight.data.values import DateFormat
from makeweight.stages.clean import __main__ as stage
from makeweight.stages.split import __main__ as split_stage

GERMAN = ["ein altes", "das kleine", "unser schoenes", "dein neues"]


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the parameters as they are shipped, and a card that says nothing but the label."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    values = params.read_yaml(ROOT / "params.yaml")
    write_params({name: values[name] for name in ("seed", "backend", "clean", "split")} | {"dataset": "shop"})
    write_card({})
    return tmp_path


def table_of(rows: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"id": [f"r{row:05}" for row in range(rows)], **columns})


def split_sizes(roles: Roles, cleaned: Samples) -> pd.DataFrame:
    config = params.load(split_stage.Params, "split")
    table = split_stage.split(cleaned, config, 0).table
    return pd.crosstab(table["label"], table["mw_split"])


def test_equal_answers_of_a_survey_are_different_people() -> None:
    rng = np.random.default_rng(0)
    answers = {name: rng.choice(["yes", "no", "unsure"], 900) for name in ("sport", "smoker", "tea")}
    table = table_of(900, label=rng.choice(["ill", "well"], 900, p=[0.2, 0.8]), **answers)
    left, dropped, numbers = run(table, Roles(categorical=tuple(answers)))
    assert len(left) == 900 and len(dropped) == 0
    assert left.table["mw_cluster"].nunique() == 900
    assert [name for name in numbers if name.startswith("dropped.")] == ["dropped.small_class"]


def test_titanic_keeps_its_passengers_and_a_split_has_units_of_every_class() -> None:
    rng = np.random.default_rng(1)
    columns = {
        "class": rng.choice(["1st", "2nd", "3rd", "crew"], 2201),
        "sex": rng.choice(["male", "female"], 2201),
        "age": rng.choice(["adult", "child"], 2201),
    }
    table = table_of(2201, label=rng.choice(["yes", "no"], 2201), **columns)
    left, _, _ = run(table, Roles(categorical=tuple(columns)))
    assert len(left) == 2201
    assert split_sizes(Roles(), left).to_numpy().min() > 150


@pytest.mark.parametrize("title", [False, True])
def test_readings_of_eight_machines_stay_and_each_machine_is_in_one_split(title: bool) -> None:
    rng = np.random.default_rng(2)
    table = table_of(800, label=rng.choice(["fine", "faulty"], 800, p=[0.9, 0.1]), temperature=rng.normal(60, 5, 800))
    table["group"] = [f"machine {row % 8}" for row in range(800)]
    table["title"] = "a reading"
    left, _, _ = run(table, Roles(numeric=("temperature",), text=("title",) if title else ()))
    assert len(left) == 800
    result = split_stage.split(left, params.load(split_stage.Params, "split"), 0).table
    assert (result.groupby("group")["mw_split"].nunique() == 1).all()
    units = result.groupby(["label", "mw_split"])["group"].nunique()
    assert units.min() >= 2 and len(units) == 6


@pytest.mark.parametrize("column", ["title", "description", "text"])
def test_german_texts_and_repeated_titles_of_observations_stay(column: str) -> None:
    rng = np.random.default_rng(3)
    words = " und das ist hier ein laengerer Satz in deutscher Sprache, der auch das Wort <neu> enthaelt"
    table = table_of(1000, label=rng.choice(["gut", "schlecht"], 1000), **{column: rng.choice(GERMAN, 1000) + words})
    left, _, _ = run(table, Roles(text=(column,)))
    assert left.table[column].tolist() == table[column].tolist()


@pytest.mark.parametrize("title", ["same", "repeated", "missing"])
def test_a_column_named_title_is_like_any_other(title: str) -> None:
    rng = np.random.default_rng(4)
    table = table_of(1000, label=rng.choice(["a", "b"], 1000), x=rng.normal(size=1000))
    titles = {"same": ["Mr"] * 1000, "repeated": rng.choice(["Mr", "Ms", "Dr"], 1000), "missing": [None] * 1000}[title]
    table["title"] = pd.Series(titles, dtype="str")
    left, _, _ = run(table, Roles(numeric=("x",), categorical=("title",)))
    assert len(left) == 1000
    units = split_stage.split(left, params.load(split_stage.Params, "split"), 0).table["mw_unit"]
    assert units.nunique() == 1000


def test_rare_classes_stay_and_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(5)
    labels = np.array(["fraud"] * 33 + ["legitimate"] * 961 + ["chargeback"] * 6)
    left, _, numbers = run(table_of(1000, label=labels, x=rng.normal(size=1000)), Roles(numeric=("x",)))
    assert numbers["samples_out"] == 1000 and numbers["classes_dropped"] == 0
    assert split_sizes(Roles(), left).to_numpy().min() >= 2
    assert "classes of fewer than 40 rows stay: chargeback (6), fraud (33)" in capsys.readouterr().err


def test_a_class_that_cannot_be_split_is_named_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    labels = ["a"] * 50 + ["b"] * 40 + ["c"] * 5
    left, dropped, numbers = run(table_of(95, label=labels, x=np.arange(95.0)), Roles(numeric=("x",)))
    assert dropped["rule"].tolist() == ["small_class"] * 5
    assert numbers["classes_dropped"] == 1 and len(left) == 90
    told = capsys.readouterr().err
    assert "small_class drops classes that have fewer than the 6 rows of its `min_rows`: c (5 rows in 5 units)" in told
    assert (
        'small_class took 5 rows; "rules: {small_class: {min_rows: 3}}" in' in told
        and "gone are the classes c (5)" in told
    )


def test_few_groups_that_hold_every_class_stay_and_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Four sites with both classes: two splits have a single site, and no row goes."""
    table = table_of(400, label=["a", "b"] * 200, x=np.arange(400.0), group=np.repeat(["n", "e", "s", "w"], 100))
    left, _, _ = run(table, Roles(numeric=("x",)))
    assert len(left) == 400
    assert (
        "classes of fewer than 6 units (groups, or copies of a picture) stay: a (4), b (4)" in capsys.readouterr().err
    )
    assert split_sizes(Roles(), left).to_numpy().min() >= 50


@pytest.mark.parametrize("rows", ["observations", "listings"])
def test_a_class_named_other_stays(rows: str) -> None:
    write_card({"rows": rows})
    labels = ["other"] * 30 + ["miscellaneous"] * 30 + ["boats"] * 30
    left, _, _ = run(table_of(90, label=labels, x=np.arange(90.0)), Roles(numeric=("x",)))
    assert left.table["label"].value_counts().to_dict() == {"other": 30, "miscellaneous": 30, "boats": 30}


@pytest.mark.parametrize("rows", ["observations", "listings"])
@pytest.mark.parametrize("currency", ["SEK", "nok ", "EUR"])
def test_prices_in_one_currency_need_no_rate(rows: str, currency: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_card({"rows": rows})
    table = table_of(80, label=["a", "b"] * 40, price=np.arange(80) * 1000.0 + 5, currency=currency)
    left, _, _ = run(table, Roles(numeric=("price",), money={"price": "currency"}))
    assert left.table["price"].tolist() == table["price"].tolist()
    told = f"price: all amounts are in {currency.strip().upper()} and stay in it" in capsys.readouterr().err
    assert told == (currency != "EUR")


def test_a_card_sets_its_currency_and_rates() -> None:
    table = table_of(80, label=["a", "b"] * 40, price=100.0, currency=["SEK", "EUR", "SEK", "NOK"] * 20)
    table["price"] += np.arange(80)
    roles = Roles(numeric=("price",), money={"price": "currency"})
    write_card({"money": {"currency": "SEK", "rates": {"EUR": 11.0, "NOK": 1.0}}})
    left, _, _ = run(table, roles)
    factor = table["currency"].map({"SEK": 1.0, "EUR": 11.0, "NOK": 1.0})
    assert left.table["price"].tolist() == pytest.approx((table["price"] * factor).tolist())
    write_card({"money": {"rates": {"SEK": 0.1, "NOK": 0.1}}})
    left, _, _ = run(table, roles)
    factor = table["currency"].map({"SEK": 0.1, "EUR": 1.0, "NOK": 0.1})
    assert left.table["price"].tolist() == pytest.approx((table["price"] * factor).tolist())


def test_a_currency_without_a_rate_is_missing_in_a_few_rows_and_refused_in_most() -> None:
    table = table_of(80, label=["a", "b"] * 40, price=np.arange(80.0), currency=["EUR"] * 70 + ["SEK"] * 10)
    roles = Roles(numeric=("price",), money={"price": "currency"})
    left, _, _ = run(table, roles)
    assert len(left) == 80 and left.table["price"].isna().sum() == 10
    write_card({"rows": "listings"})
    left, dropped, _ = run(table, roles)
    assert len(left) == 70 and set(dropped["rule"]) == {"unreadable_number"}
    table["currency"] = ["EUR"] * 10 + ["SEK"] * 70
    with pytest.raises(InputError, match=r"70 of 80 amounts in `price` have no rate, most of them in SEK; give `money"):
        run(table, roles)


def test_an_amount_without_a_currency_beside_several_is_missing() -> None:
    table = table_of(80, label=["a", "b"] * 40, price=np.arange(80.0), currency=["EUR", "USD"] * 39 + ["", None])
    write_card({"rows": "listings"})
    left, dropped, _ = run(table, Roles(numeric=("price",), money={"price": "currency"}))
    assert len(left) == 78
    assert dropped["detail"].to_dict() == dict.fromkeys(["r00078", "r00079"], "price: no currency beside the amount")


@pytest.mark.parametrize("kind", ["observations", "listings"])
def test_columns_in_files_give_the_same_bytes(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(3)
    table = table_of(
        300,
        label=rng.choice(["a", "b", "c"], 300, p=[0.6, 0.39, 0.01]),
        price=np.where(rng.random(300) < 0.1, np.nan, rng.integers(0, 30, 300) / 4),
        currency=rng.choice(["EUR", "USD"], 300),
        wood=pd.Series(rng.choice(["elm", "ash &amp; oak", " fir  tree", ""], 300), dtype="str"),
        day=pd.Series(rng.choice(["2026-01-01", "2026-02-01", None], 300), dtype="str"),
    )
    table = table.sample(frac=1, random_state=1, ignore_index=True)
    formats = {"day": DateFormat("%Y-%m-%d")}
    roles = Roles(
        numeric=("price",), categorical=("wood",), date=("day",), formats=formats, money={"price": "currency"}
    )
    write_card({"rows": kind, "rules": {"exact_duplicate": True, "missing_field": {"columns": ["wood"]}}})
    monkeypatch.setattr(samples, "PART_ROWS", 64)
    told = []
    for least in (1 << 24, 1):
        monkeypatch.setattr(mapped, "LEAST_BYTES", least)
        run(table, roles)
        written = [paths.METRICS / "clean.json", *paths.CLEAN.glob("*"), *(paths.PLOTS / "clean").glob("*")]
        told.append(({file.name: file.read_bytes() for file in written}, capsys.readouterr().err))
    assert told[0] == told[1]


def test_rules_of_the_card_run_on_observations_too(capsys: pytest.CaptureFixture[str]) -> None:
    write_card({"rules": {"exact_duplicate": True, "series_cap": {"columns": ["group", "place"], "max_rows": 2}}})
    table = table_of(100, label=["a", "b"] * 50, x=np.repeat(np.arange(50.0), 2), group="g")
    table["label"] = np.repeat(["a", "b"], 50)
    table["group"] = [f"g{row % 20}" for row in range(100)]
    _, dropped, _ = run(table, Roles(numeric=("x",)))
    assert set(dropped["rule"]) == {"exact_duplicate"} and len(dropped) == 50
    told = capsys.readouterr().err
    assert "off, for the data lack what these rules look at: series_cap (no column place)" in told
    assert '"rules: {exact_duplicate: false}" in datasets/shop.yaml keeps them' in told
    assert "ATTENTION: 50 of 100 rows (50%) are gone, most by exact_duplicate (50)" in told


def test_a_card_switches_a_rule_of_listings_off() -> None:
    table = table_of(100, label=np.repeat(["a", "b"], 50), x=np.repeat(np.arange(50.0), 2))
    write_card({"rows": "listings"})
    assert len(run(table, Roles(numeric=("x",)))[0]) == 50
    write_card({"rows": "listings", "rules": {"exact_duplicate": False, "near_duplicate": False}})
    assert len(run(table, Roles(numeric=("x",)))[0]) == 100


def png(pixels: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def digits() -> pd.DataFrame:
    found = load_digits()
    pictures = [png((image * 15.9).astype(np.uint8)) for image in found.images]
    return table_of(len(pictures), label=[str(label) for label in found.target], image=pictures)


def test_eight_by_eight_digits_all_stay_and_the_two_rarest_too() -> None:
    table = digits()
    rare = table["label"].isin(["8", "9"]) & (table.groupby("label").cumcount() >= 8)
    left, dropped, _ = run(table[~rare].reset_index(drop=True), Roles(image="image"))
    assert len(dropped) == 0
    assert left.table["label"].nunique() == 10
    assert split_sizes(Roles(), left).to_numpy().min() >= 2


def test_pictures_that_all_look_alike_do_not_become_one_unit(capsys: pytest.CaptureFixture[str]) -> None:
    """Frames of one camera: a near copy ties only as long as a class can still be split."""
    rng = np.random.default_rng(6)
    scenes = {label: rng.integers(0, 256, (32, 32, 3)) for label in ("day", "night")}
    pictures = [
        png(np.clip(scenes[label] + rng.normal(0, 2, (32, 32, 3)), 0, 255).astype(np.uint8))
        for label in ("day", "night")
        for _ in range(40)
    ]
    table = table_of(80, label=np.repeat(["day", "night"], 40), image=pictures)
    left, dropped, _ = run(table, Roles(image="image"))
    assert len(left) == 80 and len(dropped) == 0
    assert "look so alike" in capsys.readouterr().err
    assert split_sizes(Roles(), left).to_numpy().min() >= 2


def test_copies_of_labelled_pictures_stay_in_one_split_and_two_labels_are_reported() -> None:
    rng = np.random.default_rng(7)
    pictures = [png(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)) for _ in range(60)]
    pictures[1], pictures[40] = pictures[0], pictures[2]
    table = table_of(60, label=np.repeat(["a", "b"], 30), image=pictures)
    left, dropped, numbers = run(table, Roles(image="image"))
    assert len(dropped) == 0 and numbers["reported.picture_under_two_labels"] == 2
    clusters = left.table.set_index("id")["mw_cluster"]
    assert clusters["r00000"] == clusters["r00001"] and clusters["r00002"] == clusters["r00040"]
    assert clusters.nunique() == 58
    reported = pd.read_parquet(paths.CLEAN / "reported.parquet").set_index("id")
    assert reported["detail"].to_dict() == {"r00002": "a / b", "r00040": "a / b"}
    write_card({"rules": {"picture_under_two_labels": {"action": "drop"}}})
    assert run(table, Roles(image="image"))[1].index.tolist() == ["r00002", "r00040"]


def test_no_picture_at_all_is_one_clear_line() -> None:
    table = table_of(12, label=["a", "b"] * 6, image=pd.Series([None] * 11 + [b"<html>"], dtype=object))
    with pytest.raises(InputError) as error:
        run(table, Roles(image="image"))
    assert "none of the 12 samples has a picture (11 have no file; 1 cannot be read, the first because: " in str(
        error.value
    )
    assert "\n" not in str(error.value)


def test_pictures_that_are_missing_or_unreadable_go_and_small_or_blank_ones_stay() -> None:
    rng = np.random.default_rng(8)
    pictures: list[bytes | None] = [png(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)) for _ in range(40)]
    pictures[0], pictures[1] = None, b"no picture"
    pictures[2], pictures[3] = png(rng.integers(0, 256, (8, 8), dtype=np.uint8)), png(np.zeros((24, 24), np.uint8))
    table = table_of(40, label=["a", "b"] * 20, image=pd.Series(pictures, dtype=object))
    _, dropped, _ = run(table, Roles(image="image"))
    assert dropped["rule"].to_dict() == {"r00000": "missing_picture", "r00001": "unreadable_picture"}


def test_every_changed_text_of_a_listing_is_counted_with_examples_and_a_remedy() -> None:
    write_card({"rows": "listings"})
    titles = [f"thing {row} of the shop" for row in range(60)]
    titles[0], titles[1], titles[2] = "<b>bold</b> thing", "see www.shop.example now", "two  spaces"
    titles[3] = "a <neu> thing with “quotes”"
    table = table_of(60, label=["a", "b"] * 30, title=titles)
    left, _, numbers = run(table, Roles(text=("title",)))
    assert left.table["title"].tolist()[:4] == ["bold thing", "see now", "two spaces", titles[3]]
    assert numbers["changed.title"] == 3
    changed = pd.read_parquet(paths.CLEAN / "changed.parquet").set_index("change")
    assert changed.loc["text: markup", "remedy"] == "text: {remove_markup: false}"
    assert changed["count"].to_dict() == {"text: markup": 1, "text: addresses": 1, "text: white space": 1}


def test_the_parameters_of_the_repository_name_every_rule_with_a_kind() -> None:
    config = params.check(stage.Params, params.read_yaml(ROOT / "params.yaml")["clean"], params.FILE)
    assert {"unreadable_picture", "small_class"} <= {
        name for name, section in config.rules.items() if "observations" in section["for"]
    }
