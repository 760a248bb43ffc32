"""The chart of where the time of a full run goes."""

import json
from pathlib import Path

from makeweight.tools.tables.main_job import NOT_MEASURED, main_job


def test_cells_of_a_stage_share_a_bar_and_the_longest_has_all_the_width(tmp_path: Path) -> None:
    numbers = {
        "machine": "some processor, 2 cores",
        "commit": "abc1234",
        "noop_seconds": 2.04,
        "full.seconds": 123.0,
        "full.stage_seconds.ingest": 30.0,
        "full.stage_seconds.contest@none": 20.0,
        "full.stage_seconds.contest@smote": 40.0,
        "full.stage_seconds.report": 0.2,
        "dvc_share": 0.041,
    }
    (tmp_path / "pipeline.json").write_text(json.dumps(numbers))
    lines = main_job(tmp_path).splitlines()
    assert lines[0] == (
        "`make repro`, everything from the start: 2 minutes, of which DVC itself takes 4%; with nothing to do 2.0 s "
        "(some processor, 2 cores; commit abc1234)."
    )
    assert lines[3:6] == [
        f"ingest          {'█' * 24} 30 s",
        f"contest (2)     {'█' * 48} 60 s",
        "report          █ 0 s",
    ]


def test_what_was_not_measured_is_said(tmp_path: Path) -> None:
    assert main_job(tmp_path) == NOT_MEASURED
