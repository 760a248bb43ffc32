"""What an arm costs, counted by hand."""

import json
from pathlib import Path

import pytest

from makeweight.core import timings
from makeweight.results.run import Run


def run_with(folder: Path, arm: str, numbers: dict[str, float], updates: dict[str, int]) -> Run:
    files = {f"contest/{arm}": numbers} | {f"train_gan/{engine}": {"updates": n} for engine, n in updates.items()}
    for name, content in files.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return Run(folder, folder)


@pytest.mark.parametrize(
    ("arm", "steps"),
    [
        ("smote", 900),
        ("flow_50", 2400),
        ("flow+classic", 2400),
        ("gan_25+flow_filtered", 2820),
        ("flow_50+refit", 2400),
    ],
)
def test_steps_of_classifiers_and_of_the_engines_that_are_used(tmp_path: Path, arm: str, steps: int) -> None:
    run = run_with(tmp_path, arm, {"rows.synthetic": 80, "steps": 900}, {"flow": 1500, "gan": 420})
    assert (run.cost(arm).rows, run.cost(arm).steps) == (80, steps)


def test_what_is_not_known_is_none(tmp_path: Path) -> None:
    run = run_with(tmp_path, "flow_50", {}, {"flow": 1500})
    assert (run.cost("flow_50").rows, run.cost("flow_50").steps) == (None, None)
    run = run_with(tmp_path, "gan_50", {"steps": 900, "rows.synthetic": 0}, {})
    assert (run.cost("gan_50").rows, run.cost("gan_50").steps) == (0, None)


def test_seconds_of_classifiers_and_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run(tmp_path, tmp_path)
    assert run.cost("smote").seconds is None
    timings.write_seconds("contest", "smote", 30.04)
    timings.write_seconds("contest", "flow_50", 20)
    assert run.cost("smote").seconds == 30.0
    assert run.cost("flow_50").seconds is None, "the engine was not trained here"
    timings.write_seconds("train_gan", "flow", 100)
    assert run.cost("flow_50").seconds == 120
    assert (run.cost("flow_50").classifier_seconds, run.cost("flow_50").generator_seconds) == (20, 100)
