"""Progress goes to standard error: lines in a log, never a stream of bars."""

import pytest

from makeweight.core import progress


def test_items_pass_through_and_the_end_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(progress.track(range(3), "counting")) == [0, 1, 2]
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("counting: 3 done in ")
    assert captured.err.count("\n") == 1


def test_long_work_shows_how_far_it_is(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    assert list(progress.track((n for n in range(2)), "reading", total=2)) == [0, 1]
    lines = capfd.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in lines[:2]] == ["reading: 1 of 2", "reading: 2 of 2"]


def test_an_empty_iterable_is_zero_items(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(progress.track([], "nothing")) == []
    assert capfd.readouterr().err.startswith("nothing: 0 done")


def test_say_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    progress.say("cleaning")
    assert capfd.readouterr().err == "cleaning\n"
