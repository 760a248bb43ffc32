"""The whole pipeline on the miniature project: every stage and cell, in the order of dvc.yaml."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest

from makeweight.core import entry
from makeweight.core.params import read_yaml
from makeweight.data import samples
from makeweight.tools.loggers import logging_run
from miniature import COPIES, COUNTS, ROOT, SMALL_LEARNERS, SMALL_RUN, UNTITLED, outs_of, planned, write_project

ARMS = ["none", "random_oversampling", "smote", "latent_flow_100"]

CHANGES = {
    **SMALL_RUN,
    **SMALL_LEARNERS,
    "engines": ["latent_flow"],
    "arms": ARMS,
    "clean.rules.small_class.min_rows": 10,
    "preprocess.text.candidates": 2,
    "fidelity.network.training.steps_per_epoch": 5,
    "contest.seeds": 2,
    "contest.views": ["text", "image", "trees", "tabular", "resnet", "mlp"],
    **{f"contest.networks.{view}.epochs": 1 for view in ("resnet", "mlp")},
    **{f"contest.networks.{view}.steps_per_epoch": 5 for view in ("resnet", "mlp")},
    "contest.networks.resnet.width": 4,
    "verdict.bootstrap_samples": 50,
    "fewshot.training.steps": 5,
    "fewshot.training.validate_every": 5,
    "fewshot.episodes.queries": 2,
    "fewshot.episodes.count": 10,
    "fewshot.episodes.validation_count": 5,
    "fewshot.verification_pairs": 50,
}
"""Changed parameters: every number as small as it can be while all code still runs."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A miniature project with dvc.yaml."""
    folder = tmp_path_factory.mktemp("everything")
    write_project(folder, CHANGES)
    shutil.copy(ROOT / "dvc.yaml", folder / "dvc.yaml")
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


def run_stage(arguments: list[str]) -> int:
    """Run a stage as `src/stage.py` does."""
    return entry.run_stage(arguments, logging_run)


def in_order(stages: dict[str, dict]) -> list[str]:
    """Addresses in an order in which every stage comes after those that write its dependencies."""
    waiting, ready = dict(stages), []
    while waiting:
        for address, stage in waiting.items():
            needed = [dep for dep in stage.get("deps", []) if dep.startswith(("data", "metrics", "plots"))]
            writers = [
                other for other in waiting if any(touch(out, dep) for out in outs_of(stages[other]) for dep in needed)
            ]
            if not [other for other in writers if other != address]:
                break
        else:
            raise AssertionError(f"the stages form a cycle: {', '.join(waiting)}")
        ready.append(address)
        waiting.pop(address)
    return ready


def touch(one: str, other: str) -> bool:
    return PurePosixPath(one).is_relative_to(other) or PurePosixPath(other).is_relative_to(one)


def files_in(folder: Path) -> dict[str, int]:
    """Every file with its modification time."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def run(project: Path) -> dict[str, dict]:
    """Run every stage once, and compare what it wrote with what it declares."""
    stages = planned(project)
    for address in in_order(stages):
        stage = stages[address]
        for dep in stage.get("deps", []):
            assert (project / dep).exists() or (ROOT / dep).exists(), f"{address}: {dep} is missing"
        before = files_in(project)
        assert run_stage(stage["cmd"].split()[2:]) == 0, address
        written = {file for file, time in files_in(project).items() if before.get(file) != time}
        outs = set(outs_of(stage))
        undeclared = {
            file for file in written if not file.startswith(".scratch/") and not any(touch(file, out) for out in outs)
        }
        assert undeclared == set(), f"{address} writes what it does not declare"
        assert {out for out in outs if not (project / out).exists()} == set(), (
            f"{address} declares what it does not write"
        )
    return stages


def metrics(name: str) -> dict[str, float]:
    return json.loads((Path("metrics") / f"{name}.json").read_text())


def test_every_stage_runs(run: dict[str, dict]) -> None:
    assert {address.partition("@")[0] for address in run} == set(read_yaml(ROOT / "dvc.yaml")["stages"])


def test_counts_add_up(run: dict[str, dict]) -> None:
    assert metrics("ingest")["samples"] == sum(COUNTS.values()) + COPIES
    cleaned = metrics("clean")
    dropped = {name: number for name, number in cleaned.items() if name.startswith("dropped.")}
    assert cleaned["samples_in"] == metrics("ingest")["samples"]
    assert (dropped["dropped.missing_field"], dropped["dropped.exact_duplicate"]) == (UNTITLED, COPIES)
    assert cleaned["samples_in"] - sum(dropped.values()) == cleaned["samples_out"]
    split = samples.read(Path("data/split/samples.parquet")).table
    assert len(split) == cleaned["samples_out"]
    assert metrics("split")["units_across_splits"] == 0


def test_synthetic_samples_are_samples(run: dict[str, dict]) -> None:
    real = samples.read(Path("data/clean/samples.parquet"))
    synthetic = samples.read(Path("data/sample/latent_flow.parquet"))
    samples.check(synthetic, Path("data/sample/latent_flow.parquet"))
    assert synthetic.roles == real.roles
    assert synthetic.table["mw_synthetic"].all()
    assert set(synthetic.table["label"]) == set(COUNTS)
    assert not set(synthetic.table["id"]) & set(real.table["id"])


def test_no_unit_is_in_two_splits(run: dict[str, dict]) -> None:
    split = samples.read(Path("data/split/samples.parquet")).table
    assert (split.groupby("mw_unit")["mw_split"].nunique() == 1).all()
    assert (split.groupby("group")["mw_split"].nunique() == 1).all()


def test_every_arm_predicts_every_test_row(run: dict[str, dict]) -> None:
    split = samples.read(Path("data/split/samples.parquet")).table
    expected = set(split.loc[split["mw_split"] == "test", "id"])
    for arm in ARMS:
        predictions = pd.read_parquet(f"data/contest/{arm}/predictions.parquet")
        tested = predictions[predictions["split"] == "test"]
        for _, rows in tested.groupby(["seed", "view"]):
            assert set(rows["id"]) == expected and len(rows) == len(expected), arm


def test_metrics_are_flat_numbers(run: dict[str, dict]) -> None:
    for path in Path("metrics").rglob("*.json"):
        for name, number in json.loads(path.read_text()).items():
            kind = (int, float, str) if path.name == "headline.json" else (int, float)
            assert isinstance(number, kind) and not isinstance(number, bool), f"{path}: {name}"


class Reader(HTMLParser):
    """Collects the words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_report_is_complete(run: dict[str, dict]) -> None:
    reader = Reader()
    reader.feed(Path("plots/report.html").read_text(encoding="utf-8"))
    words = " ".join(" ".join(reader.words).split())
    assert "Not made yet: dvc repro" not in words
    assert "Miniature" in words
    assert all(name in words for name in COUNTS)


def test_a_second_run_of_a_random_stage_gives_the_same_bytes(run: dict[str, dict]) -> None:
    before = {path: path.read_bytes() for path in Path("data/train_gan/latent_flow").iterdir()}
    assert run_stage(["train_gan", "latent_flow"]) == 0
    assert {path: path.read_bytes() for path in Path("data/train_gan/latent_flow").iterdir()} == before


def test_only_modules_of_this_checkout_were_imported(run: dict[str, dict]) -> None:
    imported = [module for name, module in sys.modules.items() if name.split(".")[0] == "makeweight"]
    assert all(str(ROOT / "src") in str(getattr(module, "__file__", ROOT / "src")) for module in imported)
