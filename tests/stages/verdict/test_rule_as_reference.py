"""The decision rule as an arm of its own: what of a gain is the rule's, and what is recommended."""

import numpy as np
import pandas as pd
import pytest
from made_up import predictions, resampled, verdict_on
from scipy.stats import norm

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.stages.verdict.bootstrap import bootstrap
from makeweight.stages.verdict.choices import choose
from makeweight.stages.verdict.claims import HELPS, HURTS, INCONCLUSIVE, claims
from makeweight.stages.verdict.measures import measure
from makeweight.stages.verdict.predictions import ArmPredictions, align
from makeweight.stages.verdict.sentences import numbers_to_use, sentences
from makeweight.stages.verdict.tables import arm_table, dose_table, interval_table


def test_an_arm_that_only_moves_the_threshold_is_told_as_such() -> None:
    verdict = verdict_on({NONE: 0.7, DECISION_RULE: 0.8, "smote": 0.801, "flow_50": 0.8})
    assert verdict.against_none["smote"].word == verdict.against_none[DECISION_RULE].word == HELPS
    assert verdict.against_rule["smote"].word == INCONCLUSIVE and verdict.against_rule[NONE].word == HURTS
    assert verdict.choices.recommended == DECISION_RULE
    found = sentences(verdict)
    rule = verdict.against_none[DECISION_RULE].interval.points()
    assert found["recommendation"].startswith("Do not resample: choose the decision rule. Macro-F1 ")
    assert (
        f"it helps by {rule.mean:.1f} points against none ({rule.low:+.1f} to {rule.high:+.1f})"
        in (found["recommendation"])
    )
    assert "nothing is shown to be better than it" in found["recommendation"]


def test_an_engine_whose_rows_are_worth_no_more_than_the_rule_adds_none_of_them() -> None:
    """All of its arms are judged by the tuned rule: adding nothing is the rule, not the most probable class."""
    verdict = verdict_on({NONE: 0.7, DECISION_RULE: 0.8, "flow_50": 0.77, "flow_100": 0.75})
    assert verdict.choices.chosen == {"flow": NONE}
    assert sentences(verdict)["flow"] == "flow: validation chose to add none of its samples."
    assert verdict.against_none["flow"].interval.mean == 0 and "flow" not in verdict.against_rule
    without = verdict_on({NONE: 0.7, "flow_50": 0.77, "flow_100": 0.75})
    assert without.choices.chosen == {"flow": "flow_50"}


def test_an_arm_beyond_the_rule_is_recommended_where_it_is_shown_to_be_better_than_the_rule() -> None:
    verdict = verdict_on({NONE: 0.7, DECISION_RULE: 0.76, "smote": 0.74, "flow_50": 0.82})
    assert verdict.choices.recommended == "flow_50" and verdict.choices.best_simple == DECISION_RULE
    found = sentences(verdict)
    gain, rule = (100 * verdict.against_none[arm].interval.mean for arm in ("flow_50", DECISION_RULE))
    share = f"f the {gain:.1f} points that flow_50 gains over doing nothing, {rule:.1f} are the decision rule's."
    assert found["share_of_rule"] == f"O{share}"
    assert found["flow"].endswith(f"o{share.replace('flow_50', 'flow')}")
    beyond = 100 * verdict.against_rule["flow_50"].interval.mean
    assert f"it helps by {beyond:.1f} points against the decision rule alone (" in found["recommendation"]
    assert beyond == pytest.approx(gain - rule)


@pytest.mark.parametrize(
    ("test", "recommended"),
    [
        ({NONE: 0.7, DECISION_RULE: 0.8, "flow_50": 0.801}, DECISION_RULE),
        ({NONE: 0.8, DECISION_RULE: 0.801, "flow_50": 0.802}, NONE),
        ({NONE: 0.7, DECISION_RULE: 0.701, "flow_50": 0.8}, "flow_50"),
        ({NONE: 0.8, DECISION_RULE: 0.75, "flow_50": 0.79}, NONE),
    ],
)
def test_what_validation_chose_must_be_shown_on_test_against_none_and_against_the_rule(
    test: dict[str, float], recommended: str
) -> None:
    verdict = verdict_on({NONE: 0.7, DECISION_RULE: 0.75, "flow_50": 0.9}, test)
    assert verdict.choices.preferred == "flow_50"
    assert verdict.choices.recommended == recommended
    assert "validation chose" in sentences(verdict)["recommendation"]


