"""`makeweight doctor` names what is wrong and how to mend it."""

import json
import os
import shutil
from importlib import metadata
from pathlib import Path

import pytest

from makeweight.command import doctor, main, project


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_everything_is_listed_with_its_state(capsys: pytest.CaptureFixture[str]) -> None:
    main.main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    names = [finding["name"] for finding in found]
    assert {"Python", "GPU", "git", "DVC", "folder", "disk", "threads"} <= set(names)
    assert all(finding["state"] in ("ok", "note", "wrong") for finding in found)
    assert all(finding["remedy"] for finding in found if finding["state"] == "wrong")


def test_a_package_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        metadata, "requires", lambda name: ["numpy==0.1", "no-such-package==1.0", "pytest; extra == 'x'"]
    )
    found = {finding.name: finding for finding in doctor.check_packages()}
    assert found["numpy"].text.endswith(", not 0.1") and found["numpy"].remedy == "pip install 'numpy==0.1'"
    assert found["no-such-package"].text == "is not installed"
    assert set(found) == {"numpy", "no-such-package"}


@pytest.mark.parametrize(("value", "state"), [("two", "wrong"), ("0", "wrong"), ("100000", "wrong"), ("1", "ok")])
def test_odd_numbers_of_threads(value: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEWEIGHT_THREADS", value)
    assert doctor.check_threads().state == state


def test_a_wrong_number_of_threads_is_told_as_every_command_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "two")
    found = doctor.check_threads()
    assert found.text.startswith("environment variable MAKEWEIGHT_THREADS is 'two'; right would be a whole number, 1")
    assert found.remedy


def test_no_git_no_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "output", lambda *command: "")
    assert [finding.state for finding in doctor.check_git()] == ["ok", "wrong"]
    monkeypatch.setattr(shutil, "which", lambda *args, **kwargs: None)
    (git,) = doctor.check_git()
    assert git.state == "wrong" and git.remedy
    assert [finding.name for finding in doctor.check_dvc() if finding.state == "wrong"] == ["command"]


def test_a_full_disk_and_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 0))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert [finding.state for finding in doctor.check_folder()] == ["wrong", "wrong"]


def test_something_wrong_is_status_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = doctor.Finding("disk", "wrong", "0.0 GB free", "make room")
    monkeypatch.setattr(doctor, "examine", lambda: [wrong])
    assert main.main(["doctor"]) == 1
    assert capsys.readouterr().out == "wrong  disk          0.0 GB free\n                     -> make room\n"
    monkeypatch.setattr(doctor, "examine", list)
    assert main.main(["doctor"]) == 0


def test_commands_of_this_installation_come_first_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    assert project.environment()["PATH"].endswith("/usr/bin") and project.environment()["PATH"] != "/usr/bin"
