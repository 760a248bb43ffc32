"""Does generating rows beat the tuned decision rule? The contest on some hundred public tables, pooled over them.

    python benchmarks/suite.py                              # all tables, those of as many sources as can be first
    python benchmarks/suite.py --sets yeast --splits 2      # tables with `yeast` in their name, two splits of each
    python benchmarks/suite.py --budget-minutes 30          # start no split after half an hour
    python benchmarks/suite.py pool                         # pool what has been measured, and print it
    python benchmarks/suite.py list                         # names, rows, rows of the rarest class, licence
    python benchmarks/suite.py card yeast-2_vs_4            # datasets/yeast-2_vs_4.yaml and .csv, for the pipeline

Each table is split into train and test (70 to 30 per cent) several times. Every learner meets every way of balancing;
the decision rule of each is chosen on three-fold out-of-fold predictions of the train rows, always in the same way. The
best simple way, and what the engine is used for (nothing, or 25, 50 or 100 per cent of a full balance), are chosen by
out-of-fold macro-F1 as well; test rows are looked at once. Scores of splits are in results/suite.parquet, to which a
later run adds what is missing; the pooled ones are in results/suite.json. One process; MAKEWEIGHT_THREADS threads,
or one.
"""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
THREADS = os.environ.setdefault("MAKEWEIGHT_THREADS", "1")
for pool_of_threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(pool_of_threads, THREADS)

import pandas as pd  # noqa: E402
import torch  # noqa: E402

import record  # noqa: E402
from makeweight.core import files  # noqa: E402
from makeweight.core.progress import say  # noqa: E402
from suite_arms import LEARNERS, STEPS  # noqa: E402
from suite_pool import pooled, table_text  # noqa: E402
from suite_sets import TableSet, all_sets, in_order, install_keel, one_set, write_card  # noqa: E402
from suite_split import run_split  # noqa: E402

SCORES = record.RESULTS / "suite.parquet"
DEFAULT_LEARNERS = "logistic,boosting"
SPLITS = 4


def main() -> None:
    """Do what the command line asks for."""
    arguments = parser().parse_args()
    if arguments.do == "card":
        install_keel()
        print(write_card(one_set(arguments.name or sys.exit("card: the name of a table")), Path(arguments.to)))
    elif arguments.do == "list":
        install_keel()
        for table in all_sets(arguments.sets):
            print(f"{table.name}: {len(table.frame):,} rows, {table.rare_rows} of the rarest class; {table.licence}")
    else:
        if arguments.do == "run":
            run(arguments)
        report()


def parser() -> argparse.ArgumentParser:
    """Return the reader of the command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("do", nargs="?", default="run", choices=("run", "pool", "list", "card"))
    options.add_argument("name", nargs="?", help="of a table, for `card`")
    options.add_argument("--sets", default="", help="only tables with this in their name")
    options.add_argument("--splits", type=int, default=SPLITS)
    options.add_argument("--learners", default=DEFAULT_LEARNERS, help=f"of {', '.join(LEARNERS)}; with commas")
    options.add_argument("--budget-minutes", type=float, default=float("inf"))
    options.add_argument("--to", default="datasets", help="folder of `card`")
    return options


def run(arguments: argparse.Namespace) -> None:
    """Measure what is missing, split by split, and keep each one as soon as it is there."""
    torch.set_num_threads(int(THREADS))
    learners = arguments.learners.split(",")
    if unknown := set(learners) - set(LEARNERS):
        sys.exit(f"--learners: {', '.join(sorted(unknown))}; right would be {', '.join(LEARNERS)}")
    install_keel()
    tables = in_order(all_sets(arguments.sets))
    missing = [
        (table, split)
        for table in tables
        for split in range(arguments.splits)
        if not set(learners) <= learners_of(read_scores(), table.name, split)
    ]
    start = time.monotonic()
    for done, (table, split) in enumerate(missing):
        minutes = (time.monotonic() - start) / 60
        if minutes > arguments.budget_minutes:
            say(f"the budget is used up: {len(missing) - done} splits are left for a later run")
            return
        say(f"{done + 1} of {len(missing)}, {minutes:.0f} min: {table.name}, split {split}, {len(table.frame):,} rows")
        keep(table, run_split(table, split, learners))


def learners_of(scores: pd.DataFrame, table: str, split: int) -> set[str]:
    """Return the learners that have been measured on this split."""
    return set() if scores.empty else set(scores["learner"][(scores["table"] == table) & (scores["split"] == split)])


def read_scores() -> pd.DataFrame:
    """Return a row per table, split, learner and way of balancing; empty where nothing was measured."""
    return pd.read_parquet(SCORES) if SCORES.exists() else pd.DataFrame()


def keep(table: TableSet, rows: list[dict[str, float | int | str]]) -> None:
    """Add the rows of one split to the file, in the place of older ones."""
    about = {"family": table.family, "rows": len(table.frame), "rare_rows": table.rare_rows, "steps": STEPS}
    new = pd.DataFrame(rows).assign(**about, commit=record.commit())
    key = ["table", "split", "learner", "arm"]
    scores = pd.concat([read_scores(), new]).drop_duplicates(key, keep="last").sort_values(key)
    with files.replacing(SCORES) as partial:
        scores.to_parquet(partial, index=False)


def report() -> None:
    """Pool all that was measured, write it and print it."""
    scores = read_scores()
    if scores.empty:
        sys.exit("nothing was measured yet")
    results = pooled(scores)
    record.write("suite", results)
    print(table_text(results))


if __name__ == "__main__":
    main()
