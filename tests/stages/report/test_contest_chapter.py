"""The chapter on the contest: a line per way of balancing, what was left out, and what it cost."""

import json
import re
from pathlib import Path

import pytest
from run_files import page_of, put_numbers, put_series, put_verdict, words_of

from makeweight.core import timings
from makeweight.results.run import Run
from makeweight.results.seconds_page import LINK
from makeweight.stages.report import seconds


def test_the_contest_table_tells_scores_in_points(run: Run) -> None:
    put_verdict(run, "smote")
    put_numbers(run, "contest/flow_50", {"rows.synthetic": 5400, "steps": 2850})
    put_numbers(run, "contest/smote", {"rows.synthetic": 100, "steps": 3300})
    put_numbers(run, "train_gan/flow", {"updates": 1500})
    put_numbers(
        run, "fidelity", {f"flow.{kind}.membership_auc": auc for kind, auc in (("image", 0.51), ("text", 0.62))}
    )
    page = page_of(run)
    assert re.search(r'<tr class="best"><td class="words-column">smote</td>.*?40\.0 \(38\.0 to 42\.1\)', page)
    assert "5,400 4,350 0.620" in words_of(page) and "100 3,300" in words_of(page)


def test_the_clock_stands_on_a_page_of_its_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put_verdict(run, "smote")
    put_numbers(run, "train_gan/flow", {"updates": 1500})
    before = page_of(run)
    timings.write_seconds("contest", "flow_50", 40.2)
    timings.write_seconds("contest", "smote", 31.0)
    timings.write_seconds("train_gan", "flow", 100.4)
    assert page_of(run) == before and LINK in before
    words = words_of(seconds.write_seconds_page(run, ""))
    assert "flow 50 40 100 141" in words and "smote 31 0 31" in words


def test_the_confusion_of_the_recommended_way_comes_first_and_zeros_stay_empty(run: Run) -> None:
    put_verdict(run, "smote")
    put_numbers(run, "contest/none", {"fusion.seeds": 3})
    put_series(run, "split/classes.csv", label=["a", "b"], train=[50, 5])
    cells = {"actual": ["a", "a", "b"], "predicted": ["a", "b", "b"], "count": [30, 6, 3]}
    put_series(run, "verdict/confusion.csv", arm=["smote"] * 3, **cells)
    chapter = page_of(run).partition("Which class is taken for which")[2].partition("</section>")[0]
    assert "smote, recommended: all views together, 3 random starts counted together" in chapter
    shown = re.findall(r'<td class="shade-\d+( diagonal)?">(\d*)</td>', chapter)
    assert shown == [(" diagonal", "3"), ("", ""), ("", "6"), (" diagonal", "30")], "the rarest class comes first"


def test_ways_that_mean_nothing_for_the_data_are_said_in_one_line(run: Run) -> None:
    put_verdict(run, "none")
    path = run.folders.plots / "verdict" / "verdict.json"
    record = json.loads(path.read_text())
    path.write_text(
        json.dumps(record | {"left_out": {"classic": "classic changes pictures", "a+classic": "classic does"}})
    )
    views = {"view": ["trees", "fusion"], "arm": ["smote", "smote"], "mean": [1.0, 2.0]}
    put_series(run, "verdict/arms.csv", **views, low=[0.0, 1.0], high=[2.0, 3.0])
    words = words_of(page_of(run))
    assert "Left out: classic changes pictures." in words and "Left out: a + classic, classic does." in words
    arms = run.folders.series("verdict", "intervals.csv")
    assert arms is not None
    renamed = arms.assign(arm=arms["arm"].replace("flow_50", "flow_50+refit"))
    put_series(run, "verdict/intervals.csv", **{str(name): list(renamed[name]) for name in renamed})
    text = "Empty where a way changes nothing and would repeat another: refit in trees."
    assert text in words_of(page_of(run))


def test_a_single_view_has_no_table_of_its_own(run: Run) -> None:
    put_verdict(run, "none")
    scores = {"mean": [40.0, 41.0], "low": [38.0, 39.0], "high": [42.0, 43.0]}
    put_series(run, "verdict/arms.csv", view=["image", "image"], arm=["none", "smote"], **scores)
    assert "Each view by itself" not in words_of(page_of(run))
    put_series(run, "verdict/arms.csv", view=["image", "fusion"], arm=["none", "smote"], **scores)
    assert "Each view by itself" in words_of(page_of(run))
