"""`makeweight run` follows DVC, says what was decided, and passes a failing stage's line on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from card_sources import small_table
from makeweight import __version__
from makeweight.command import main, run, sources, stages, watch
from makeweight.core.errors import InputError

PIPELINE = {"stages": {"ingest": {}, "contest": {"matrix": {"arm": "${arms}"}}, "report": {}}}
OUTPUT = """\
Running stage 'ingest':
> makeweight stage ingest
ingest: 20 samples, 0 failures
Updating lock file 'dvc.lock'

Stage 'contest@none' didn't change, skipping
Running stage 'contest@smote':
> makeweight stage contest smote
contest: too few rows
ERROR: failed to reproduce 'contest@smote': failed to run: makeweight stage contest smote, exited with 1
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert main.main(["init", str(tmp_path / "own")]) == 0
    monkeypatch.chdir(tmp_path / "own")
    return tmp_path / "own"


def test_stages_and_cells_are_counted() -> None:
    values = {"arms": ["none", "smote"]}
    assert stages.addresses(PIPELINE, values) == ["ingest", "contest@none", "contest@smote", "report"]
    changed = stages.with_overrides(values, ["arms=[none]", "a.b=1", "odd=[", "arms.x=1"])
    assert changed["a"] == {"b": 1} and changed["arms"] == ["none"]
    assert stages.addresses(PIPELINE, {}) == ["ingest", "report"]


def test_the_time_left_is_that_of_earlier_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert stages.read_times() == {}
    stages.write_times({"ingest": 10.0, "contest@none": 30.0})
    stages.write_times({"ingest": 20.0})
    times = stages.read_times()
    assert times == {"contest@none": 30.0, "ingest": 20.0}
    assert stages.seconds_left(["ingest", "contest@none", "contest@new"], times) == 80.0
    assert stages.seconds_left(["report"], times) is None
    stages.TIMES.write_text("no JSON")
    assert stages.read_times() == {}


def test_the_output_of_dvc_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    seen = watch.Watch(stages.addresses(PIPELINE, {"arms": ["none", "smote"]}), {"ingest": 60.0, "contest@none": 1.0})
    for line in OUTPUT.splitlines():
        seen.take(line)
    seen.close()
    assert capsys.readouterr().err.splitlines() == ["stage 1 of 4: ingest", "stage 3 of 4: contest@smote"]
    assert seen.reasons() == ["contest: too few rows"] and seen.place() == "stage contest@smote"
    assert set(seen.seconds) == {"ingest"}, "a stage that failed has no time"


def test_a_defect_keeps_its_traceback_and_dvc_its_own_errors() -> None:
    seen = watch.Watch(["ingest"], {})
    for line in ("Running stage 'ingest':", "Traceback (most recent call last):", "ValueError: x"):
        seen.take(line)
    seen.take("ERROR: failed to reproduce 'ingest': failed to run: x, exited with 1")
    assert seen.reasons() == ["Traceback (most recent call last):", "ValueError: x"]
    other = watch.Watch(["ingest"], {})
    other.take("ERROR: 'data' is busy, it is being blocked by")
    assert other.reasons() == ["'data' is busy, it is being blocked by"] and other.place() == "DVC"


def test_a_stage_that_dvc_did_not_start_has_the_reason_of_dvc() -> None:
    seen = watch.Watch(["tsne", "report"], {})
    for line in ("Running stage 'tsne':", "tsne: 5 rows", "ERROR: failed to reproduce 'report': missing data: plots/x"):
        seen.take(line)
    assert seen.reasons() == ["report: missing data: plots/x"] and seen.place() == "stage report"


def test_how_far_a_crawl_is_stands_beside_its_stage(capsys: pytest.CaptureFixture[str]) -> None:
    seen = watch.Watch(["ingest"], {"ingest": 10.0})
    for line in ("Running stage 'ingest':", "ingest: 3 samples", "crawl: 20 fetched, 5 pending"):
        seen.take(line)
    assert capsys.readouterr().err.splitlines() == [
        "stage 1 of 1: ingest, 10 s left at most",
        "stage 1 of 1: ingest; crawl: 20 fetched, 5 pending",
    ]


