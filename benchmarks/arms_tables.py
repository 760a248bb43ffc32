"""Do the feature flow and columns filled in by an engine beat the tuned rule on tables? The contest's own learners.

    python benchmarks/arms_tables.py --folder FOLDER                  # twelve tables
    python benchmarks/arms_tables.py --folder FOLDER --tables 4 --splits 2

The tables are the smallest of each of KEEL's first sources in suite_sets.py with ten rare rows or more. Each is split
into train and test (70 to 30 per cent) as in suite.py; boosted trees and logistic regression meet every arm, and the
rule of each is chosen on three-fold out-of-fold predictions of train rows. latent_flow is trained once on the train
rows of a split; a fold learns from none of its rows that is nearest to a held-out one, as in the contest. The best
simple arm is chosen by out-of-fold macro-F1, split by split and learner by learner. Test rows are looked at once.

Differences are paired and pooled over tables as in suite_pool.py. Finished splits are kept in --folder, so that a run
that was stopped goes on; results are in results/arms_tables.json.
"""

import argparse
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import torch

import record
from makeweight import generators
from makeweight.balance.arm import DECISION_RULE, MASKED, Arm
from makeweight.balance.sampler import settings_of
from makeweight.balance.train_split import TrainSplit, full_balance, real_split
from makeweight.balance.weights import Nothing
from makeweight.core import runtime
from makeweight.core.progress import say
from makeweight.data.codecs.spec import Spec
from makeweight.data.folds import fold_numbers, out_of_fold
from makeweight.data.labelled import Labelled
from makeweight.learn.decision_rule import choose_rule
from makeweight.stages.contest.arms import PreparedArm
from makeweight.stages.contest.origins import nearest_rows
from makeweight.stages.contest.runs import learn
from makeweight.stages.contest.task import Task
from makeweight.stages.learners.search import search_strength, search_trees
from makeweight.stages.sample.masked import kept_positions
from makeweight.trial.one_split import FEWER_TREES, STRENGTHS
from makeweight.trial.rows import SplitRows, TableRows
from suite_pool import BEST_SIMPLE, FEW_RARE_ROWS, POINTS, Numbers, summary, table_means
from suite_sets import TableSet, in_order, install_keel, keel_sets
from suite_split import macro_f1, precision, split_of

SIMPLE = (DECISION_RULE, "class_weights", "random_oversampling", "smote", "distribution_calibration")
NEW = (
    "feature_flow",
    "feature_flow+weight_30",
    "latent_flow_50",
    "latent_flow_masked_50",
    "latent_flow_masked_50+accept",
)
ENGINE, STEPS, KEPT = "latent_flow", 500, 0.5
FOLDS = 3
CPU = torch.device("cpu")
CELL = ["table", "split", "learner"]


def engine_pools(rows: SplitRows, labels: np.ndarray, classes: list[str], seed: int) -> dict[str, Labelled]:
    """Rows of the engine for a full balance, from noise and beside kept columns of real ones, as learners read them."""
    modality = rows.engine_spec.modality
    data, specs = Labelled({modality: rows.engine_train}, labels), {modality: rows.engine_spec}
    trainer = generators.start(
        ENGINE, data, specs, classes, settings_of(ENGINE), STEPS, generators.TrainingContext(seed, CPU)
    )
    for _ in range(STEPS):
        trainer.step()
    counts, rng = np.bincount(labels, minlength=len(classes)), np.random.default_rng(seed)
    wanted = np.repeat(np.arange(len(classes)), np.where(counts > 0, counts.max() - counts, 0))
    begin = np.concatenate([rng.choice(np.flatnonzero(labels == name), (wanted == name).sum()) for name in set(wanted)])
    kept, _ = kept_positions(specs, len(wanted), KEPT, rng)
    made = {
        ENGINE: trainer.averaged.generate(wanted, seed),
        ENGINE + MASKED: trainer.averaged.generate_masked(wanted, data.take(begin).inputs, kept, seed),
    }
    return {name: Labelled(rows.as_read(content[modality]), wanted) for name, content in made.items()}


