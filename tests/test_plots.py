"""What `dvc plots` shows is what the series hold: a step without a value is no point, and least of all a zero."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from makeweight.core.params import read_yaml

ROOT = Path(__file__).parents[1]
FILTERED = {"losses"}
"""Templates that leave out values that are not there."""


def definitions() -> list[tuple[str, dict[str, Any]]]:
    """Name and definition of every plot of dvc.yaml that has one."""
    entries = read_yaml(ROOT / "dvc.yaml")["plots"]
    return [pair for entry in entries if isinstance(entry, dict) for pair in entry.items()]


def with_gaps() -> list[tuple[str, str, str]]:
    """Plot, file and column of every series in git that lacks some values."""
    found = []
    for name, definition in definitions():
        for file, columns in definition["y"].items():
            series = pd.read_csv(ROOT / file)
            columns = [columns] if isinstance(columns, str) else columns
            found += [(name, file, column) for column in columns if series[column].isna().any()]
    return found


def test_series_with_gaps_have_a_template_that_leaves_them_out() -> None:
    templates = dict(definitions())
    assert with_gaps(), "latent_flow learns its two parts one after the other"
    for name, file, column in with_gaps():
        assert templates[name].get("template") in FILTERED, f"{name}: {column} of {file} lacks values"


def kept(expression: str, row: dict[str, Any]) -> bool:
    """Whether Vega's filter keeps a row; its expression is read as Python, with Vega's functions as documented."""
    functions = {"isValid": is_valid, "toNumber": to_number, "isFinite": is_finite, "datum": row}
    return bool(eval(expression.replace("&&", " and ").replace("!==", "!="), {"__builtins__": {}}, functions))


def is_valid(value: object) -> bool:
    """Vega: not null, not undefined, not NaN."""
    return value is not None and value == value


def to_number(value: Any) -> float | None:
    """Vega: null for null and for an empty string, NaN for other words."""
    if value is None or value == "":
        return None
    try:
        return float(value)
    except ValueError:
        return math.nan


def is_finite(value: float | None) -> bool:
    """JavaScript: null counts as 0."""
    return math.isfinite(value or 0)


@pytest.mark.parametrize(("value", "is_kept"), [("0.5", True), (0, True), ("", False), (None, False), ("x", False)])
def test_the_filter_keeps_numbers_only(value: object, is_kept: bool) -> None:
    template = json.loads((ROOT / ".dvc" / "plots" / "losses.json").read_text())
    (step,) = template["transform"]
    assert kept(step["filter"].replace("<DVC_METRIC_Y>", "loss"), {"loss": value}) == is_kept


def test_what_dvc_hands_to_vega_has_the_values_of_the_file_and_no_others() -> None:
    name, file, _ = with_gaps()[0]
    command = [sys.executable, "-m", "dvc", "plots", "show", "--json", name]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    content = json.loads(shown.stdout)["data"][name][0]["content"]
    (step,) = content["transform"]
    kept_rows = [row for row in content["data"]["values"] if kept(step["filter"], row)]
    y = content["spec"]["encoding"]["y"]["field"]
    points = sorted((row["field"], float(row["step"]), float(row[y])) for row in kept_rows)
    series = pd.read_csv(ROOT / file)
    columns = dict(definitions())[name]["y"][file]
    expected = [
        (column, float(at), float(value))
        for column in columns
        for at, value in series[["step", column]].dropna().itertuples(index=False)
    ]
    assert points == sorted(expected)
    assert len(kept_rows) < len(content["data"]["values"])
