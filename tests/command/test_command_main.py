"""The command lists its subcommands without importing them, and ends as a shell expects."""

import subprocess
import sys
from pathlib import Path

import pytest

from makeweight import __version__
from makeweight.command import main as command

HEAVY = ("numpy", "pandas", "sklearn", "torch", "dvc", "fastapi")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from makeweight.command.main import main; main(['--help']);"
        f"print('imported:', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("imported: []\n")
    assert all(name in done.stdout for name in command.SUBCOMMANDS)


@pytest.mark.parametrize("name", command.SUBCOMMANDS)
def test_every_subcommand_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([name, "--help"]) == 0
    assert f"makeweight {name}" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--version"]) == 0
    assert capsys.readouterr().out == f"makeweight {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "makeweight: no such command 'nonsense'; `makeweight --help` says what is right"),
        (["stage"], "makeweight stage: missing argument 'NAME'; `makeweight stage --help` says what is right"),
        (["stage", "--nonsense", "clean"], "makeweight stage: no such option '--nonsense'; `makeweight stage --help`"),
        (["try", "x.csv", "--seed", "-3"], "makeweight try: invalid value for '--seed': -3 is not in the range"),
    ],
)
def test_a_wrong_call_is_status_1_and_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == 1
    line = capsys.readouterr().err
    assert line.startswith(told) and line.count("\n") == 1


def test_the_command_alone_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 1
    assert "Commands:" in capsys.readouterr().err


def test_the_application_needs_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(["app"]) == 1
    assert capsys.readouterr().err.startswith("makeweight app: params.yaml: no such file in ")


def test_a_stage_that_does_not_exist_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["stage", "nonsense"]) == 1
    assert capsys.readouterr().err == "nonsense: there is no stage 'nonsense'; `dvc stage list` names them\n"