def test_the_order_within_one_standard_error_is_none_rule_best_simple_best() -> None:
    """Arms that predict alike, the least simple one first: the simplest of them is preferred."""
    two = predictions({"low": 0.7, "high": 0.8}, rows=600)
    order = ("flow_50", "smote", DECISION_RULE, NONE)
    for level in range(1, 5):
        predicted = two.predicted[[1] * level + [0] * (4 - level)]
        scores = resampled(ArmPredictions(order, two.labels, two.units, predicted, 2))
        assert choose(scores, {}).preferred == order[level - 1]


def test_an_engine_is_one_hypothesis_beside_the_table_of_all_arms() -> None:
    """Max-t among the engines' choices only, recomputed from the resampled differences."""
    arms = {NONE: 0.7, DECISION_RULE: 0.75, "smote": 0.76, "flow_50": 0.78, "flow_100": 0.74, "gan_50": 0.77}
    verdict, test = verdict_on(arms), resampled(predictions(arms))
    assert verdict.choices.chosen == {"flow": "flow_50", "gan": "gan_50"}
    for reference, found in ((NONE, verdict.against_none), (DECISION_RULE, verdict.against_rule)):
        means, samples = test.differences(reference, "macro_f1")
        own = [test.arms.index(arm) for arm in ("flow_50", "gan_50")]
        std = samples[:, own].std(0)
        largest = (np.abs(samples[:, own] - samples[:, own].mean(0)) / std).max(1)
        width = np.quantile(largest, 0.95)
        for index, (engine, arm) in enumerate((("flow", "flow_50"), ("gan", "gan_50"))):
            interval = found[engine].interval
            assert interval.mean == pytest.approx(means[own[index]]) == pytest.approx(found[arm].interval.mean)
            assert interval.high - interval.mean == pytest.approx(width * std[index])
            assert interval.detectable == pytest.approx((width + norm.ppf(0.8)) * std[index])
            assert found[arm].interval.low < interval.low


def test_the_arm_to_use_is_one_hypothesis_with_those_of_the_engines() -> None:
    """Many ways that do nothing cost the table its power; the rule, which validation chose, keeps its own."""
    amounts = {f"flow_{amount}": 0.7 for amount in range(1, 16)}
    arms = {NONE: 0.7, DECISION_RULE: 0.705, **amounts}
    verdict, test = verdict_on({**arms, DECISION_RULE: 0.8}, arms, rows=1500), resampled(predictions(arms, rows=1500))
    assert verdict.choices.chosen == {"flow": NONE} and verdict.choices.preferred == DECISION_RULE
    means, samples = test.differences(NONE, "macro_f1")
    own = test.arms.index(DECISION_RULE)
    std = samples[:, own].std()
    width = np.quantile(np.abs(samples[:, own] - samples[:, own].mean()) / std, 0.95)
    found = verdict.against_none[DECISION_RULE]
    assert found.interval.mean == pytest.approx(means[own])
    assert found.interval.high - found.interval.mean == pytest.approx(width * std)
    in_the_table = claims(test, NONE)[DECISION_RULE]
    assert (in_the_table.word, found.word) == (INCONCLUSIVE, HELPS)
    assert verdict.choices.recommended == DECISION_RULE and verdict.group is not None
    assert verdict.group.arms == (DECISION_RULE,)


def test_a_gain_that_is_shown_for_the_engines_choice_only_is_recommended_with_these_words() -> None:
    """Fifteen amounts cost so much power that none is shown; the one that validation chose is one hypothesis."""
    amounts = {f"flow_{amount}": 0.765 for amount in range(1, 16)}
    validation = {NONE: 0.7, DECISION_RULE: 0.75, **amounts, "flow_100": 0.9}
    test = {NONE: 0.7, DECISION_RULE: 0.75, **amounts, "flow_100": 0.768}
    verdict = verdict_on(validation, test, rows=1500)
    assert verdict.choices.chosen == {"flow": "flow_100"} and verdict.line("flow_100") == "flow"
    arm, engine = verdict.against_rule["flow_100"], verdict.against_rule["flow"]
    assert (arm.word, engine.word) == (INCONCLUSIVE, HELPS)
    assert verdict.choices.recommended == "flow_100"
    found = sentences(verdict)["recommendation"]
    points = engine.interval.points()
    expected = f"it helps by {points.mean:.1f} points against the decision rule alone ({points.low:+.1f} to "
    assert expected in found and "inconclusive" not in found


