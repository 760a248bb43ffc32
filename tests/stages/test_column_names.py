"""A table whose columns have every name that a stage uses itself goes through to its synthetic rows, values intact."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from makeweight.core import paths
from makeweight.core.params import read_yaml
from makeweight.data import samples
from makeweight.stages import preprocess
from makeweight.stages.clean import __main__ as clean
from makeweight.stages.ingest import __main__ as ingest
from makeweight.stages.sample import __main__ as sample
from makeweight.stages.split import __main__ as split
from makeweight.stages.train_gan import __main__ as train_gan

ROOT = Path(__file__).parents[2]
WORDS = """
fold split unit cluster model engine seed index synthetic passed near_copy truncation mixing class_mixing
_score _fault predicted view probability class distance id label group image fine_label column value
row rows count table level_0 arm place unread origin title rule detail copy_of given_split weight
"""
NAMES = WORDS.split()
ROWS = 90


def battery() -> pd.DataFrame:
    """Every other column holds numbers of its own magnitude, words of its own, and one holds dates."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"kind": ["big"] * 55 + ["small"] * 35})
    for number, name in enumerate(NAMES):
        if number % 2:
            table[name] = [f"{name}-{rng.integers(3)}" for _ in range(ROWS)]
        else:
            table[name] = [float(f"{value:.3g}") for value in rng.lognormal(0, 0.3, ROWS) * 10.0 ** -(number % 9)]
    table["date"] = [f"{day:02}.{month:02}.2024" for day, month in rng.integers(1, 13, (ROWS, 2))]
    return table


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """The stages up to `sample` have run on the battery."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "2")
    table = battery()
    table.to_csv("battery.csv", index=False)
    numeric, words = NAMES[::2], NAMES[1::2]
    card = {
        "title": "battery",
        "licence": "none",
        "source": {"kind": "table", "files": ["battery.csv"]},
        "columns": {"label": "kind", "numeric": numeric, "categorical": words, "date": ["date"]},
    }
    values = read_yaml(ROOT / "params.yaml") | {"dataset": "battery", "engines": ["latent_flow"]}
    values["train_gan"]["steps"] = 4
    values["train_gan"]["quality"] |= {"evaluations": 1}
    values["train_gan"]["quality"]["training"]["epochs"] = 1
    yaml = YAML()
    Path("datasets").mkdir()
    for file, content in (("params.yaml", values), ("datasets/battery.yaml", card)):
        with Path(file).open("w", encoding="utf-8") as stream:
            yaml.dump(content, stream)
    ingest.main()
    clean.main()
    split.main()
    for modality in ("image", "tabular", "text"):
        preprocess.main(modality)
    train_gan.main("latent_flow")
    sample.main()
    return table


def own_name(name: str) -> str:
    """The name in the sample table: those of roles are taken."""
    return f"{name}_column" if name in ("id", "label", "group", "image", "fine_label") else name


def test_columns_of_any_name_come_through_every_stage(project: pd.DataFrame) -> None:
    for path in (paths.INGEST, paths.CLEAN, paths.SPLIT):
        found = samples.read(path / "samples.parquet").table
        assert len(found) == ROWS
        for name in NAMES:
            assert found[own_name(name)].tolist() == project[name].tolist(), (path, name)
        assert found["date"].tolist() == project["date"].tolist()
    synthetic = samples.read(paths.SAMPLE / "latent_flow.parquet")
    known = samples.read(paths.SPLIT / "samples.parquet").split("train").table
    for number, name in enumerate(NAMES):
        column, own = synthetic.table[own_name(name)], known[own_name(name)]
        if number % 2:
            assert set(column) <= set(own), name
        else:
            assert own.min() <= column.min() and column.max() <= own.max(), name
            assert column.nunique() > 1, name
    written = synthetic.roles.formats["date"]
    days, known_days = written.to_numbers(synthetic.table["date"]), written.to_numbers(known["date"])
    assert synthetic.table["date"].str.fullmatch(r"\d\d\.\d\d\.2024").all()
    assert known_days.min() <= days.min() and days.max() <= known_days.max()