def fake(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_failing_stage_is_its_own_line_and_where_the_rest_is(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = f"print({OUTPUT!r}); raise SystemExit(255)"
    assert run.follow(fake(code), ["ingest", "contest@smote"]) == 1
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "contest: too few rows",
        "makeweight run: stage contest@smote failed; all that was written is in .scratch/run.log",
    ]
    assert "Updating lock file" in run.LOG.read_text()


def test_named_stages_say_what_they_found(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run.LOG.parent.mkdir()
    run.LOG.write_text("Generating lock file 'dvc.lock'\ncrawl: 3 fetched, 5 pending\n" + OUTPUT)
    capsys.readouterr()
    run.told_stages(["ingest"])
    assert capsys.readouterr().out == "ingest: 20 samples, 0 failures\n"
    run.told_stages(["contest@smote", "clean"])
    assert capsys.readouterr().out.startswith("contest: too few rows\n")


def test_ctrl_c_ends_dvc_as_well(project: Path) -> None:
    code = (
        "import time, pathlib\ntry:\n print(\"Running stage 'a':\", flush=True)\n"
        " pathlib.Path('begun').touch(); time.sleep(600)\nexcept KeyboardInterrupt:\n pathlib.Path('ended').touch()"
    )
    parent = (
        "import os, pathlib, signal, threading, time, sys; from makeweight.command import run\n"
        "def stop():\n"
        " while not pathlib.Path('begun').exists(): time.sleep(0.02)\n"
        " os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Thread(target=stop, daemon=True).start()\n"
        f"try:\n run.follow([sys.executable, '-c', {code!r}], ['a'])\nexcept KeyboardInterrupt:\n print('stopped')"
    )
    done = subprocess.run(fake(parent), capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout == "stopped\n" and (project / "ended").exists()


def test_without_data_without_a_card_without_a_project(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    capsys.readouterr()
    assert main.main(["run"]) == 1
    assert "no data set is chosen; `makeweight add FILE --label COLUMN` adds one" in capsys.readouterr().err
    assert main.main(["run", "-S", "dataset=loans"]) == 1
    assert "there is no datasets/loans.yaml" in capsys.readouterr().err
    assert main.main(["report"]) == 1
    assert "plots/report.html: no such file yet; `makeweight run` writes it" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    for name in ("run", "report"):
        assert main.main([name]) == 1
        assert "make one: `makeweight init`" in capsys.readouterr().err


def test_a_file_that_has_changed_is_read_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_table().to_csv("t.csv", index=False)
    assert main.main(["add", "t.csv", "--label", "churn"]) == 0
    assert main.main(["stage", "ingest"]) == 0
    Path("dvc.lock").write_text("stages: {ingest: {params: {params.yaml: {dataset: t}}}}\n")
    assert sources.changed_files() == [] and run.read_changed() == 0
    small_table(150).to_csv("t.csv", index=False)
    assert sources.changed_files() == ["t.csv"]
    called: list[list[str]] = []
    monkeypatch.setattr(run, "follow", lambda command, addresses: called.append(command) or 0)
    assert run.read_changed() == 0 and called[0][-4:] == ["repro", "--force", "--single-item", "ingest"]
    Path("dvc.lock").write_text("stages: {ingest: {params: {params.yaml: {dataset: other}}}}\n")
    assert sources.changed_files() == [], "DVC reads another card's files anyway"


def test_a_stage_that_does_not_exist_is_named(project: Path) -> None:
    run.check_stages(["contest", "contest@none", "ingest"], ["ingest", "contest@none", "contest@smote"])
    with pytest.raises(InputError, match="there is no stage 'clen'; stages are ingest, clean"):
        run.check_stages(["clen"], ["ingest", "clean"])


@pytest.mark.parametrize("arguments", [["run"], ["add", "t.csv"], ["app"]])
def test_a_folder_that_cannot_be_written_is_one_line(
    arguments: list[str], project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    monkeypatch.setattr("os.access", lambda path, mode: not mode & os.W_OK)
    assert main.main(arguments) == 1
    told = capsys.readouterr().err
    assert "no permission to write there" in told and told.count("\n") == 1


def test_an_experiment_needs_a_commit(project: Path) -> None:
    with pytest.raises(InputError, match="needs a commit to begin at: git add -A"):
        run.check_commit()


def test_no_dvc_is_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="DVC is not installed for"):
        run.project.dvc("repro")


def test_another_version_says_how_to_go_on(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    params = project / "params.yaml"
    params.write_text(params.read_text().replace(f"makeweight_version: '{__version__}'", "makeweight_version: '0.0.1'"))
    capsys.readouterr()
    assert main.main(["stage", "clean"]) == 1
    told = capsys.readouterr().err
    assert f"set it to '{__version__}', and all stages run again" in told and told.count("\n") == 1
