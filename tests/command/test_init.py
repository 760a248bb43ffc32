"""`makeweight init` makes a project that DVC understands, and overwrites nothing."""

import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest
from dvc.parsing import DataResolver
from dvc.repo import Repo
from ruamel.yaml import YAML

from makeweight import __version__
from makeweight.command import init, main


def everything(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert main.main(["init", str(tmp_path / "churn")]) == 0
    return tmp_path / "churn"


def test_a_new_folder_has_all_that_a_project_needs(project: Path) -> None:
    assert everything(project) == set(init.contents())
    assert (project / ".git").is_dir()
    assert (project / "requirements.txt").read_text() == f"makeweight=={__version__}\n"
    assert len((project / "README.md").read_text().splitlines()) == 10


def test_dvc_resolves_its_stages(project: Path) -> None:
    (project / "datasets" / "none.yaml").write_text("title: x\n")
    pipeline = YAML(typ="safe").load((project / "dvc.yaml").read_text())
    stages = DataResolver(Repo(str(project)), "", pipeline).resolve()["stages"]
    assert stages["ingest"]["cmd"] == "makeweight stage ingest"
    assert "contest@smote" in stages
    ignored = {line[1:] for line in init.GITIGNORE.splitlines() if line.startswith("/")}
    for stage in stages.values():
        for out in (out for out in stage.get("outs", []) if isinstance(out, str)):
            assert any(PurePosixPath(out).is_relative_to(line) for line in ignored), out
    assert not Repo(str(project)).config["core"]["analytics"]


def test_the_command_says_what_comes_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["init", str(tmp_path / "a")]) == 0
    assert f"cd {tmp_path / 'a'}\n  makeweight add FILE_OR_FOLDER --label COLUMN" in capsys.readouterr().out


def test_in_a_folder_of_a_repository_no_second_one_is_made(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    assert main.main(["init", str(tmp_path / "below")]) == 0
    assert not (tmp_path / "below" / ".git").exists()


@pytest.mark.parametrize("name", ["params.yaml", "dvc.yaml", ".dvc/config", "datasets/.gitkeep"])
def test_what_is_in_the_way_is_named_and_stays(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    assert main.main(["init", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("makeweight init: ") and "is there already and is not overwritten" in told
    assert told.count("\n") == 1
    assert everything(tmp_path) == {name} and (tmp_path / name).read_text() == "mine"
    assert not (tmp_path / ".git").exists()


def test_a_file_where_a_folder_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data.csv").write_text("a,b\n")
    assert main.main(["init", str(tmp_path / "data.csv")]) == 1
    assert "data.csv: a file; a folder" in capsys.readouterr().err


def test_ignored_lines_are_added_and_readme_and_requirements_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".gitignore").write_text("mine/\n*.tmp")
    (tmp_path / "README.md").write_text("# Mine\n")
    (tmp_path / "requirements.txt").write_text("pandas\n")
    assert main.main(["init", str(tmp_path)]) == 0
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["mine/", "*.tmp"] and lines.count("*.tmp") == 1 and "/data/ingest" in lines
    assert (tmp_path / "README.md").read_text() == "# Mine\n"
    assert (tmp_path / "requirements.txt").read_text() == "pandas\n"
    told = capsys.readouterr().out
    assert f"should name makeweight=={__version__}" in told and "lines were added at its end" in told


def failing_at(name: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_text

    def fail(path: Path, *args: object, **kwargs: object) -> int:
        if path.name == name:
            raise error
        return write(path, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", fail)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (OSError(28, "No space left on device", "params.yaml"), 1, "No space left on device"),
        (PermissionError(13, "Permission denied", "params.yaml"), 1, "no permission to write there"),
        (KeyboardInterrupt(), 130, "stopped by Ctrl-C"),
    ],
)
def test_a_failure_leaves_nothing(
    error: BaseException,
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    with monkeypatch.context() as patched:
        failing_at("params.yaml", error, patched)
        assert main.main(["init", str(tmp_path)]) == status
    told = capsys.readouterr().err
    assert said in told and told.strip().count("\n") == 0, "Click begins a new line after ^C"
    assert everything(tmp_path) == {".gitignore"} and not (tmp_path / ".git").exists()
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert main.main(["init", str(tmp_path)]) == 0


def test_without_git_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *args, **kwargs: None)
    assert main.main(["init", str(tmp_path / "a")]) == 1
    assert "git is not installed" in capsys.readouterr().err and not (tmp_path / "a").exists()
