"""The first screen says what to use, and how sure that is."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from run_files import page_of, put_numbers, put_scores, put_series, put_verdict, words_of

from makeweight.results.run import Run
from makeweight.stages.report.opening import generators, trained


def test_the_first_screen_says_what_to_use_and_how_sure_it_is(run: Run) -> None:
    put_verdict(run, "smote")
    put_numbers(run, "contest/none", {"rows.real": 2300, "fusion.seeds": 3})
    put_numbers(run, "split", {"test": 480})
    put_numbers(run, "clean", {"samples_out": 4000, "classes": 14})
    opening = words_of(page_of(run).partition("<nav")[0])
    assert "Use smote: it helps by 3.1 points of macro-F1 (1.0 to 5.0)." in opening
    hurt = "Synthetic samples of flow hurt (\u22122.0 points), and are worse than smote"
    assert f"{hurt} (\u22125.0 points, \u22126.0 to \u22124.0)." in opening
    assert "2 ways of balancing the 2,300 training samples of 14 classes" in opening
    assert (
        "each trained 3 times from other random starts (once where nothing in it is random)" in opening
        and "tested on 480 samples" in opening
    )
    assert "+3.1 (+1.0 to +5.0)" in opening and "95 % interval" in opening
    assert "chosen on validation for its engine" in opening
    assert "36.9" not in opening  # what doing nothing scores is not known here
    put_scores(run, none=0.3686, smote=0.4)
    assert "Macro-F1 36.9 \u2192 40.0 of 100 points" in words_of(page_of(run))


def test_a_stranger_is_told_what_was_trained_and_what_the_names_of_generators_mean(run: Run) -> None:
    put_verdict(run, "smote")
    ends = dict.fromkeys(("mean", "low", "high"), [40.0] * 3)
    put_series(run, "verdict/arms.csv", view=["trees", "tabular", "fusion"], arm=["none"] * 3, **ends)
    opening = words_of(page_of(run).partition("<nav")[0])
    assert "macro-F1 of all views together (boosted trees on the table, linear model on the table)." in opening
    assert "flow is a generator of synthetic samples. The number behind" in opening
    assert "All in a name" not in opening
    verdict = run.verdict
    assert verdict is not None
    two = replace(verdict, chosen={"flow": "none", "fast_gan": "none"})
    everywhere = replace(verdict.arms[0], arm="flow_all_50")
    assert generators(two).startswith("flow and fast gan are generators of synthetic samples. The number ")
    assert " All in a name: samples for every class" in generators(replace(two, results=(everywhere,)))
    assert generators(replace(two, chosen={})) == ""


def test_ways_that_chance_cannot_tell_from_the_recommended_one_are_named(run: Run) -> None:
    put_verdict(run, "smote")
    put_scores(run, none=0.3, smote=0.4)
    arms = run.folders.series("verdict", "intervals.csv")
    assert arms is not None
    arms.loc[arms["arm"] != "smote", "simple_verdict"] = "inconclusive"
    put_series(run, "verdict/intervals.csv", **{str(name): list(arms[name]) for name in arms})
    opening = words_of(page_of(run).partition("<nav")[0])
    assert "The comparison with it is inconclusive for flow 50." in opening
    assert "and the comparison with smote is inconclusive (\u22125.0 points, \u22126.0 to \u22124.0)." in opening


def test_where_most_ways_are_level_the_others_are_named(run: Run) -> None:
    put_verdict(run, "smote")
    put_scores(run, none=0.3, smote=0.4)
    given = run.folders.series("verdict", "intervals.csv")
    assert given is not None
    own = given["arm"] == "smote"
    more = [given[own].assign(arm=f"way_{index}", simple_verdict="inconclusive") for index in range(4)]
    more.append(given[own].assign(arm="far_off", simple_verdict="hurts"))
    arms = pd.concat([given[own], *more], ignore_index=True)
    put_series(run, "verdict/intervals.csv", **{str(name): list(arms[name]) for name in arms})
    text = "Of the 5 other ways, all but far off show no clear difference from it."
    assert text in words_of(page_of(run).partition("<nav")[0])


def test_a_verdict_can_say_no(run: Run) -> None:
    put_verdict(run, "none")
    assert "Add nothing: on the validation samples no way of balancing was better" in words_of(page_of(run))
    nothing = "Add nothing: no way of balancing is shown to help."
    for recommended, word, mean in (
        ("none", "inconclusive", 0.3),
        ("smote", "inconclusive", 3.1),
        ("smote", "hurts", -3.0),
    ):
        put_verdict(run, recommended, verdict=word, mean=mean)
        text = words_of(page_of(run))
        assert (
            f"{nothing} Train on the data as they are, and predict the most" in text
            and "Use smote: +" not in text
            and "<h1>Use" not in page_of(run)
        )
    record = json.loads((run.folders.plots / "verdict" / "verdict.json").read_text())
    put_verdict(run, "none")
    (run.folders.plots / "verdict" / "verdict.json").write_text(
        json.dumps(record | {"recommended": "none", "preferred": "flow_50"})
    )
    assert "Add nothing: flow 50, which validation chose, is not shown to help on the test samples" in words_of(
        page_of(run)
    )


def test_where_doing_nothing_makes_no_mistake_the_first_screen_says_so(run: Run) -> None:
    put_verdict(run, "none", verdict="inconclusive", mean=0.0)
    put_scores(run, none=0.998)
    assert "anything to gain" not in words_of(page_of(run))
    put_scores(run, none=1.0)
    assert "already recognises every test sample" in words_of(page_of(run).partition("<nav")[0])


def test_the_first_screen_names_classes_with_few_test_samples(run: Run) -> None:
    put_verdict(run, "none")
    put_series(
        run, "split/classes.csv", label=["7", "3", "many"], train=[16, 8, 119], validation=[4, 2, 27], test=[5, 2, 36]
    )
    assert "Classes with fewer than 10 test samples: 3 (2), 7 (5). A class counts" in words_of(page_of(run))
    put_series(run, "split/classes.csv", label=[f"c{row:02}" for row in range(14)], train=[9] * 14, test=[3] * 14)
    assert "c11 (3), 2 more. A class counts" in words_of(page_of(run))
    put_series(run, "split/classes.csv", label=["a", "b"], train=[16, 8], test=[10, 10])
    assert "fewer than 10 test" not in words_of(page_of(run))


def test_the_first_screen_names_the_classes_that_are_gone(run: Run) -> None:
    put_verdict(run, "none")
    put_numbers(run, "clean", {"samples_out": 60})
    remedy = "rules: {small_class: {min_rows: 2}}"
    put_series(run, "clean/gone.csv", label=["fraud <1>"], rows=[33], rule=["small_class"], remedy=[remedy])
    for page in (page_of(run), page_of(Run(run.folders.metrics, run.folders.plots))):
        opening = words_of(page.partition("<nav")[0])
        assert "One class is gone: the clean samples have no row of it." in opening
        assert (
            f"fraud &lt;1&gt; : 33 rows, most taken by the rule small class; to keep it, in the card: {remedy}"
            in opening
        )
    many = [f"class {number}" for number in range(20)]
    put_series(run, "clean/gone.csv", label=many, rows=[2] * 20, rule=["x"] * 20, remedy=[None] * 20)
    opening = words_of(page_of(run).partition("<nav")[0])
    assert "20 classes are gone" in opening and "and 8 more with 16 rows" in opening


@pytest.mark.parametrize(("seeds", "words"), [(1, ", each trained once,"), (3, ", each trained 3 times"), (None, "")])
def test_a_single_training_run_is_said(seeds: int | None, words: str) -> None:
    assert trained(seeds).startswith(words) and bool(trained(seeds)) == bool(words)