def test_a_detectable_gain_is_found_four_times_in_five() -> None:
    """Arms that gain as much as the first experiment calls detectable, over 150 further test splits."""
    base, rows = 0.7, 500
    first = resampled(predictions({NONE: base, "smote": base}, rows=rows, seeds=1), 400)
    detectable = claims(first, NONE)["smote"].interval.detectable
    shares = {NONE: base, "smote": base + detectable}
    words = [
        claims(resampled(predictions(shares, rows=rows, seeds=1, seed=seed), 200), NONE)["smote"].word
        for seed in range(1, 151)
    ]
    assert np.mean([word == HELPS for word in words]) == pytest.approx(0.8, abs=0.1)


def test_inconclusive_is_told_with_what_would_have_been_found() -> None:
    verdict = verdict_on({NONE: 0.82, DECISION_RULE: 0.8}, {NONE: 0.8, DECISION_RULE: 0.801})
    claim = verdict.against_none[DECISION_RULE]
    assert claim.word == INCONCLUSIVE and verdict.choices.recommended == NONE
    detectable = 100 * claim.interval.detectable
    assert detectable > 100 * (claim.interval.high - claim.interval.mean)
    found = sentences(verdict)["recommendation"]
    assert f"a true gain of {detectable:.1f} would be found four times in five" in found
    assert "nothing is shown to be better than none; decision_rule is inconclusive against none (" in found


def test_ways_that_are_level_are_told_together_with_the_cheapest() -> None:
    verdict = verdict_on(
        {NONE: 0.7, "mixup": 0.8, DECISION_RULE: 0.8, "smote": 0.799, "class_weights": 0.75, "refit": 0.69}
    )
    group = verdict.group
    assert group is not None and set(group.arms) == {"mixup", DECISION_RULE, "smote"}
    assert group.worse == ("class_weights",) and group.cheapest == DECISION_RULE
    gains = [verdict.against_none[arm].interval.mean for arm in group.arms]
    assert group.gain == pytest.approx(np.median(gains))
    assert sentences(verdict)["group"] == (
        "Any of three ways helps by about 10 points; none of them is shown to be better than another; the cheapest is "
        "the decision rule; class_weights helps too, but by less."
    )


def test_level_ways_that_validation_did_not_choose_are_no_recommendation() -> None:
    verdict = verdict_on({NONE: 0.8, "mixup": 0.7, "smote": 0.7}, {NONE: 0.7, "mixup": 0.8, "smote": 0.8})
    assert verdict.choices.recommended == NONE
    found = sentences(verdict)
    assert found["recommendation"].startswith("Add nothing: ")
    assert found["group"] == (
        "Either of two ways helps by about 10 points; neither is shown to be better than the other; the cheapest is "
        "smote. Validation chose none of them: this is a finding to confirm on other rows, not yet a recommendation."
    )


def test_of_level_ways_the_cheapest_needs_no_engine_few_parts_and_few_rows() -> None:
    equal = {"smote": 0.8, "flow_100": 0.8, "class_weights": 0.8, "flow_25": 0.8, "smote+refit": 0.8}
    group = verdict_on({NONE: 0.7, **equal}).group
    assert group is not None and group.cheapest == "class_weights"
    engines = {arm: share for arm, share in equal.items() if "flow" in arm}
    group = verdict_on({NONE: 0.7, **engines}).group
    assert group is not None and group.cheapest == "flow_25"


def test_where_nothing_helps_there_is_no_group_and_nobody_has_a_share() -> None:
    verdict = verdict_on({NONE: 0.8, DECISION_RULE: 0.8, "smote": 0.8})
    assert verdict.group is None
    assert set(sentences(verdict)) == {"recommendation"}


@pytest.mark.parametrize(("rule", "told"), [(0.85, "all of the "), (0.65, "none of the "), (0.75, "of the ")])
def test_whose_gain_it_is(rule: float, told: str) -> None:
    validation = {NONE: 0.7, DECISION_RULE: 0.75, "flow_50": 0.9}
    verdict = verdict_on(validation, {NONE: 0.7, DECISION_RULE: rule, "flow_50": 0.8})
    gain, own = (100 * verdict.against_none[arm].interval.mean for arm in ("flow_50", DECISION_RULE))
    found = sentences(verdict)["flow"]
    assert f"; {told}{gain:.1f} points that flow gains over doing nothing" in found
    assert f"{own:+.1f} by itself" in found if rule == 0.65 else f"{own:.1f}" in found


