"""What the benchmarks left is read under the names that they write."""

import json
from pathlib import Path

from makeweight.results.benchmarks import (
    picture_grid,
    read_benchmarks,
    read_public_fewshot,
    read_trials,
    read_verdicts,
)

ROOT = Path(__file__).parents[2]


def test_trials_come_by_data_set_and_the_best_first(tmp_path: Path) -> None:
    numbers = {
        "coats.slow.ratio": 0.5,
        "coats.slow.minutes": 10.0,
        "coats.fast.ratio": 0.75,
        "coats.fast.ratio.std": 0.01,
        "coats.fast.coverage": 0.5,
        "coats.fast.seeds": 3,
        "coats.fast.high_frequency_ratio": 0.9,
        "coats.fast.detection_accuracy": 0.7,
        "coats.real.coverage": 0.875,
        "boots-imbalanced.fast.ratio": 0.25,
    }
    assert read_trials(tmp_path) == ()
    (tmp_path / "quality.json").write_text(json.dumps(numbers))
    trials = read_trials(tmp_path)
    assert [(one.data, one.engine, one.ratio) for one in trials] == [
        ("boots-imbalanced", "fast", 0.25),
        ("coats", "fast", 0.75),
        ("coats", "slow", 0.5),
    ]
    fast = trials[1]
    assert (fast.ratio_std, fast.coverage, fast.coverage_of_real, fast.seeds) == (0.01, 0.5, 0.875, 3)
    assert (fast.high_frequencies, fast.told_apart, trials[2].told_apart) == (0.9, 0.7, None)
    assert picture_grid(fast, tmp_path) == tmp_path / "quality" / "coats_fast.png"


def test_the_committed_benchmarks_are_known() -> None:
    folder = ROOT / "benchmarks" / "results"
    trials, verdicts = read_trials(folder), read_verdicts(folder)
    assert trials and all(picture_grid(one, folder).is_file() for one in trials)
    assert any(one.ratio_std is not None for one in trials) and all(one.coverage for one in trials)
    assert verdicts and all(one.arms and one.sentences and one.train_rows for one in verdicts)
    assert any(one.e2_ratios for one in verdicts)
    assert all(one.against_none or one.arm == "none" for verdict in verdicts for one in verdict.arms)
    assert read_public_fewshot(folder) and read_benchmarks(folder)
