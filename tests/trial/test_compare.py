"""`makeweight.compare` on arrays, frames and pictures: what it recommends, and what it says of odd input."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import makeweight
from makeweight.core.errors import InputError
from makeweight.learn.trees import TreesParams
from makeweight.trial import one_split, recommended, repeats
from makeweight.trial.one_split import STEPS
from makeweight.trial.repeats import split_rows
from makeweight.trial.rows import TableRows
from makeweight.trial.verdict import Verdict
from planted import noise, overlapping

QUICK = TreesParams(learning_rates=(0.3,), max_leaf_nodes=(4,), trees=(8,))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few trees, in this process: workers would cost more than they save on so few rows."""
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    monkeypatch.setattr(one_split, "TREES", QUICK)


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    """Simple arms on a table with gaps and categories, six splits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_split, "TREES", QUICK)
        patch.setenv("MAKEWEIGHT_THREADS", "1")
        frame, labels = overlapping(1000)
        return makeweight.compare(frame, labels, arms=["class_weights", "smote"], splits=6)


def test_the_rule_is_found_where_it_helps(verdict: Verdict) -> None:
    assert verdict.arm == "decision_rule"
    assert verdict.sentence.startswith("Do not resample: choose the decision rule. Macro-F1 ")
    assert "on 6 splits; it helps by " in verdict.sentence
    name, above = verdict.recommended.threshold
    assert name == "yes" and 0.1 < above < 0.5
    assert verdict.sentences[1] == f"The rule: predict yes where its probability is above {above:.3f}."


def test_the_recommended_rule_predicts_from_probabilities(verdict: Verdict) -> None:
    _, above = verdict.recommended.threshold
    probabilities = np.array([[1 - above + 0.01, above - 0.01], [1 - above - 0.01, above + 0.01]])
    assert verdict.recommended.predict(probabilities).tolist() == ["no", "yes"]
    with pytest.raises(InputError, match=r"right would be \(rows, 2\)"):
        verdict.recommended.predict(np.ones((4, 3)))


def test_the_table_has_a_row_for_each_arm(verdict: Verdict) -> None:
    table = verdict.table.set_index("arm")
    assert list(table.index) == ["none", "decision_rule", "class_weights", "smote"]
    assert (table["low"] <= table["macro_f1"]).all() and (table["macro_f1"] <= table["high"]).all()
    assert np.isnan(table.loc["decision_rule", "difference"])
    gap = table.loc["none", "macro_f1"] - table.loc["decision_rule", "macro_f1"]
    assert table.loc["none", "difference"] == pytest.approx(gap, abs=0.02)
    assert table.loc["none", "words"] == "hurts"
    assert table.loc["none", "average_precision"] == table.loc["decision_rule", "average_precision"]
    assert table.loc["decision_rule", "rare_recall"] > table.loc["none", "rare_recall"]


def test_the_page_needs_no_network_and_names_every_arm(verdict: Verdict, tmp_path) -> None:
    text = verdict.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "http" not in text and "<script" not in text
    assert all(arm.replace("_", " ") in text for arm in verdict.finding.arms)
    assert verdict.sentence in text
    assert verdict.sentence in verdict._repr_html_()


def test_the_plot_shows_all_differences_in_the_colours_of_the_pages(verdict: Verdict) -> None:
    axes = verdict.plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["decision rule", "class weights", "smote"]
    from matplotlib import pyplot

    pyplot.close(axes.figure)


def test_nothing_is_claimed_of_noise_and_what_would_be_found_is_said() -> None:
    x, y = noise()
    found = makeweight.compare(x, y, arms=["random_oversampling"], splits=4, seed=3)
    assert found.arm == "none"
    assert found.sentence.startswith("Add nothing: no way of balancing is shown to be better than the data as they are")
    assert "would be found four times in five" in found.sentence
    assert found.recommended.predict(np.array([[0.6, 0.4], [0.3, 0.7]])).tolist() == [0, 1]


def test_the_engine_learns_train_rows_only_and_takes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_split, "STEPS", 3)
    seen: list[int] = []
    learn = one_split.engine_rows

    def spied(rows, labels, *rest):
        seen.append(len(labels))
        return learn(rows, labels, *rest)

    monkeypatch.setattr(one_split, "engine_rows", spied)
    frame, labels = overlapping(120, 0.25)
    found = makeweight.compare(frame, labels, arms=["latent_flow_50"], splits=3)
    assert seen == [84] * 3  # 70 % of the rows, on every split
    assert found.finding.arms == ("none", "decision_rule", "latent_flow_50")
    assert found.sentences[-1].startswith("latent_flow_50: ")
    two = {arm: scores[:2] for arm, scores in found.finding.scores.items()}
    few = replace(found, finding=replace(found.finding, scores=two))
    assert few.splits == 2 and few.sentence.startswith("Too few splits to say anything")
    assert few.sentences == [few.sentence], "of two splits nothing is said about an engine either"


def test_the_same_seed_gives_the_same_scores() -> None:
    frame, labels = overlapping(150, 0.3)
    tables = [makeweight.compare(frame, labels, arms=["smote"], splits=3, seed=5).table for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.parametrize("seed", [5_000_000, 2**31 - 1])
def test_every_seed_can_be_used(seed: int) -> None:
    frame, labels = overlapping(150, 0.3)
    assert makeweight.compare(frame, labels, arms=["smote"], splits=2, seed=seed).splits == 2


def test_pictures_come_as_arrays_or_as_a_list_of_images() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(["dark", "light"], [50, 14])
    pictures = (rng.random((64, 8, 8)) * 60).astype(np.uint8)
    pictures[labels == "light", 2:5] += 150  # a bar, since features of patches do not see how light a picture is
    found = makeweight.compare(pictures, labels, arms=["smote"], splits=2)
    assert found.table["macro_f1"].min() > 80
    images = [Image.fromarray(picture) for picture in pictures]
    again = makeweight.compare(images, labels, arms=[], splits=2)
    assert again.table["macro_f1"].min() > 80
    with pytest.raises(InputError, match="pictures of several sizes"):
        makeweight.compare([images[0], Image.new("L", (9, 9))], ["dark", "light"])


def test_groups_stay_on_one_side_of_every_split() -> None:
    labels, groups = np.tile([0, 0, 0, 1], 30), np.repeat(np.arange(30), 4)
    for seed in range(5):
        train, test = split_rows(labels, groups, seed)
        assert not set(groups[train]) & set(groups[test])
        assert len(train) + len(test) == 120


def test_columns_that_teach_nothing_are_left_out_and_told() -> None:
    frame, labels = overlapping(200)
    frame["empty"], frame["same"] = np.nan, 7
    frame["copy"] = np.where(labels == "yes", "j", "n")
    frame["id"] = [f"k{number}" for number in range(200)]
    rows = TableRows.of(frame, labels)
    assert rows.names == ("a", "b", "c", "kind")
    told = "\n".join(rows.notes)
    for name, reason in {
        "empty": "no value in any row",
        "same": "the same value in every row",
        "copy": "each class has one value of it",
        "id": "200 different values in 200 rows",
    }.items():
        assert f"column {name!r} is not used: {reason}" in told


def test_a_class_of_two_rows_is_left_out_and_told() -> None:
    x, y = noise(80)
    y[:2] = 2
    found = makeweight.compare(x, y, arms=[], splits=2)
    assert found.classes == ("0", "1")
    assert found.notes == ("classes with fewer than 6 rows are left out: 2 (2)",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(60, dtype=int)}, "all 60 rows have the class '0'; at least two classes"),
        ({"y": np.arange(60)}, "60 different classes in 60 rows, 0 of 6 rows or more"),
        ({"y": np.zeros(59, dtype=int)}, "59 labels, but X has 60 rows"),
        ({"arms": ["smotte"]}, "arms: 'smotte' is not known; right would be none, decision_rule"),
        ({"seed": 2**31}, "seed: is 2147483648; a whole number from 0 to 2147483647 would be right"),
        ({"seed": -1}, "seed: is -1; a whole number"),
        ({"seed": 0.5}, "seed: is 0.5; a whole number"),
        ({"splits": 1}, "splits: is 1; a whole number from 2 to 100 would be right"),
        ({"splits": 101}, "splits: is 101; a whole number"),
        ({"seconds": float("nan")}, "seconds: is nan; a number of seconds, such as 60, would be right"),
        ({"seconds": float("inf")}, "seconds: is inf"),
        ({"seconds": -1}, "seconds: is -1"),
        ({"rare": 9}, "rare: there is no class 9; there are 0, 1"),
        ({"groups": [1, 2]}, "groups: 2 of them, but y has 60 rows"),
        ({"groups": [1] * 60}, "groups: class '0' is in 1; at least four groups"),
        ({"X": np.full((60, 2), np.nan)}, "no column can be learned from"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(change: dict, message: str) -> None:
    given = {"X": np.random.default_rng(0).normal(size=(60, 2)), "y": np.arange(60) % 2, "seconds": 1} | change
    with pytest.raises(InputError, match=message):
        makeweight.compare(given.pop("X"), given.pop("y"), **given)


def test_the_time_left_does_not_take_the_first_piece_of_work_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one loads libraries: 20 s where the others take 1 s each said that hours were left."""
    told: list[float] = []
    clock = repeats.Clock(10, 60.0, 3, lambda share, left, doing: told.append(left))
    for passed in (20.0, 21.0, 22.0):
        monkeypatch.setattr(repeats.Clock, "passed", passed)
        clock.tick()
    assert told == [40.0, 28.0, 27.0]


def test_samplers_do_what_the_arms_do() -> None:
    frame, labels = overlapping(150, 0.2)
    rows = TableRows.of(frame, labels)
    for name in ("smote", "random_oversampling", "latent_flow_50"):
        sampler = recommended.sampler_of(one_split.Arm.parse(name), labels, rows, 0)
        if name == "latent_flow_50":
            assert sampler.steps == STEPS
            sampler.set_params(steps=2)
        level, classes = sampler.fit(frame, labels).fit_resample(frame, labels)
        counts, before = (pd.Series(one).value_counts() for one in (classes, labels))
        full = before["no"] if name != "latent_flow_50" else round((before["no"] + before["yes"]) / 2)
        assert counts["yes"] == pytest.approx(full, abs=1)
        assert list(level.columns) == list(frame.columns)
        assert set(level["kind"]) <= {"red", "blue"}


def test_large_data_are_compared_on_a_part_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from makeweight.trial import compare as module

    monkeypatch.setattr(module, "FEWEST_ROWS", 100)
    monkeypatch.setattr(module, "MOST_NUMBERS", 1)
    x, y = noise(300)
    found = makeweight.compare(x, y, arms=[], splits=2)
    assert found.notes == ("a random part of the rows is used: 100 of 300, so that time is enough",)
