"""Splits run one after the other in copies of the project; a run that was ended goes on where it was."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from makeweight.core import entry
from makeweight.core.params import read_yaml
from makeweight.tools.splits import __main__ as splits
from makeweight.tools.splits import copies

PARAMS = """
dataset: shop  # a comment that stays
modalities: [tabular]
engines: [flow]
arms: [none, decision_rule, flow_50]
split: {repeat: 0}
verdict: {family_wise_alpha: 0.03}
fewshot: {repeats: 1}
"""
STAGE = """
import json, pathlib, re, sys, time
cell = sys.argv[1:]
repeat = int(re.search(r"repeat: (\\d+)", pathlib.Path("params.yaml").read_text())[1])
with open(pathlib.Path(__file__).parent / "calls.txt", "a") as calls:
    calls.write(f"{repeat} {' '.join(cell)}\\n")
trouble = pathlib.Path(__file__).parent / "trouble.txt"
if trouble.exists() and trouble.read_text() == f"{repeat} {' '.join(cell)}":
    sys.exit("contest: data/sample/flow.parquet: no row at all")
if trouble.exists() and trouble.read_text() == f"wait {repeat} {' '.join(cell)}":
    time.sleep(900)
assert pathlib.Path("data/clean/samples.parquet").read_text() == "clean"
assert pathlib.Path("datasets/shop.yaml").exists()
def write(path, content):
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).write_text(json.dumps(content))
if cell[0] == "split":
    write("data/split/samples.parquet", repeat)
    write("metrics/split.json", {"train": 65, "validation": 15, "test": 20})
if cell[0] == "verdict":
    scores = {"none": 0.5, "decision_rule": 0.55, "flow_50": 0.57 + 0.01 * repeat, "flow": 0.57 + 0.01 * repeat}
    numbers = {}
    for arm, score in scores.items():
        numbers |= {f"{arm}.macro_f1.mean": score, f"{arm}.macro_f1.low": 0, f"{arm}.macro_f1.high": 1}
        write(f"metrics/contest/{arm}.json", {"tabular.argmax_macro_f1.mean": score})
    write("metrics/verdict.json", numbers)
    record = {"view": "tabular", "best_simple": "decision_rule", "chosen": {"flow": "flow_50"}}
    write("plots/verdict/verdict.json", record | {"recommended": "none", "sentences": {}})
    lines = [f"{arm},0,0,0,inconclusive" for arm in ("decision_rule", "flow_50", "flow")]
    pathlib.Path("plots/verdict/intervals.csv").write_text("\\n".join(["arm,mean,low,high,verdict", *lines]))
"""
CELLS = ["split", "preprocess tabular", "train_gan flow", "sample", "learners", "contest none",
         "contest decision_rule", "contest flow_50", "verdict"]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with clean samples, and an entry script that only writes what the tool reads."""
    for path, text in {
        "params.yaml": PARAMS,
        "datasets/shop.yaml": "title: A shop\n",
        "data/clean/samples.parquet": "clean",
        "entry/stage.py": STAGE,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(copies, "ENTRY", tmp_path / "entry/stage.py")
    return tmp_path


def calls() -> list[str]:
    path = Path("entry/calls.txt")
    return path.read_text().splitlines() if path.is_file() else []


def status(*arguments: str) -> int:
    """Run the tool as its command does and return the exit status."""
    return entry.exit_status("splits", lambda: splits.main(arguments))


def test_every_split_runs_every_cell_once_and_is_pooled(project: Path) -> None:
    assert status("--repeats", "3") == 0
    assert calls() == [f"{repeat} {cell}" for repeat in (1, 2, 3) for cell in CELLS]
    table = pd.read_csv("experiments/splits.csv")
    assert table["repeat"].unique().tolist() == [1, 2, 3] and len(table) == 3 * 5
    results = json.loads(Path("experiments/splits.json").read_text())
    assert results["splits"] == 3 and results["flow.less_best_simple.mean"] == pytest.approx(4.0)
    copy = Path(".scratch/splits/split-1")
    assert read_yaml(copy / "params.yaml")["split"]["repeat"] == 1
    assert "a comment that stays" in (copy / "params.yaml").read_text()
    assert not (copy / "data").exists(), "only numbers stay"
    assert Path("data/clean/samples.parquet").read_text() == "clean", "the project's own samples stay"
    assert status("--repeats", "3") == 0 and len(calls()) == 3 * len(CELLS), "nothing is left to do"
    assert status("--repeats", "4") == 0 and calls()[-1] == "4 verdict" and len(calls()) == 4 * len(CELLS)


def test_an_installed_package_runs_stages_by_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel has no `src/stage.py`: a project of one's own could not repeat its splits."""
    assert copies.stage_command() == [sys.executable, str(copies.PACKAGE.parent / "stage.py")]
    monkeypatch.setattr(copies, "ENTRY", tmp_path / "stage.py")
    assert copies.stage_command() == [sys.executable, "-m", "makeweight", "stage"]


def test_a_cell_that_fails_is_told_and_a_second_run_goes_on(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("entry/trouble.txt").write_text("2 contest none")
    assert status("--repeats", "2") == 1
    told = capfd.readouterr().err.splitlines()[-1]
    assert told == (
        "splits: .scratch/splits/split-2/log.txt: `contest none` failed: "
        "contest: data/sample/flow.parquet: no row at all"
    )
    assert status("--table") == 0, "the split that is complete can be read"
    Path("entry/trouble.txt").unlink()
    before = len(calls())
    assert status("--repeats", "2") == 0
    assert calls()[before:] == [f"2 {cell}" for cell in CELLS[5:]]


def test_a_killed_run_takes_its_cell_along_and_goes_on(project: Path) -> None:
    Path("entry/trouble.txt").write_text("wait 1 sample")
    command = (
        "import sys; from pathlib import Path; from makeweight.core import entry; "
        "from makeweight.tools.splits import __main__ as splits, copies; "
        f"copies.ENTRY = Path({str(copies.ENTRY)!r}); "
        "sys.exit(entry.run_tool('splits', lambda: splits.main(['--repeats', '1'])))"
    )
    source = str(Path(copies.__file__).parents[3])
    running = subprocess.Popen([sys.executable, "-c", command], env={**os.environ, "PYTHONPATH": source})
    deadline = time.monotonic() + 300
    while calls()[-1:] != ["1 sample"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert status("--repeats", "1") == 1, "another process works in the folder"
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=300) == 128 + signal.SIGTERM
    Path("entry/trouble.txt").unlink()
    assert status("--repeats", "1") == 0
    assert calls() == [f"1 {cell}" for cell in [*CELLS[:4], *CELLS[3:]]]


def test_splits_of_other_parameters_are_not_mixed(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert status("--repeats", "1") == 0
    Path("params.yaml").write_text(PARAMS.replace("repeats: 1", "repeats: 2"))
    assert status("--repeats", "1") == 0, "few shots are no part of it"
    Path("params.yaml").write_text(PARAMS.replace("[flow]", "[flow, gan]"))
    assert status("--repeats", "1") == 1
    assert "holds splits of other parameters, data or code; remove it" in capfd.readouterr().err
    assert status("--repeats", "1", "--folder", "elsewhere") == 0


def test_what_is_missing_is_one_line(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert status("--table") == 1 and "no split is complete" in capfd.readouterr().err
    assert status("--repeats", "0") == 1 and "right would be 2 or more" in capfd.readouterr().err
    Path("data/clean/samples.parquet").unlink()
    assert status() == 1
    assert capfd.readouterr().err == "splits: data/clean/samples.parquet: no such file; run `dvc repro clean`\n"
