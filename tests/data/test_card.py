"""A data set card says what the data is; a wrong card is refused with its file and field."""

from pathlib import Path

import pytest

from makeweight.core.errors import InputError
from makeweight.data import card

CARD = """
title: Stamps
licence: CC0
source:
  kind: table
  path: stamps.csv
columns:
  label: country
  image: scan
  text:
  - note
  numeric:
  - price
  money:
    price: currency
missing:
  price:
  - 0
  - n/a
"""


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("dataset: stamps\n")
    folder = tmp_path / "datasets"
    folder.mkdir()
    (folder / "stamps.yaml").write_text(CARD)
    return folder


def test_the_chosen_card_and_its_roles(datasets: Path) -> None:
    chosen = card.chosen()
    assert chosen.source.kind == "table"
    assert chosen.source.options == {"path": "stamps.csv"}
    assert chosen.missing == {"price": [0, "n/a"]}
    roles = chosen.columns.roles
    assert roles.image == "image"
    assert roles.features == ("image", "note", "price")
    assert roles.modalities == ("image", "tabular", "text")
    assert roles.money == {"price": "currency"}


def test_an_unknown_data_set_is_refused_with_the_known_ones(datasets: Path) -> None:
    with pytest.raises(InputError, match=r"`dataset` is 'coins', but there is no datasets/coins.yaml; .*: stamps$"):
        card.load("coins")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("title: Stamps", "", "`title` is missing"),
        ("  label: country\n", "", "`columns.label` is missing"),
        ("  image: scan", "  picture: scan", "`columns.picture` is not a known field"),
        ("  kind: table\n", "", "`source.kind` is missing"),
        ("  numeric:\n  - price", "  numeric: price", "`columns.numeric` is 'price'"),
    ],
)
def test_a_wrong_card_is_refused_with_the_field(datasets: Path, old: str, new: str, expected: str) -> None:
    (datasets / "stamps.yaml").write_text(CARD.replace(old, new))
    with pytest.raises(InputError) as raised:
        card.chosen()
    assert str(raised.value).startswith("datasets/stamps.yaml: ")
    assert expected in str(raised.value)


def test_every_card_that_ships_is_valid() -> None:
    shipped = sorted((Path(__file__).parents[2] / "datasets").glob("*.yaml"))
    assert shipped
    for path in shipped:
        card.params.check(card.Card, card.params.read_yaml(path), path)


def test_label_names_meet_labels_however_a_number_or_truth_value_is_written(datasets: Path) -> None:
    names = "label_names:\n  0: no\n  2: 7\n  true: good\n  a.0: b\n"
    (datasets / "stamps.yaml").write_text(CARD + names)
    found = card.load("stamps").names_of(["0.0", "2", "TRUE", "a.0", "a"])
    assert found == {"0.0": "no", "2": "7", "TRUE": "good", "a.0": "b"}
