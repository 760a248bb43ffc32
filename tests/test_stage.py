"""The front door: it runs this checkout's code, and tells a user's mistake from a defect of ours."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from makeweight.core.errors import InputError

FRONT_DOOR = Path(__file__).parents[1] / "src" / "stage.py"


def load_front_door() -> ModuleType:
    spec = importlib.util.spec_from_file_location("front_door", FRONT_DOOR)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stage_that(action) -> ModuleType:
    stage = ModuleType("makeweight.pretended")
    stage.main = action
    return stage


def test_a_users_mistake_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    door = load_front_door()

    def refuse(*cell: str) -> None:
        raise InputError("params.yaml: `seed` is missing")

    monkeypatch.setattr(door, "find_stage", lambda name: stage_that(refuse))
    assert door.run(["clean", "cell"]) == 1
    assert capsys.readouterr().err == "clean cell: params.yaml: `seed` is missing\n"


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    door = load_front_door()
    monkeypatch.setattr(door, "find_stage", lambda name: stage_that(lambda: 1 / 0))
    with pytest.raises(ZeroDivisionError):
        door.run(["clean"])


def test_cells_reach_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    door = load_front_door()
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(door, "find_stage", lambda name: stage_that(lambda *cell: seen.append(cell)))
    assert door.run(["contest", "smote", "extra"]) == 0
    assert seen == [("smote", "extra")]


@pytest.mark.parametrize("name", ["nonsense", "errors", "../clean", "stage.py", "codecs"])
def test_what_is_no_stage_is_said_so(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert load_front_door().run([name]) == 1
    assert f"there is no stage {name!r}" in capsys.readouterr().err


def test_it_runs_the_code_beside_it_whatever_is_installed(tmp_path: Path) -> None:
    """An experiment in a temporary copy must never run the code of another copy."""
    copy = tmp_path / "src"
    for floor in ("core", "tools", "stages"):
        (copy / "makeweight" / floor).mkdir(parents=True)
        (copy / "makeweight" / floor / "__init__.py").write_text("")
    (copy / "stage.py").write_bytes(FRONT_DOOR.read_bytes())
    (copy / "makeweight" / "__init__.py").write_text("")
    (copy / "makeweight" / "core" / "errors.py").write_text("class InputError(ValueError): pass\n")
    loggers = "from contextlib import nullcontext\ndef watching(*run): return nullcontext()\n"
    (copy / "makeweight" / "tools" / "loggers.py").write_text(loggers)
    (copy / "makeweight" / "stages" / "clean.py").write_text("def main():\n    print('this copy')\n")
    done = subprocess.run(
        [sys.executable, "src/stage.py", "clean"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(FRONT_DOOR.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "this copy\n", "")


def test_no_stage_given_is_a_usage_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert load_front_door().run([]) == 1
    assert capsys.readouterr().err.startswith("usage: ")
