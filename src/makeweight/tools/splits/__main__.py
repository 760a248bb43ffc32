"""Repeat everything after cleaning for several random splits, and pool the scores: `make splits`.

`python -m makeweight.tools.splits --repeats 10` runs split, codecs, engines, learners, arms and verdict in a copy of
the project per split, one cell after the other. It may be ended at any time: the same command goes on where it was.
It writes experiments/splits.csv (one row per split and arm) and experiments/splits.json (pooled).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from makeweight.core import entry, files, params, paths
from makeweight.core.errors import InputError
from makeweight.core.progress import say
from makeweight.core.ranges import PartShare
from makeweight.results.run import Run
from makeweight.results.splits import pooled, scores_of, sentences
from makeweight.tools.splits.copies import cells_of, check_key, copies, found_in, locked

FOLDER = paths.SCRATCH / "splits"
EXPERIMENTS = Path("experiments")
TABLE, RESULTS = EXPERIMENTS / "splits.csv", EXPERIMENTS / "splits.json"


def run(folder: Path, repeats: int) -> None:
    """Run all cells of all splits that have not been run, and pool the scores.

    Raises:
        InputError: a cell failed, or the folder holds splits of other parameters, data or code.
    """
    cells = cells_of(params.read_yaml(params.FILE))
    with locked(folder) as lock:
        check_key(folder)
        for copy in copies(folder, repeats):
            if not copy.is_complete:
                copy.prepare()
                for number, cell in enumerate(cells, start=1):
                    if not copy.is_done(cell):
                        say(f"split {copy.repeat} of {repeats}: {' '.join(cell)} ({number} of {len(cells)})")
                        check_key(folder)
                        copy.run(cell, lock)
            copy.remove_data()
        write(folder)


def write(folder: Path) -> None:
    """Write table and pooled numbers of the splits that are complete, and say what was found.

    Raises:
        InputError: none is complete.
    """
    complete = found_in(folder)
    if not complete:
        raise InputError(f"{folder}: no split is complete; `python -m makeweight.tools.splits` runs them")
    runs = {copy.repeat: Run(copy.folder / paths.METRICS, copy.folder / paths.PLOTS) for copy in complete}
    scores = pd.concat([scores_of(repeat, run) for repeat, run in runs.items()], ignore_index=True)
    engines = [engine for engine in params.names("engines") if engine in set(scores["line"])]
    results = pooled(scores, engines, params.typed("verdict.family_wise_alpha", PartShare))
    files.write_text(TABLE, scores.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    files.write_json(RESULTS, results)
    for sentence in sentences(results, engines):
        say(sentence)


def main(arguments: Sequence[str]) -> None:
    """Run the splits, or write the table of those that have been run.

    Raises:
        InputError: fewer than one split is asked for, or `run` or `write` cannot do its work.
    """
    parser = argparse.ArgumentParser(prog="python -m makeweight.tools.splits", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10, help="how many splits (10)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"where the copies are ({FOLDER})")
    parser.add_argument("--table", action="store_true", help="run nothing; write the table of what has been run")
    given = parser.parse_args(arguments)
    if given.repeats < 1:
        raise InputError(f"--repeats is {given.repeats}; right would be 2 or more")
    if given.table:
        write(given.folder)
    else:
        run(given.folder, given.repeats)


if __name__ == "__main__":
    sys.exit(entry.run_tool("splits", lambda: main(sys.argv[1:])))
