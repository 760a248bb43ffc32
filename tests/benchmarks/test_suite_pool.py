"""Pooling: what is chosen out of fold, intervals by hand, the Bayesian test, and a run that goes on where it ended."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import record
import suite
from makeweight.results.suite import suite_of
from suite_pool import BEST_SIMPLE, CAREFUL, by_arm, interval, overlapping, pooled, signed_rank, table_text
from suite_sets import TableSet

ARMS = ("none", "smote", "latent_flow_25", "latent_flow_100")


def rows_of(table: str, family: str, rare: int, **scores: tuple[float, float]) -> list[dict]:
    """Rows of two splits and one learner: arm -> score on test, score out of fold."""
    own = {"table": table, "family": family, "rows": 10 * rare, "rare_rows": rare, "learner": "logistic"}
    own |= {"train_rows": 70, "test_rows": 30, "steps": 3, "commit": "abc", "strength": 1.0}
    return [
        own
        | {"split": split, "arm": arm, "macro_f1": test + 0.01 * split, "argmax_macro_f1": test - 0.1}
        | {"average_precision": test / 2, "held_out_macro_f1": held_out, "held_out_average_precision": held_out}
        | {"held_out_gain_error": 0.02}
        for split in (0, 1)
        for arm, (test, held_out) in scores.items()
    ]


def scores() -> pd.DataFrame:
    few = {"none": (0.7, 0.7), "smote": (0.72, 0.71), "latent_flow_25": (0.74, 0.73), "latent_flow_100": (0.9, 0.6)}
    more = {"none": (0.8, 0.8), "smote": (0.9, 0.7), "latent_flow_25": (0.76, 0.81), "latent_flow_100": (0.7, 0.7)}
    return pd.DataFrame([*rows_of("boats1", "boats", 20, **few), *rows_of("cars", "cars", 80, **more)])


def test_what_is_chosen_is_chosen_out_of_fold_and_scored_on_test() -> None:
    cells = by_arm(scores())
    first = {arm: cells[arm]["macro_f1"].xs(0, level="split").tolist() for arm in cells}
    assert first["decision_rule"] == pytest.approx([70, 80]) and first["none"] == pytest.approx([60, 70])
    assert first[BEST_SIMPLE] == pytest.approx([72, 80]), "smote is best on the test rows of cars, not out of fold"
    assert first["latent_flow"] == pytest.approx([74, 76])
    assert first[CAREFUL] == pytest.approx([74, 80]), "a gain within a standard error is none"


def test_an_arm_that_failed_on_a_split_is_not_chosen_there() -> None:
    without = scores().drop(index=[2, 6])
    assert (without["arm"] != "latent_flow_25").sum() + 2 == len(without)
    cells = by_arm(without)
    assert cells["latent_flow"]["macro_f1"].xs("boats1", level="table").tolist() == pytest.approx([70, 71])


def test_differences_are_pooled_in_points() -> None:
    results = pooled(scores())
    assert results["tables"] == 2 and results["sources"] == 2 and results["tables.few_rare_rows"] == 1
    assert results["latent_flow.less_best_simple.mean"] == pytest.approx((2 - 4) / 2)
    assert results["latent_flow.less_best_simple.few_rare_rows.mean"] == pytest.approx(2)
    assert results["latent_flow.less_best_simple.more_rare_rows.mean"] == pytest.approx(-4)
    assert results["latent_flow.less_best_simple.worse"] == 0.5 == results["latent_flow.less_best_simple.better"]
    assert results["latent_flow_if_clearly_better.less_best_simple.mean"] == pytest.approx(1)
    assert results["smote.less_decision_rule.mean"] == pytest.approx(6)
    assert results["none.less_decision_rule.mean"] == pytest.approx(-10.5)
    assert results["table.cars.difference"] == pytest.approx(-4) and results["table.cars.splits"] == 2
    assert results["latent_flow.used"] == 1.0 and results["latent_flow_if_clearly_better.used"] == 0.5
    assert json.dumps(results) and "latent_flow.less_best_simple" in table_text(results)
    assert suite_of(results).tables == 2


def test_the_interval_takes_sources_as_independent() -> None:
    values, names = np.array([1.0, 2.0, 3.0, 6.0]), np.array(["a", "b", "c", "d"])
    mean, low, high = interval(values, names)
    margin = stats.t.ppf(0.975, 3) * values.std(ddof=1) / 2
    assert (mean, low, high) == pytest.approx((3, 3 - margin, 3 + margin))
    twice = interval(np.repeat(values, 2), np.repeat(names, 2))
    assert twice == pytest.approx((mean, low, high)), "the same source again is no new evidence"
    assert np.isnan(interval(values, np.array(["a"] * 4))[1])


def test_the_interval_of_a_table_knows_that_splits_overlap() -> None:
    values = np.array([1.0, 3.0, 2.0, 2.0])
    margin = stats.t.ppf(0.975, 3) * values.std(ddof=1) * np.sqrt(1 / 4 + 3 / 7)
    assert overlapping(values, 3 / 7) == pytest.approx((2, 2 - margin, 2 + margin))
    assert np.isnan(overlapping(np.array([1.0]), 3 / 7)[1])


def test_the_bayesian_test_knows_better_equal_and_neither() -> None:
    rng = np.random.default_rng(0)
    assert signed_rank(rng.normal(3, 1, 30))[2] > 0.99
    assert signed_rank(rng.normal(-3, 1, 30))[0] > 0.99
    assert signed_rank(rng.normal(0, 0.2, 30))[1] > 0.99
    worse, equal, better = signed_rank(np.array([-5.0, 5.0, -4.0, 4.0]))
    assert worse == pytest.approx(better, abs=0.02) and equal < worse


@pytest.fixture
def own_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The files of results in a folder of the test, two tables, and the splits that are measured."""
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    monkeypatch.setattr(suite, "SCORES", tmp_path / "suite.parquet")
    monkeypatch.setattr(suite, "install_keel", lambda: None)
    frame = pd.DataFrame({"y": ["b"] * 20 + ["a"] * 30})
    tables = [TableSet(name, "", "", name, frame, "y", (), ()) for name in ("boats1", "cars")]
    monkeypatch.setattr(suite, "all_sets", lambda pattern: [table for table in tables if pattern in table.name])
    measured: list[tuple[str, int]] = []
    found = scores()

    def run_split(table: TableSet, split: int, learners: list[str]) -> list[dict]:
        measured.append((table.name, split))
        own = found[(found["table"] == table.name) & (found["split"] == split)]
        return own.drop(columns=["family", "rows", "rare_rows", "steps", "commit"]).to_dict("records")

    monkeypatch.setattr(suite, "run_split", run_split)
    return measured


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["suite.py", "--learners", "logistic", *arguments])
    suite.main()


def test_a_later_run_measures_only_what_is_missing(
    own_results: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    call(monkeypatch, "--sets", "boats", "--splits", "1")
    call(monkeypatch, "--splits", "2")
    assert own_results == [("boats1", 0), ("boats1", 1), ("cars", 0), ("cars", 1)]
    results = json.loads((tmp_path / "suite.json").read_text())
    assert results["tables"] == 2 and results["splits"] == 4 and "machine" in results and "commit" in results
    call(monkeypatch, "pool")
    assert len(own_results) == 4


def test_no_split_starts_after_the_budget(
    own_results: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(monkeypatch, "--sets", "boats", "--splits", "1")
    call(monkeypatch, "--splits", "2", "--budget-minutes", "-1")
    assert own_results == [("boats1", 0)]
    assert "3 splits are left for a later run" in capsys.readouterr().err


def test_a_wrong_learner_ends_in_one_line(own_results: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="--learners: oracle; right would be logistic, boosting, forest"):
        call(monkeypatch, "--learners", "oracle")
