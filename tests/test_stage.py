"""The entry script runs the code of its own checkout, and separates users' mistakes from defects."""

import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType

import pytest

from makeweight.core import entry
from makeweight.core.errors import InputError

ENTRY_SCRIPT = Path(__file__).parents[1] / "src" / "stage.py"


def run(*arguments: str) -> int:
    return entry.run_stage(list(arguments), lambda stage, cell: nullcontext())


def stage_that(action) -> ModuleType:
    stage = ModuleType("makeweight.stages.fake")
    stage.main = action
    return stage


def test_a_users_mistake_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:

    def refuse(*cell: str) -> None:
        raise InputError("params.yaml: `seed` is missing")

    monkeypatch.setattr(entry, "find_stage", lambda name: stage_that(refuse))
    assert run("clean", "cell") == 1
    assert capsys.readouterr().err == "clean cell: params.yaml: `seed` is missing\n"


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "find_stage", lambda name: stage_that(lambda: 1 / 0))
    with pytest.raises(ZeroDivisionError):
        run("clean")


def test_cells_reach_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(entry, "find_stage", lambda name: stage_that(lambda *cell: seen.append(cell)))
    assert run("contest", "smote", "extra") == 0
    assert seen == [("smote", "extra")]


@pytest.mark.parametrize("name", ["nonsense", "errors", "../clean", "stage.py", "codecs"])
def test_an_unknown_stage_is_reported(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name) == 1
    assert f"there is no stage {name!r}" in capsys.readouterr().err


def test_it_runs_the_code_beside_it_even_if_another_is_installed(tmp_path: Path) -> None:
    """An experiment in a temporary copy must never run the code of another copy."""
    copy = tmp_path / "src"
    for floor in ("core", "tools", "stages"):
        (copy / "makeweight" / floor).mkdir(parents=True)
        (copy / "makeweight" / floor / "__init__.py").write_text("")
    (copy / "stage.py").write_bytes(ENTRY_SCRIPT.read_bytes())
    (copy / "makeweight" / "__init__.py").write_text("")
    for module in ("cores", "entry", "errors", "files", "memory", "paths", "resources", "running", "stopping"):
        shutil.copy(ENTRY_SCRIPT.parent / "makeweight" / "core" / f"{module}.py", copy / "makeweight" / "core")
    loggers = "from contextlib import nullcontext\ndef logging_run(*run): return nullcontext()\n"
    (copy / "makeweight" / "tools" / "loggers.py").write_text(loggers)
    (copy / "makeweight" / "core" / "cells.py").write_text("def remove_stale(): pass\n")
    (copy / "makeweight" / "stages" / "clean.py").write_text("def main():\n    print('this copy')\n")
    done = subprocess.run(
        [sys.executable, "src/stage.py", "clean"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ENTRY_SCRIPT.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "this copy\n", "")


def test_no_stage_given_is_a_usage_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 1
    assert capsys.readouterr().err.startswith("usage: ")
