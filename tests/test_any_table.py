"""A table written in any dialect comes through the card and the application with its values, or is told in one line."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from makeweight.app import columns, csv_table
from makeweight.app.limits import Limits
from makeweight.core.errors import InputError
from makeweight.data.card import Card, Columns, Source
from makeweight.stages.ingest import sources, values

EXAMPLES = 150
"""Tables per run of the suite; seeds are fixed, so that every run tries the same ones."""
NAMES = (
    "weight",
    "Länge (cm)",
    "a.b",
    "seed",
    "fold",
    "model",
    "x/y",
    "Unnamed",
    "price in €",
    "index",
    "split",
    "group",
)
WORDS = ("oak", "NA", "None", "007", "Arts & Crafts", "«ash»", "yes", "12a", "ÄÖ")
ROWS = 40


class Written:
    """A random table: true values by column, and the bytes of a file that holds them."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.comma = bool(rng.random() < 0.4)
        self.separator = str(rng.choice([";", "\t", "|"] if self.comma else [",", ";", "\t", "|"]))
        names = list(rng.permutation(NAMES)[: rng.integers(2, 6)])
        self.numbers: dict[str, np.ndarray] = {}
        self.words: dict[str, list[str]] = {}
        cells: dict[str, list[str]] = {"nr": [str(row + 1) for row in range(ROWS)]}
        for name in map(str, names):
            if rng.random() < 0.65 or not self.numbers:
                self.numbers[name], cells[name] = self.number_column(rng)
            else:
                self.words[name] = [str(word) for word in rng.choice(rng.permutation(WORDS)[:4], ROWS)]
                cells[name] = self.words[name]
        self.labels = [["good", "bad", "None"][int(code)] for code in rng.integers(0, 3, ROWS)]
        cells["state"] = self.labels
        self.content = self.file(cells, rng)

    def number_column(self, rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
        """True numbers (NaN where missing) and their cells in this table's dialect."""
        decimals = int(rng.integers(0, 5))
        numbers = np.round(rng.normal(0, 1, ROWS) * 10.0 ** rng.integers(-1, 6), decimals)
        scientific = rng.random() < 0.15
        texts = [f"{number:.{decimals + 1}e}" if scientific else f"{number:.{decimals}f}" for number in numbers]
        numbers = np.array([float(text) for text in texts])
        if self.comma:
            texts = [text.replace(".", ",") for text in texts]
        absent = rng.random(ROWS) < rng.choice([0.0, 0.2])
        gap = str(rng.choice(["", "NA", "?", "n/a"]))
        numbers[absent] = np.nan
        return numbers, [gap if missing else text for missing, text in zip(absent, texts, strict=True)]

    def file(self, cells: dict[str, list[str]], rng: np.random.Generator) -> bytes:
        """The bytes of the file: random quoting, line ends, encoding and byte order mark."""
        stream = io.StringIO()
        quoting = csv.QUOTE_ALL if rng.random() < 0.3 else csv.QUOTE_MINIMAL
        ends = str(rng.choice(["\n", "\r\n"]))
        writer = csv.writer(stream, delimiter=self.separator, quoting=quoting, lineterminator=ends)
        writer.writerow(cells)
        writer.writerows(zip(*cells.values(), strict=True))
        encoding = str(rng.choice(["utf-8", "utf-8-sig", "utf-16"]))
        return stream.getvalue().encode(encoding)


def same(read: Any, true: np.ndarray) -> bool:
    """Whether numbers were read as they are."""
    return np.allclose(np.asarray(read, dtype=float), true, rtol=1e-12, atol=0, equal_nan=True)


def is_told(name: str, notes: Any) -> bool:
    """Whether a line for the user says that the decimal sign of this column is open."""
    return any(f"`{name}`" in note and ("either" in note or "decimal" in note) for note in notes)


def through_card(table: Written, folder: Path) -> str:
    """How the table comes through a card: `same`, `told` or `refused`; anything else fails."""
    path = folder / "table.csv"
    path.write_bytes(table.content)
    source = Source.model_validate({"kind": "table", "files": [str(path)]})
    roles = Columns(id="nr", label="state", numeric=tuple(table.numbers), categorical=tuple(table.words))
    card = Card(title="t", licence="l", source=source, columns=roles)
    try:
        data = values.with_values(sources.SOURCES["table"](card, "mine.yaml", None), card, "mine.yaml")  # type: ignore[arg-type]
    except InputError as error:
        assert "\n" not in str(error) and "mine.yaml" in str(error) or "table.csv" in str(error)
        return "refused"
    found = data.samples.table.set_index("id").loc[[str(row + 1) for row in range(ROWS)]]
    assert found["label"].tolist() == table.labels
    outcome = "same"
    for name, words in table.words.items():
        assert found[roles.table_name(name)].tolist() == words
    for name, numbers in table.numbers.items():
        if not same(found[roles.table_name(name)], numbers):
            assert is_told(name, data.notes), f"column {name!r} changed without a word"
            outcome = "told"
    return outcome


def through_application(table: Written) -> str:
    """How the table comes through an upload: `same` or `told`; anything else fails."""
    upload = csv_table.parse(table.content, Limits())
    known = {column.name: column for column in columns.infer_columns(upload)}
    outcome = "same"
    for name, numbers in table.numbers.items():
        column = known[name]
        if column.kind in ("number", "whole") and not same(column.reading.values, numbers):
            assert column.signs or is_told(name, [change.text for change in column.reading.changes])
            outcome = "told"
    assert upload.table["state"].tolist() == table.labels
    return outcome


@pytest.mark.parametrize("start", range(0, EXAMPLES, 50))
def test_a_table_in_any_dialect_comes_through_both_doors(start: int, tmp_path: Path) -> None:
    outcomes = [through_card(table, tmp_path) for table in map(Written, range(start, start + 50))]
    uploads = [through_application(Written(seed)) for seed in range(start, start + 50)]
    assert outcomes.count("same") >= 35 and uploads.count("same") >= 35, "most tables leave no doubt"
