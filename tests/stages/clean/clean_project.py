"""A project with nothing but parameters and a card, in the current folder, and one run of the stage `clean` in it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from makeweight.core import paths
from makeweight.data import samples
from makeweight.data.samples import Roles, Samples
from makeweight.data.values import read_number
from makeweight.stages.clean import __main__ as stage

ROOT = Path(__file__).parents[3]


def write_card(more: dict) -> None:
    content = {"title": "a shop", "licence": "none", "source": {"kind": "table"}, "columns": {"label": "label"}} | more
    paths.DATASETS.mkdir(exist_ok=True)
    with (paths.DATASETS / "shop.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(content, file)


def write_params(values: dict) -> None:
    with Path("params.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(values, file)


def as_ingested(table: pd.DataFrame, roles: Roles) -> Samples:
    """The table with numbers, as ingest writes it."""
    table = table.copy()
    unread = pd.Series(None, index=table.index, dtype="str")
    for column in set(roles.numeric) & set(table.columns):
        reading = read_number(table[column], column, money=column in roles.money, lenient=True)
        table[column] = reading.values
        for row, text in reading.unread.items():
            unread[row] = f"{column}: {text!r} is no number"
    return Samples(table.assign(mw_unread=unread), roles)


def run(table: pd.DataFrame, roles: Roles) -> tuple[Samples, pd.DataFrame, dict]:
    samples.write(as_ingested(table, roles), stage.RAW)
    stage.main()
    dropped = pd.read_parquet(paths.CLEAN / "dropped.parquet").set_index("id")
    numbers = json.loads((paths.METRICS / "clean.json").read_text())
    rules = {name: count for name, count in numbers.items() if name.startswith("dropped.")}
    assert numbers["samples_in"] == len(table) == numbers["samples_out"] + sum(rules.values())
    assert dropped["rule"].value_counts().to_dict() == {
        name.removeprefix("dropped."): count for name, count in rules.items() if count
    }
    left = samples.read(paths.CLEAN / "samples.parquet")
    assert numbers["samples_out"] == len(left)
    assert set(left.table["id"]) | set(dropped.index) == set(table["id"])
    funnel = pd.read_csv(paths.PLOTS / "clean" / "funnel.csv")
    gone = [0, *(rules[f"dropped.{rule}"] for rule in funnel["step"][1:])]
    assert funnel["rows"].tolist() == (len(table) - np.cumsum(gone)).tolist()
    return left, dropped, numbers