@dataclass(frozen=True)
class Bench:
    """One split of a table: what learners read, rows of the engine, folds, and parameters of the learners."""

    own: Labelled
    unseen: Labelled
    layouts: Mapping[str, Spec]
    pools: Mapping[str, Labelled]
    origins: Mapping[str, np.ndarray]
    """Pool -> the train row that each of its rows is nearest to."""
    folds: np.ndarray
    classes: int
    chosen: Mapping[str, Mapping[str, float]]
    """Learner -> its parameters."""
    seed: int

    @classmethod
    def of(cls, table: TableSet, split: int) -> "Bench":
        """Encode the rows, train the engine, and search the learners' parameters on the train rows as they are."""
        train, test = split_of(table, split)
        names, target = np.unique(table.target, return_inverse=True)
        labels, seed = target[train], 1000 * split
        plain = TableRows.of(table.features, target, list(table.categorical))
        rows = plain.split(train, test, seed)
        folds = fold_numbers(labels, np.arange(len(train)), FOLDS, seed)
        own, unseen = Labelled(rows.train, labels), Labelled(rows.test, target[test])
        pools = engine_pools(rows, labels, [str(name) for name in names], seed)
        origins = {name: nearest_rows(pool, own) for name, pool in pools.items()}
        chosen = {
            "trees": search_trees(own, folds, len(names), FEWER_TREES, seed).parameters,
            "tabular": search_strength(own, folds, len(names), STRENGTHS["tabular"]).parameters,
        }
        return cls(own, unseen, rows.layouts, pools, origins, folds, len(names), chosen, seed)

    def balanced(self, name: str, held_out: np.ndarray) -> TrainSplit:
        """The train rows that are not held out, balanced by an arm that has not seen those that are."""
        pools = {key: pool.take(~held_out[self.origins[key]]) for key, pool in self.pools.items()}
        kept = self.own.take(~held_out)
        balancer = PreparedArm(Arm.parse(name), pools, 50, self.layouts).balancer(pools)
        target = full_balance(kept.labels, self.classes)
        return balancer.balance(real_split(kept, self.classes), target, np.random.default_rng(self.seed))

    def predicted(self, view: str, split: TrainSplit, shown: Labelled) -> np.ndarray:
        """Class probabilities of the rows shown, by a learner of a balanced split."""
        setup: Any = SimpleNamespace(chosen=self.chosen, networks=None)
        real = split.rows.take(~split.synthetic)
        return learn(view, Task(split, real, self.seed, CPU), Nothing(), split.counts, setup).predict(shown)

    def scores(self, name: str) -> list[dict[str, float | str]]:
        """Scores of an arm by its rule, from 0 to 1, with each learner; all learners get the same rows."""
        none = np.zeros(len(self.own), dtype=bool)
        splits = {fold: self.balanced(name, self.folds == fold) for fold in range(FOLDS)}
        whole = self.balanced(name, none)
        return [{"learner": view, "arm": name, **self.scores_of(view, splits, whole)} for view in self.chosen]

    def scores_of(self, view: str, splits: Mapping[int, TrainSplit], whole: TrainSplit) -> dict[str, float]:
        """Scores of a learner of balanced splits, one without each fold and the whole."""
        parts = {fold: self.predicted(view, one, self.own.take(self.folds == fold)) for fold, one in splits.items()}
        held_out = out_of_fold(parts, self.folds)
        tested = self.predicted(view, whole, self.unseen)
        rule = choose_rule(held_out, self.own.labels, seed=self.seed)
        return {
            "macro_f1": macro_f1(self.unseen.labels, rule.decide(tested)),
            "held_out_macro_f1": macro_f1(self.own.labels, rule.decide(held_out)),
            "average_precision": precision(self.unseen.labels, tested),
        }


def run_split(table: TableSet, split: int) -> pd.DataFrame:
    """A row per learner and arm with its scores."""
    bench = Bench.of(table, split)
    rows = [one for name in (*SIMPLE, *NEW) for one in bench.scores(name)]
    about = {"table": table.name, "split": split, "family": table.family, "rare_rows": table.rare_rows}
    return pd.DataFrame(rows).assign(**about)


def pooled(scores: pd.DataFrame) -> Numbers:
    """Scores in points, and differences of each arm to the rule and to the best simple arm, by result name."""
    measured = ["macro_f1", "held_out_macro_f1", "average_precision"]
    scores = scores.assign(**{name: POINTS * scores[name] for name in measured})
    tables = scores.drop_duplicates("table").set_index("table")
    arms = {str(name): own.set_index(CELL).sort_index() for name, own in scores.groupby("arm")}
    arms[BEST_SIMPLE] = best_of({name: arms[name] for name in SIMPLE if name in arms})
    few = tables.index[tables["rare_rows"] <= FEW_RARE_ROWS]
    results: Numbers = {
        "tables": len(tables),
        "sources": tables["family"].nunique(),
        "tables.few_rare_rows": len(few),
        "splits": len(scores.drop_duplicates(["table", "split"])),
        "engine_steps": STEPS,
    }
    for name, own in arms.items():
        results |= {f"{name}.{one}": round(float(own.groupby("table")[one].mean().mean()), 2) for one in measured[::2]}
        for other in (DECISION_RULE, BEST_SIMPLE):
            if name in (other, BEST_SIMPLE):
                continue
            per_table = table_means(own, arms[other], "macro_f1")
            results |= summary(f"{name}.less_{other}", per_table, tables)
            results |= summary(f"{name}.less_{other}.few_rare_rows", per_table[per_table.index.isin(few)], tables)
            precise = table_means(own, arms[other], "average_precision")
            results |= summary(f"{name}.less_{other}.average_precision", precise, tables)
    return results


def best_of(arms: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """In each cell the scores of the arm with the highest macro-F1 out of fold; the first of equals."""
    held_out = pd.concat({name: own["held_out_macro_f1"] for name, own in arms.items()}, axis=1)
    best = held_out.idxmax(axis=1)
    return pd.concat([arms[name].loc[best.index[best == name]] for name in arms]).sort_index()


def main() -> None:
    """Measure what is missing, then pool all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where scores of finished splits are kept")
    parser.add_argument("--tables", type=int, default=12)
    parser.add_argument("--splits", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    install_keel()
    runtime.prepare(0)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    tables = in_order(keel_sets())[: arguments.tables]
    found = []
    for split in range(arguments.splits):
        for table in tables:
            path, started = arguments.folder / f"{table.name}.{split}.parquet", time.monotonic()
            if not path.is_file():
                run_split(table, split).to_parquet(path, index=False)
                say(f"{table.name}, split {split}, {len(table.frame)} rows: {time.monotonic() - started:.0f} s")
            found.append(pd.read_parquet(path))
    record.write("arms_tables", {"commit": record.commit(), **pooled(pd.concat(found))})


if __name__ == "__main__":
    main()
