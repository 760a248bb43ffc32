"""Time and memory of the stages on a table of 20 columns with 1 % rare rows, at 100 thousand and a million rows.

Every stage runs in a process of its own, with one thread. `<stage>.seconds.<rows>` is processor time,
`<stage>.peak_gb.<rows>` the largest resident memory, which is about 0.1 to 0.3 GB (imported libraries) before the first
row is read; `<stage>.bytes_per_row` is the slope of the memory between the sizes, `<stage>.exponent` that of the time.
Run: `python benchmarks/table_scale.py [--folder FOLDER] [--stages ingest,...] [rows ...]`.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import record
import stage_runs
from makeweight.core import files

SIZES = (100_000, 1_000_000)
BLOCK = 1_000_000
RARE = 0.01
STAGES = ("ingest", "clean", "split", "preprocess tabular", "train_gan latent_flow", "sample")
AMOUNTS, COUNTS, GROUPS = 9, 3, 6
CHANGES = {"device": "cpu", "modalities": ["tabular"], "engines": ["latent_flow"], "train_gan.steps": 20}
CHANGES |= {"dataset": "made", "train_gan.quality.evaluations": 1, "sample.rows": {"rare": 20_000}}


def table(rows: int, seed: int = 11) -> pd.DataFrame:
    """Nine amounts, three counts, six categories, a date and the label, on which half of the columns depend."""
    rng = np.random.default_rng(seed)
    rare = rng.random(rows) < RARE
    columns: dict[str, object] = {"label": np.where(rare, "rare", "common")}
    for number in range(AMOUNTS):
        columns[f"amount_{number}"] = (rng.lognormal(3, 1, rows) * (1 + (number % 2) * rare)).round(2)
    for number in range(COUNTS):
        columns[f"count_{number}"] = rng.poisson(4 + 3 * number * rare)
    for number in range(GROUPS):
        names = np.array([f"{number}-{name}" for name in range(3 + 4 * number)])
        columns[f"group_{number}"] = names[(rng.beta(1, 2 + (number % 2) * rare, rows) * len(names)).astype(int)]
    days = np.datetime64("2020-01-01") + rng.integers(0, 1500, rows)
    columns["day"] = days.astype(str)
    return pd.DataFrame(columns)


def write_project(folder: Path, rows: int) -> None:
    """Write the table, its card and the repository's parameters into an empty folder."""
    folder.mkdir(parents=True)
    # More than a million rows are made block by block: the table itself would not fit everywhere.
    for number, start in enumerate(range(0, rows, BLOCK)):
        found = table(min(BLOCK, rows - start), 11 + number)
        found.to_csv(folder / "made.csv", index=False, header=start == 0, mode="a")
    numeric = [name for name in found if name.startswith(("amount", "count"))]
    categorical = [name for name in found if name.startswith("group")]
    card = {
        "title": "Made rows",
        "licence": "none needed",
        "source": {"kind": "table", "files": ["made.csv"]},
        "columns": {"label": "label", "numeric": numeric, "categorical": categorical, "date": ["day"]},
    }
    files.write_json(folder / "datasets" / "made.yaml", card)
    stage_runs.write_params(folder, CHANGES)


def started(folder: Path, stage: str) -> subprocess.Popen[bytes]:
    """Start a stage in a process with one thread."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "MAKEWEIGHT_THREADS"), "1")
    return stage_runs.start(folder, stage, threads)


def measure(folder: Path, stage: str) -> dict[str, float]:
    """Run a stage; return its processor seconds and its peak memory in GB."""
    process = started(folder, stage)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{stage} in {folder} ended with status {os.waitstatus_to_exitcode(status)}")
    unit = 2**30 if sys.platform == "darwin" else 2**20
    return {"seconds": round(usage.ru_utime + usage.ru_stime, 2), "peak_gb": round(usage.ru_maxrss / unit, 3)}


def main() -> None:
    """Run the stages at every size, and compute the slopes between the smallest and the largest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the projects are kept; what is there is not written again")
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument("rows", nargs="*", type=int, default=SIZES)
    asked = parser.parse_args()
    results: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for rows in asked.rows:
            folder = (asked.folder or Path(scratch)) / str(rows)
            if not folder.exists():
                write_project(folder, rows)
            for stage in asked.stages.split(","):
                found = measure(folder, stage)
                print(rows, stage, found, flush=True)
                results |= {f"{stage.split()[0]}.{name}.{rows}": value for name, value in found.items()}
    few, many = min(asked.rows), max(asked.rows)
    for stage in [name.split()[0] for name in asked.stages.split(",")] if few < many else []:
        more = results[f"{stage}.peak_gb.{many}"] - results[f"{stage}.peak_gb.{few}"]
        results[f"{stage}.bytes_per_row"] = round(more * 2**30 / (many - few))
        ratio = results[f"{stage}.seconds.{many}"] / results[f"{stage}.seconds.{few}"]
        results[f"{stage}.exponent"] = round(math.log(ratio) / math.log(many / few), 3)
    record.add("table_scale", results)


if __name__ == "__main__":
    main()
