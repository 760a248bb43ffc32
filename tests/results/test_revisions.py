"""Numbers of another commit come from git, whichever of them DVC shows."""

import json
import subprocess
from pathlib import Path

import pytest

from makeweight.results.revisions import WORKSPACE, numbers_at

GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")


def write(score: float) -> None:
    for name, numbers in (("verdict", {"a": score}), ("contest/smote", {"b": 2, "word": "x"})):
        path = Path("metrics") / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(numbers))


def test_every_file_of_a_commit_and_of_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(0.5)
    Path("metrics/broken.json").write_text("{")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-qm", "start")):
        subprocess.run([*GIT, *arguments], check=True)
    Path("metrics/broken.json").unlink()
    write(0.75)
    rest = {"contest/smote": {"b": 2, "word": "x"}}
    assert numbers_at("HEAD") == {"verdict": {"a": 0.5}, **rest}
    assert numbers_at(WORKSPACE) == {"verdict": {"a": 0.75}, **rest}
    assert numbers_at("no-such-revision") == {}


def test_outside_git_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert numbers_at("HEAD") == {}
