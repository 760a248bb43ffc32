"""The tables of docs/reliability.md say what benchmarks/faults.py counted."""

import json
from pathlib import Path

from makeweight.tools.tables import faults


def test_a_row_per_stage_and_a_column_per_fault(tmp_path: Path) -> None:
    counted = {
        "stopped.clean.kill -9.the same bytes": 1,
        "stopped.contest.kill -9.the same bytes": 2,
        "stopped.contest.kill -9.had ended": 1,
        "damaged.clean.truncated.one line": 2,
        "damaged.clean.truncated.FAILED": 1,
        "kills.all.the same bytes": 20,
        "engines.wgan_gp.the same bytes": 3,
    }
    (tmp_path / "faults.json").write_text(json.dumps({"machine": "M", "commit": "c", **counted}))
    table = faults.faults(tmp_path).splitlines()
    assert table[0].startswith("| stage | kill -9 | SIGTERM |") and len(table) == 4
    assert table[2] == "| `clean` | 1 same bytes |  |  |  |  | 1 **failed**<br>2 one line |  |  |  |"
    assert table[3].startswith("| `contest` | 1 had ended<br>2 same bytes |")
    assert faults.kills(tmp_path).splitlines()[2:] == [
        "| any stage, at random | 20 | 20 same bytes |",
        "| `wgan_gp`, after a checkpoint | 3 | 3 same bytes |",
    ]


def test_without_the_benchmark_it_says_so(tmp_path: Path) -> None:
    assert faults.faults(tmp_path) == faults.kills(tmp_path) == faults.NOT_MEASURED
