"""The suite's ways of balancing on one split, checked by hand, and a way that fails."""

import numpy as np
import pandas as pd
import pytest

import suite_arms
from suite_arms import LEARNERS, Contestant, Encoder
from suite_sets import TableSet
from suite_split import corrected, gain_error, precision, run_split

ARMS = ["none", "class_weights", "undersampling_ensemble", "random_oversampling", "smote"]
ENGINE = ["latent_flow_25", "latent_flow_50", "latent_flow_100"]


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite_arms, "STEPS", 3)


def table(rows: int = 120, rare: int = 24, words: bool = True) -> TableSet:
    rng = np.random.default_rng(0)
    label = np.array(["rare"] * rare + ["common"] * (rows - rare))
    frame = pd.DataFrame({"x": rng.normal(size=rows) + 3 * (label == "rare"), "z": rng.normal(size=rows)})
    frame.loc[3, "z"] = np.nan
    if words:
        frame["w"] = rng.choice(["red", "blue"], rows).astype(object)
        frame.loc[5, "w"] = None
    return TableSet("t", "t", "ours", "t", frame.assign(y=label), "y", ("x", "z"), ("w",) if words else ())


def contestant(given: TableSet) -> Contestant:
    labels = (given.target == "rare").astype(int)
    return Contestant.of(given.features, labels, given.features.head(10), given.categorical, 2, 0)


def test_the_encoding_has_numbers_then_codes_and_no_gaps() -> None:
    given = table()
    encoder = Encoder.fit(given.features, given.categorical)
    rows = encoder.encode(given.features)
    assert encoder.numbers == 2 and rows.shape == (120, 4) and np.isfinite(rows).all()
    assert rows[:, :2].mean(0) == pytest.approx([0, 0], abs=1e-9)
    assert rows[3, 2] == 1 and rows[:, 2].sum() == 1, "the mark of the gap"
    assert len(set(rows[:, 3])) == 3, "a missing word is a word"
    unknown = given.features.head(1).assign(w="green")
    assert encoder.encode(unknown)[0, 3] == -1


@pytest.mark.parametrize("words", [True, False])
def test_every_way_gives_the_classes_their_rows(words: bool) -> None:
    one = contestant(table(words=words))
    made = {arm: make() for arm, make in one.ways().items()}
    assert list(made) == ARMS + ENGINE
    rare = {arm: int(data.labels.sum()) for arm, data in made.items()}
    assert rare == dict.fromkeys(ARMS[:3], 24) | {"random_oversampling": 96, "smote": 96} | dict(
        zip(ENGINE, (24 + 18, 24 + 36, 24 + 72), strict=True)
    )
    assert made["none"].prior == pytest.approx([0.8, 0.2]) and made["smote"].prior == pytest.approx([0.5, 0.5])
    assert made["class_weights"].prior == pytest.approx([0.5, 0.5])
    assert made["undersampling_ensemble"].prior == pytest.approx([0.5, 0.5])
    for data in made.values():
        assert np.array_equal(data.rows[:120], one.rows) and np.isfinite(data.rows).all()
    half, whole = made["latent_flow_50"].rows, made["latent_flow_100"].rows
    assert np.array_equal(half, whole[: len(half)]), "amounts are parts of one balance"


@pytest.mark.parametrize("rare", [1, 2])
def test_a_class_of_one_or_two_rows_is_balanced_too(rare: int) -> None:
    one = contestant(table(40, rare))
    assert one.ways()["smote"]().labels.sum() == 40 - rare
    assert one.ways()["random_oversampling"]().labels.sum() == 40 - rare


@pytest.mark.parametrize("learner", LEARNERS)
def test_every_learner_gives_probabilities_under_every_simple_way(learner: str) -> None:
    one = contestant(table())
    for arm in ARMS:
        found = one.probabilities(learner, one.ways()[arm](), 1.0)
        assert found.shape == (10, 2) and found.sum(1) == pytest.approx(np.ones(10)), arm
        assert found[:, 1].mean() > 0.5, "the first ten rows are of the rare class"


def test_probabilities_are_brought_to_another_prior() -> None:
    balanced = np.array([[0.5, 0.5], [0.1, 0.9]])
    found = corrected(balanced, np.array([0.5, 0.5]), np.array([0.9, 0.1]))
    assert found[0] == pytest.approx([0.9, 0.1]) and found[1] == pytest.approx([0.5, 0.5])
    assert corrected(np.array([[0.4, 0.6]]), np.array([1.0, 0.0]), np.array([0.9, 0.1]))[0] == pytest.approx([1, 0])


def test_average_precision_is_that_of_the_rare_class() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    chance = np.array([0.1, 0.2, 0.8, 0.7, 0.9])
    assert precision(labels, np.stack([1 - chance, chance], 1)) == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_the_error_of_a_gain_is_zero_for_equal_predictions() -> None:
    labels = np.array([0, 1] * 20)
    assert gain_error(labels, labels, labels, 0) == 0
    assert gain_error(labels, labels, np.zeros(40, int), 0) > 0.005


def test_a_split_has_a_row_per_learner_and_way() -> None:
    rows = pd.DataFrame(run_split(table(), 0, ["logistic"]))
    assert rows["arm"].tolist() == ARMS + ENGINE and set(rows["learner"]) == {"logistic"}
    scores = rows[["macro_f1", "argmax_macro_f1", "average_precision", "held_out_macro_f1"]]
    assert scores.to_numpy().min() > 0.5 and scores.to_numpy().max() <= 1
    assert rows["train_rows"].unique() == 84 and rows["test_rows"].unique() == 36


def test_a_way_that_fails_is_left_out_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(self: Contestant) -> None:
        raise RuntimeError("no neighbours")

    monkeypatch.setattr(Contestant, "smote", broken)
    rows = run_split(table(), 0, ["logistic"])
    assert [row["arm"] for row in rows] == [arm for arm in ARMS if arm != "smote"] + ENGINE
    assert "smote is left out: RuntimeError: no neighbours" in capsys.readouterr().err


def test_the_strength_of_the_logistic_regression_is_chosen_on_train_rows() -> None:
    strengths = {row["strength"] for row in run_split(table(), 0, ["logistic"])}
    assert len(strengths) == 1 and strengths <= set(suite_arms.STRENGTHS)
