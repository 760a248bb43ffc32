"""What an arm costs, counted by hand."""

from pathlib import Path

import pytest

from makeweight.balance import costs
from makeweight.balance.arm import Arm
from makeweight.balance.costs import Cost
from makeweight.core import timings

GENERATORS = {"flow": {"updates": 1500}, "gan": {"updates": 420}}


def test_steps_of_classifiers_and_of_the_generators_that_are_used() -> None:
    numbers = {"rows.synthetic": 80, "steps": 900}
    assert costs.cost_of(Arm.parse("smote"), numbers, GENERATORS) == Cost(80, 900)
    assert costs.cost_of(Arm.parse("flow_50"), numbers, GENERATORS) == Cost(80, 2400)
    assert costs.cost_of(Arm.parse("flow+classic"), numbers, GENERATORS) == Cost(80, 2400)
    assert costs.cost_of(Arm.parse("gan_25+flow_filtered"), numbers, GENERATORS) == Cost(80, 2820)


def test_what_is_not_known_is_not_made_up() -> None:
    assert costs.cost_of(Arm.parse("flow_50"), {}, GENERATORS) == Cost(None, None)
    assert costs.cost_of(Arm.parse("flow_50"), {"steps": 900, "rows.synthetic": 0}, {"flow": {}}) == Cost(0, None)


def test_seconds_of_classifiers_and_generators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert costs.seconds_of(Arm.parse("smote")) is None
    timings.write_seconds("contest", "smote", 30.04)
    timings.write_seconds("contest", "flow_50", 20)
    assert costs.seconds_of(Arm.parse("smote")) == 30.0
    assert costs.seconds_of(Arm.parse("flow_50")) is None, "the generator was not trained here"
    timings.write_seconds("train_gan", "flow", 100)
    assert costs.seconds_of(Arm.parse("flow_50")) == 120
