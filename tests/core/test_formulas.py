"""No cell of plots/ is run by a spreadsheet, and the reader of results gives back what was written."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core import formulas, outputs
from makeweight.results.folders import read_csv, read_words

EVIL = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+x",
    "-x",
    "@SUM(A1)",
    "\tx",
    "\nx",
    "'=1",
    "''=1",
    "-2+3",
    "=",
    "-",
    "+1",
    "a",
]


@pytest.mark.parametrize("cell", ["=1+1", "=HYPERLINK(1)", "+x", "-x y", "@a", "\t=1", "'=1", "-2+3", "--1"])
def test_a_formula_is_known(cell: str) -> None:
    assert formulas.is_formula(cell)


@pytest.mark.parametrize("cell", ["", "a=b", "-", "+", "=", "-1", "+2.5e-9", "-.5", "'a", "'", "1-2", "007", "$x"])
def test_other_cells_are_none(cell: str) -> None:
    assert not formulas.is_formula(cell)


def test_plots_hold_no_formula_and_are_read_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame({"label": EVIL, "=name": EVIL[::-1], "score": np.linspace(-1, 1, len(EVIL))})
    table.loc[0, "=name"] = None
    outputs.write_csv("clean", "gone.csv", table)
    path = outputs.plot_path("clean", "gone.csv")
    with path.open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r", "\n")) and cell not in formulas.SIGNS]
    assert "'=1+1" in cells and "'=name" in cells and "''=1" in cells and "-1" in cells
    for found in (read_csv(path), read_words(path)):
        assert list(found.columns) == ["label", "=name", "score"]
        assert found["label"].tolist() == EVIL
        assert found["=name"].tolist()[1:] == EVIL[::-1][1:] and pd.isna(found["=name"][0])
    np.testing.assert_allclose(read_csv(path)["score"], table["score"], rtol=1e-5)


def test_the_files_of_ordinary_names_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame({"label": pd.Categorical(["b", "a"]), "n": [1, 2], "x": [0.5, np.nan], "t": ["p", None]})
    outputs.write_csv("clean", "x.csv", table)
    expected = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    assert outputs.plot_path("clean", "x.csv").read_text() == expected
