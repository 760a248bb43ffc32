"""The number of workers and threads follows the environment."""

import pytest

from makeweight.core import cores


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "7")
    assert cores.available() == 7


def test_all_cores_are_used_and_shared_under_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "")
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert cores.available() == 8
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    assert cores.available() == 2
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "9")
    assert cores.available() == 1
