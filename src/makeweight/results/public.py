"""What classifiers learn on public pictures from generated ones alone, as `benchmarks/quality.py` left it."""

from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from makeweight.results.charts_old import join, tag
from makeweight.results.sections import figure, table
from makeweight.results.shelf import address_of, read_json

RESULTS = Path("benchmarks") / "results" / "quality.json"
GRIDS = Path("benchmarks") / "results" / "quality"


def read_trials(path: Path = RESULTS) -> pd.DataFrame:
    """A row per data set and engine, the best ratio of a set first; without rows where nothing was measured."""
    numbers = read_json(path) if path.is_file() else {}
    names = [name.removesuffix(".ratio").split(".") for name in numbers if name.endswith(".ratio")]
    trials = [trial(numbers, data, engine) for data, engine in names]
    order = ["data set", "ratio"]
    return pd.DataFrame(trials).sort_values(order, ascending=[True, False], ignore_index=True) if trials else EMPTY


def trial(numbers: dict[str, Any], data: str, engine: str) -> dict[str, Any]:
    """One engine's figures on one data set."""
    own = {name: numbers.get(f"{data}.{engine}.{name}") for name in ("ratio", "ratio.std", "coverage", "density")}
    budget = {name: numbers.get(f"{data}.{engine}.{name}") for name in ("seeds", "minutes", "device")}
    return {
        "data set": data,
        "engine": engine,
        "ratio": own["ratio"],
        "std": own["ratio.std"],
        "coverage": own["coverage"],
        "coverage of real": numbers.get(f"{data}.real.coverage"),
        "density": own["density"],
        **budget,
    }


EMPTY = pd.DataFrame(columns=list(trial({}, "", "")))


def grid_of(data: str, engine: str, folder: Path = GRIDS) -> Path:
    """Where an engine's pictures of a data set lie: a row per class, the first ones drawn."""
    return folder / f"{data}_{engine}.png"


def draw_public(trials: pd.DataFrame, folder: Path = GRIDS) -> Markup:
    """The table, then the pictures of every engine on every set."""
    if trials.empty:
        return tag("p", Markup("Not measured yet: <code>python benchmarks/quality.py</code>"), class_="missing")
    figures = [
        figure(address_of(path.read_bytes()), f"Pictures of {data} made by {engine}, a row per class")
        for data, engine in zip(trials["data set"], trials["engine"], strict=True)
        if (path := grid_of(data, engine, folder)).is_file()
    ]
    words = ("data set", "engine", "device")
    return join([table(trials, words), tag("div", join(figures), class_="trio")])
