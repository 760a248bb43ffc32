"""What an arm costs, counted by hand."""

from pathlib import Path

import pytest

from makeweight.core import files, timings
from makeweight.results.contest import Cost
from makeweight.results.run import Run


def put(name: str, numbers: dict[str, float]) -> None:
    path = Path("metrics") / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(path, numbers)


def cost(arm: str) -> Cost:
    return Run(Path("metrics"), Path("plots")).cost(arm)


@pytest.mark.parametrize(
    ("arm", "steps"), [("smote", 900), ("flow_50", 2400), ("flow+classic", 2400), ("gan_25+flow_filtered", 2820)]
)
def test_steps_of_classifiers_and_of_the_engines_that_are_used(
    arm: str, steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put("train_gan/flow", {"updates": 1500})
    put("train_gan/gan", {"updates": 420})
    put(f"contest/{arm}", {"rows.synthetic": 80, "steps": 900})
    assert (cost(arm).rows, cost(arm).steps) == (80, steps)


def test_what_is_not_known_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (cost("flow_50").rows, cost("flow_50").steps) == (None, None)
    put("contest/flow_50", {"rows.synthetic": 0, "steps": 900})
    assert (cost("flow_50").rows, cost("flow_50").steps) == (0, None), "the engine's updates are not known"


def test_seconds_of_classifiers_and_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cost("smote").seconds is None
    timings.write_seconds("contest", "smote", 30.04)
    timings.write_seconds("contest", "flow_50", 20)
    assert cost("smote").seconds == 30.0
    assert cost("flow_50").seconds is None, "the engine was not trained here"
    timings.write_seconds("train_gan", "flow", 100)
    assert cost("flow_50").seconds == 120
