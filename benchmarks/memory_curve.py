"""Resident memory of stages, second by second, on ten million rows of the table of `table_scale.py`, with one thread.

Pages of mapped files count while they are in memory. Writes benchmarks/results/memory_curve.json (peak, processor
seconds, seconds by the clock) and .png. Run: `python benchmarks/memory_curve.py [--folder FOLDER] [--rows ROWS]`.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import matplotlib
import psutil

import record
import table_scale
from makeweight.core import files

matplotlib.use("Agg")
from matplotlib.figure import Figure

STAGES = ("ingest", "clean", "split", "preprocess tabular")
ROWS = 10_000_000
LIMIT_GB = 4
NAME = "memory_curve"


def curve_of(folder: Path, stage: str) -> tuple[list[float], float]:
    """Run a stage; return its resident memory in GB, once a second, and its processor seconds."""
    before = os.times()
    with table_scale.started(folder, stage) as process:
        watched, curve = psutil.Process(process.pid), []
        while process.poll() is None:
            curve.append(watched.memory_info().rss / 2**30)
            time.sleep(1)
    if process.returncode:
        sys.exit(f"{stage} in {folder} ended with status {process.returncode}")
    after = os.times()
    return curve, after.children_user + after.children_system - before.children_user - before.children_system


def draw(curves: dict[str, list[float]], rows: int) -> None:
    """Draw one stage after another on an axis of minutes, with the limit as a line."""
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    start = 0
    for stage, curve in curves.items():
        minutes = [(start + second) / 60 for second in range(len(curve))]
        axes.fill_between(minutes, curve, alpha=0.3)
        axes.plot(minutes, curve, label=f"{stage}: {max(curve):.1f} GB at most")
        start += len(curve)
    axes.axhline(LIMIT_GB, color="black", linewidth=1, linestyle="--")
    axes.annotate(f"{LIMIT_GB} GB", (0, LIMIT_GB), xytext=(2, 3), textcoords="offset points")
    axes.set(xlabel="minutes by the clock, one stage after another", ylabel="resident memory, GB")
    axes.set_ylim(0, 1.1 * max(LIMIT_GB, *map(max, curves.values())))
    axes.set_title(f"{rows:,} rows of 20 columns, one thread", fontsize="medium")
    axes.margins(x=0)
    axes.legend(frameon=False, fontsize="small")
    with files.replacing(record.RESULTS / f"{NAME}.png") as partial:
        figure.savefig(partial, format="png", dpi=100)


def main() -> None:
    """Run the stages one after another, and write their curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the project is kept; what is there is not written again")
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args()
    results: dict[str, float | int | str] = {"rows": asked.rows}
    curves: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = (asked.folder or Path(scratch)) / str(asked.rows)
        if not folder.exists():
            table_scale.write_project(folder, asked.rows)
        for stage in STAGES:
            name = stage.split()[0]
            curves[name], seconds = curve_of(folder, stage)
            found = {"peak_gb": round(max(curves[name]), 2), "seconds": round(seconds), "clock": len(curves[name])}
            print(stage, found, flush=True)
            results |= {f"{name}.{key}": value for key, value in found.items()}
    draw(curves, asked.rows)
    record.write(NAME, results)


if __name__ == "__main__":
    main()
