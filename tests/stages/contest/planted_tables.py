"""Tables with a known truth: a rare class in a smooth region, and generated rows that are good, noise, or stolen."""

from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.core.params import read_yaml
from makeweight.data.codecs.tabular import TabularCodec, TabularParams
from makeweight.data.encoded import Encoded
from makeweight.data.samples import Roles, Samples
from makeweight.stages.contest.learners import NetworksParams
from makeweight.stages.contest.runs import Setup

ROOT = Path(__file__).parents[3]
COLUMNS = tuple(f"x{place}" for place in range(6))
ROLES = Roles(numeric=COLUMNS)
COUNTS = {"train": (900, 18), "validation": (500, 120), "test": (1500, 400)}


def rows_of(label: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Class 0 fills a ball; class 1 lies along a line through its edge: every point between two of it is one of it."""
    noise = rng.normal(0, 1, (count, len(COLUMNS)))
    if label:
        noise *= 0.6
        noise[:, 0] = rng.uniform(-2.5, 2.5, count)
        noise[:, 1] += 1.9
    return noise


def planted(seed: int = 0) -> Encoded:
    """Train split with 18 rare rows, large validation and test splits."""
    rng = np.random.default_rng(seed)
    tables = []
    for split, counts in COUNTS.items():
        for label, count in enumerate(counts):
            table = pd.DataFrame(rows_of(label, count, rng), columns=list(COLUMNS))
            tables.append(table.assign(label=["common", "rare"][label], mw_split=split))
    table = pd.concat(tables, ignore_index=True)
    table["id"] = [f"row {row}" for row in range(len(table))]
    table["mw_unit"] = table["id"]
    codec = TabularCodec.fit(
        Samples(table, ROLES).split("train"), TabularParams(quantiles=200, spike_share=0.05, max_categories=5), seed
    )
    return Encoded(table, ("common", "rare"), {"tabular": codec.encode(table)}, {"tabular": codec})


def generated(rows: np.ndarray, labels: list[str]) -> pd.DataFrame:
    """Rows as an engine would have written them."""
    return pd.DataFrame(rows, columns=list(COLUMNS)).assign(label=labels)


def setup() -> Setup:
    """How the repository trains arms on tables, with fewer steps and trees."""
    values = read_yaml(ROOT / "params.yaml")["contest"]["networks"]
    values["mlp"] |= {"epochs": 4, "patience": 4}
    values["resnet"] |= {"epochs": 1, "patience": 1, "steps_per_epoch": 4, "width": 4}
    chosen = {"tabular": {"strength": 1.0}, "trees": {"learning_rate": 0.1, "max_leaf_nodes": 8, "trees": 25}}
    return Setup(("trees", "tabular"), 3, chosen, NetworksParams.model_validate(values))
