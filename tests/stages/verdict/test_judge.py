from made_up import predictions, resampled

from makeweight.balance.arm import Arm
from makeweight.stages.verdict.choices import choose
from makeweight.stages.verdict.claims import HELPS, HURTS, INCONCLUSIVE
from makeweight.stages.verdict.judge import Verdict, arms_of_engines, dose_curves, judge
from makeweight.stages.verdict.predictions import ArmPredictions
from makeweight.stages.verdict.sentences import sentences

ENGINES = ["flow"]


def verdict_of(
    validation: ArmPredictions, test: ArmPredictions, engines: dict[str, list[str]], samples: int
) -> Verdict:
    return judge("fusion", resampled(validation, samples), resampled(test, samples), engines)


def test_the_three_words() -> None:
    shares = {"none": 0.7, "smote": 0.75, "classic": 0.701, "mixup": 0.64}
    verdict = verdict_of(predictions(shares, seed=1), predictions(shares), {}, 500)
    words = {arm: claim.word for arm, claim in verdict.against_none.items()}
    assert words == {"smote": HELPS, "classic": INCONCLUSIVE, "mixup": HURTS}
    assert verdict.choices.best_simple == verdict.choices.recommended == "smote"
    assert set(verdict.against_simple) == {"none", "classic", "mixup"}


def test_dose_curves_come_from_the_arms_that_are_an_engine_alone() -> None:
    names = ["none", "flow_100", "flow_25", "flow_filtered", "flow+classic", "smote"]
    arms = [Arm.parse(name).check(ENGINES) for name in names]
    assert dose_curves(arms) == {"flow": {0: "none", 25: "flow_25", 100: "flow_100"}}


def test_an_engine_is_used_where_it_alone_adds_rows() -> None:
    names = ["none", "flow_100", "flow_25+refit", "flow_filtered", "flow+classic", "refit", "smote+refit"]
    arms = [Arm.parse(name).check(ENGINES) for name in names]
    assert arms_of_engines(arms) == {"flow": ["none", "flow_100", "flow_25+refit", "flow_filtered"]}


def test_choices_are_made_on_validation_and_never_on_test() -> None:
    """On test another amount and another simple arm are far better: the choices must not see that."""
    validation = predictions({"none": 0.7, "smote": 0.8, "classic": 0.75, "flow_50": 0.9, "flow_100": 0.72}, seed=1)
    test = predictions({"none": 0.7, "smote": 0.71, "classic": 0.95, "flow_50": 0.72, "flow_100": 0.96})
    engines = {"flow": ["none", "flow_50", "flow_100"]}
    verdict = verdict_of(validation, test, engines, 300)
    assert verdict.choices.best_simple == "smote"
    assert verdict.choices.chosen == {"flow": "flow_50"}
    assert verdict.choices.preferred == "flow_50"
    assert verdict.choices.recommended == "flow_50"
    assert verdict.scores.score("flow", "accuracy").mean == verdict.scores.score("flow_50", "accuracy").mean
    engine, arm = (verdict.against_none[name].interval for name in ("flow", "flow_50"))
    assert engine.mean == arm.mean and arm.low < engine.low < engine.high < arm.high


def test_nothing_is_added_for_a_gain_that_is_noise() -> None:
    same = {"none": 0.7, "smote": 0.702, "flow_50": 0.703}
    validation = resampled(predictions(same, rows=300), 400)
    engines = {"flow": ["none", "flow_50"]}
    assert choose(validation, engines).preferred == "none"
    simple = {"none": 0.6, "smote": 0.702, "flow_50": 0.703}
    assert choose(resampled(predictions(simple, rows=300), 400), engines).preferred == "smote"


def test_what_validation_chose_is_not_recommended_unless_it_is_shown_to_help() -> None:
    """Better on validation, level on test, as where 100.0 stands against 99.7."""
    validation = predictions({"none": 0.9, "flow_50": 0.97}, seed=1)
    level = predictions({"none": 0.997, "flow_50": 0.998}, rows=600)
    verdict = verdict_of(validation, level, {"flow": ["none", "flow_50"]}, 300)
    assert verdict.against_none["flow_50"].word == INCONCLUSIVE
    assert (verdict.choices.preferred, verdict.choices.recommended) == ("flow_50", "none")
    found = sentences(verdict)["recommendation"]
    assert found.startswith("Add nothing: macro-F1 ") and "Use" not in found
    assert "; nothing is shown to be better than none; validation chose flow_50: inconclusive against none" in found


def test_where_another_arm_helps_it_is_not_said_that_nothing_does() -> None:
    validation = predictions({"none": 0.7, "smote": 0.8, "flow_50": 0.9}, seed=1)
    test = predictions({"none": 0.7, "smote": 0.8, "flow_50": 0.6})
    verdict = verdict_of(validation, test, {"flow": ["none", "flow_50"]}, 300)
    assert (verdict.choices.preferred, verdict.choices.recommended) == ("flow_50", "none")
    found = sentences(verdict)["recommendation"]
    assert "nothing is shown" not in found and "validation chose flow_50: it hurts by " in found


def test_an_amount_of_zero_may_win() -> None:
    worse = {"none": 0.8, "flow_50": 0.7}
    verdict = verdict_of(predictions(worse), predictions(worse), {"flow": ["none", "flow_50"]}, 300)
    assert verdict.choices.chosen == {"flow": "none"}
    assert verdict.against_none["flow"].word == INCONCLUSIVE
    found = sentences(verdict)
    assert found["flow"] == "flow: validation chose to add none of its samples."
    assert found["recommendation"].startswith("Add nothing: macro-F1 79.5 (")


def test_sentences_say_helps_and_hurts_with_their_numbers() -> None:
    shares = {"none": 0.7, "smote": 0.8, "flow_50": 0.75}
    verdict = verdict_of(predictions(shares), predictions(shares), {"flow": ["none", "flow_50"]}, 300)
    found = sentences(verdict)
    assert found["recommendation"].startswith("Use smote, which validation chose: macro-F1 80")
    assert "it helps by " in found["flow"] and "against none" in found["flow"]
    assert "it hurts by " in found["flow"] and "against smote" in found["flow"]


def test_no_score_is_above_a_hundred() -> None:
    scores = resampled(predictions({"none": 0.995, "smote": 0.98}, rows=60, seeds=2), 300)
    found = [interval for measure in ("macro_f1", "minority_recall") for interval in scores.scores(measure).values()]
    assert all(0 <= interval.low <= interval.high <= 1 for interval in found)
