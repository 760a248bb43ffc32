"""The tables of docs/scale.md: rows that fit by the slope, memory that was followed, nodes that fail."""

import json
from pathlib import Path

from makeweight.tools.tables import scale

NUMBERS = {
    "machine": "a machine",
    "split.seconds.100000": 3.2,
    "split.peak_gb.100000": 0.25,
    "split.seconds.1000000": 21.6,
    "split.peak_gb.1000000": 0.5,
    "ingest.seconds.100000": 6.0,
    "ingest.peak_gb.100000": 0.3,
    "split.bytes_per_row": 298,
}


def test_a_row_per_stage_that_was_measured_at_both_sizes(tmp_path: Path) -> None:
    (tmp_path / "table_scale.json").write_text(json.dumps(NUMBERS))
    lines = scale.table_scale(tmp_path).splitlines()
    assert lines[0].startswith("| stage | seconds, 100,000 rows | 1,000,000 rows | peak, 100,000 rows |")
    # One million, and (4 - 0.5) GB at 298 bytes each.
    assert lines[2:] == ["| `split` | 3 | 22 | 0.25 GB | 0.50 GB | 298 | 14 million |"]


def test_memory_that_does_not_grow_holds_any_number(tmp_path: Path) -> None:
    (tmp_path / "table_scale.json").write_text(json.dumps({**NUMBERS, "split.bytes_per_row": 0}))
    assert scale.table_scale(tmp_path).endswith("| 0 | any number |")


def test_without_a_measurement_it_says_so(tmp_path: Path) -> None:
    assert scale.table_scale(tmp_path) == "Not measured yet: `benchmarks/table_scale.py`."


def test_a_row_per_stage_whose_memory_was_followed(tmp_path: Path) -> None:
    numbers = {"rows": 10, "ingest.peak_gb": 6.85, "ingest.seconds": 496, "split.peak_gb": 4.0, "split.seconds": 458}
    (tmp_path / "memory_curve.json").write_text(json.dumps(numbers))
    assert scale.memory_curve(tmp_path).splitlines()[2:] == [
        "| `ingest` | 6.85 GB | no | 496 |",
        "| `split` | 4.00 GB | yes | 458 |",
    ]
    assert scale.memory_curve(tmp_path / "none") == "Not measured yet: `benchmarks/memory_curve.py`."


def test_nodes_that_fail_have_a_row_per_stage(tmp_path: Path) -> None:
    numbers = {
        "local.seconds.clean": 20.4,
        "local.seconds.preprocess_text": 4.0,
        "killed.seconds.clean": 41.6,
        "killed.retried.clean": 2,
        "gone.seconds.clean": 61.0,
        "gone.line.clean": 1,
        "headless.seconds.clean": 2.0,
        "headless.line.clean": 0,
    }
    (tmp_path / "ray_nodes.json").write_text(json.dumps(numbers))
    assert scale.ray_nodes(tmp_path).splitlines()[2:] == [
        "| `clean` | 20 s |  | 42 s; 2 again |  |  | one line, 61 s | ended by Ray, 2 s |",
        "| `preprocess text` | 4 s |  |  |  |  |  |  |",
    ]
    assert scale.ray_nodes(tmp_path / "none") == "Not measured yet: `benchmarks/ray_nodes.py`."
