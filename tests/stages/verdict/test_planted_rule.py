"""Two known truths about the decision rule, a few times each; the benchmark `planted_rule` has a hundred of each."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.learn.decision_rule import DecisionRule
from makeweight.stages.verdict.claims import HELPS

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "planted_rule.py"


@pytest.fixture(scope="module")
def planted_rule() -> ModuleType:
    spec = importlib.util.spec_from_file_location("planted_rule", BENCHMARK)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_arms_that_only_move_the_threshold_are_told_as_such(planted_rule: ModuleType) -> None:
    arms = planted_rule.only_threshold()
    verdicts = [planted_rule.verdict_on(arms, repeat, bootstrap_samples=200) for repeat in range(2)]
    assert all(planted_rule.told_as_threshold(verdict) for verdict in verdicts)
    # At argmax such an arm seems to gain many points over doing nothing.
    gains = [verdict.scores.argmax_means() for verdict in verdicts]
    assert all(gain["smote"] - gain["none"] > 0.05 for gain in gains)


def test_a_rule_that_is_unlucky_is_known_from_further_rows(planted_rule: ModuleType) -> None:
    arms = {
        NONE: planted_rule.Planted(2.0),
        DECISION_RULE: planted_rule.Planted(2.0),
        "smote": planted_rule.Planted(2.0),
    }
    good, bad = DecisionRule(0.0, np.repeat([0.0, 2.0], 5)), DecisionRule(0.0, np.repeat([2.0, 0.0], 5))
    assert planted_rule.unlucky(arms, {DECISION_RULE: bad, "smote": good}, 0)
    assert not planted_rule.unlucky(arms, {DECISION_RULE: good, "smote": bad}, 0)
    assert not planted_rule.unlucky(arms, {DECISION_RULE: good, "smote": good}, 0)


def test_a_gain_of_three_points_under_the_tuned_rule_is_found(planted_rule: ModuleType) -> None:
    arms = planted_rule.one_knows_more()
    verdicts = [planted_rule.verdict_on(arms, 1000 + repeat, bootstrap_samples=200) for repeat in range(2)]
    assert all(verdict.against_rule["flow"].word == HELPS for verdict in verdicts)
    assert all(verdict.against_none[DECISION_RULE].word == HELPS for verdict in verdicts)
    assert all(verdict.choices.recommended == "flow_100" for verdict in verdicts)