def test_without_the_arm_there_is_no_third_reference() -> None:
    verdict = verdict_on({NONE: 0.7, "smote": 0.8, "flow_50": 0.8})
    assert verdict.against_rule == {} and not verdict.has_rule
    assert "decision rule" not in " ".join(sentences(verdict).values())
    assert interval_table(verdict)["rule_mean"].isna().all()


def test_tables_hold_the_rule_what_would_be_found_and_the_most_probable_class() -> None:
    given = predictions({NONE: 0.7, DECISION_RULE: 0.8, "smote": 0.8, "flow_50": 0.85, "flow_100": 0.8})
    argmax = np.array([given.predicted[0]] * len(given.arms))
    scores = bootstrap(
        ArmPredictions(given.arms, given.labels, given.units, given.predicted, 2, argmax),
        np.array([False, True]),
        200,
        0.05,
        0,
    )
    assert scores.argmax_means()["smote"] == pytest.approx(scores.measured["macro_f1"][0].mean())
    verdict = verdict_on({NONE: 0.7, DECISION_RULE: 0.8, "smote": 0.8, "flow_50": 0.85, "flow_100": 0.8})
    table = interval_table(verdict).set_index("arm")
    claim = verdict.against_rule["flow_50"]
    assert table.loc["flow_50", ["rule_mean", "rule_low", "rule_high", "rule_detectable"]].tolist() == pytest.approx(
        [100 * part for part in (claim.interval.mean, claim.interval.low, claim.interval.high)]
        + [100 * claim.interval.detectable]
    )
    assert table.loc["flow_50", "rule_verdict"] == claim.word and pd.isna(table.loc[DECISION_RULE, "rule_verdict"])
    none = verdict.against_none["smote"].interval
    assert table.loc["smote", "detectable"] == pytest.approx(100 * none.detectable)
    dose = dose_table(verdict, {"flow": {0: NONE, 50: "flow_50", 100: "flow_100"}})
    rule = verdict.scores.score(DECISION_RULE, "macro_f1").points().mean
    assert dose["mean"].iloc[0] == pytest.approx(rule)
    views = arm_table({"fusion": verdict})
    assert views["argmax_macro_f1"].tolist() == pytest.approx(views["mean"].tolist())
    numbers = measure({"fusion": verdict}, "fusion")
    assert numbers["flow_50.against_rule.mean"] == claim.interval.mean
    assert numbers["flow_50.against_rule.detectable"] == claim.interval.detectable
    assert numbers["smote.argmax_macro_f1.mean"] == pytest.approx(numbers["smote.macro_f1.mean"])


def test_none_is_judged_by_the_most_probable_class_and_every_other_arm_by_its_rule() -> None:
    base = pd.DataFrame({"seed": 1, "view": "text", "split": "test", "id": ["x", "y", "z"], "label": ["a", "b", "b"]})
    predicted, tuned = ["a", "a", "a"], ["a", "b", "a"]
    tables = {arm: base.assign(predicted=predicted, tuned=tuned) for arm in (NONE, DECISION_RULE, "smote")}
    tables["smote"] = tables["smote"].iloc[::-1]
    found = align(tables, "text", "test", pd.Series([0, 1, 2], index=["x", "y", "z"]), ["a", "b"])
    assert found is not None and found.argmax is not None
    assert found.predicted[:, 0].tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 0]]
    assert (found.argmax == 0).all()


def test_the_rule_is_told_with_the_numbers_to_use() -> None:
    record = {"tau": 0.5, "kept": 0.0, "threshold": 0.2}
    record |= {"biases": {"common": 0.0, "rare": float(np.log(4))}, "warnings": {}}
    assert numbers_to_use(record, False) == "The rule: predict rare where its probability is above 0.200."
    turned = record | {"threshold": 0.8, "biases": {"rare": float(np.log(4)), "common": 0.0}}
    assert numbers_to_use(turned, False) == numbers_to_use(record, False)
    three = record | {"threshold": None, "biases": {"a": 0.0, "b": float(np.log(2)), "c": float(np.log(5))}}
    assert numbers_to_use(three, True) == (
        "The rule: multiply the probabilities of all views together by a 1.00, b 2.00, c 5.00, and predict the class "
        "with the largest product."
    )
    many = three | {"biases": {f"class {number}": 0.0 for number in range(9)}}
    assert "0.50 times the log of each class's share" in numbers_to_use(many, False)
