"""What generated rows of tables are worth to a classifier: the engines beside CTGAN, arfpy, ForestDiffusion and SMOTE.

    python benchmarks/tables_peers.py --splits 2

Each method fits to the same train rows of eleven tables and generates as many rows of each class. A logistic
regression and boosted trees then learn from these rows alone, choose their decision rule on them out of fold, and are
tested on real rows held out (train on synthetic, test on real). `share` is macro-F1 over that of the same learner and
rule on the real train rows, the mean of both learners. Settings are tried on
other tables (`TUNING`). Peers run in environments of their own, which this script makes in .scratch, where their rows
and scores stay for the next run. Seconds are processor seconds on one thread, fitting and generating together.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[pool] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402
from scipy.stats import t  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402

import record  # noqa: E402
import table as two_tables  # noqa: E402
from makeweight import GANSampler  # noqa: E402
from makeweight.core import files  # noqa: E402
from makeweight.core.progress import say  # noqa: E402
from makeweight.learn.decision_rule import choose_rule  # noqa: E402
from suite_arms import Contestant  # noqa: E402
from suite_sets import TableSet, all_sets, install_keel  # noqa: E402
from suite_split import folds_of, macro_f1, precision  # noqa: E402

TABLES = (
    *("haberman", "ecoli1", "wisconsin", "abalone9-18", "pima", "vowel0", "flare-F", "yeast1"),
    *("car-good", "default", "mlc_churn"),
)
"""Without gaps, which arfpy cannot take: Pima keeps its zeros."""
TUNING = (
    *("new_thyroid1", "glass0", "led7digit-0-2-4-5-6-7-8-9_vs_1", "attrition", "segment0", "kr-vs-k-zero-one_vs_draw"),
    *("hpc_data", "stackoverflow", "page-blocks0", "lending_club"),
)
"""Of other sources than `TABLES`: where settings can be tried."""
MAX_ROWS, TEST_SHARE = 1400, 0.3
"""Of a larger table a random part: CTGAN and ForestDiffusion take minutes for each thousand rows."""
ENGINES = ("latent_flow", "wgan_gp")
PEERS = ("ctgan", "arfpy", "forestdiffusion")
METHODS = (*ENGINES, "smote", *PEERS)
PEER_SECONDS = 60
"""Of a processor: a peer that takes longer on a table has no score there."""
FOLDER = Path(".scratch/tables_peers")
FORESTS, FORESTS_SCRIPT = Path(".scratch/forests"), Path(__file__).with_name("tables_forests.py")
FORESTS_PACKAGES = ("arfpy==0.1.1", "forestdiffusion==1.0.6", "numpy<2.4", "pandas==2.2.3", "pyarrow")
LEARNERS = ("logistic", "boosting")
MEASURES = ("macro_f1", "average_precision")


def main() -> None:
    """Measure all tables and methods, and write the means; a table that lacks a method counts for the others."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", default=TABLES)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the engines' scores of an earlier run, too")
    parser.add_argument("--note", default="", help="what a reader should know of the machine or the run")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    install_keel()
    rows: list[dict[str, float | str]] = []
    for split in range(arguments.splits):
        for name in arguments.tables:
            rows += measure(name, split, arguments.methods, arguments.keep)
            # After each table: a run that is interrupted keeps what it has measured.
            note = {"note": arguments.note} if arguments.note else {}
            record.write("tables_peers", note | summary(pd.DataFrame(rows)))


def measure(name: str, split: int, methods: Sequence[str], keep: bool) -> list[dict[str, float | str]]:
    """Return a row of scores for real rows and for each method that came to an end."""
    table = table_of(name)
    train, test = split_of(table, split)
    _, labels = np.unique(table.target, return_inverse=True)
    held_out = (table.features.iloc[test], labels[test])
    own = (table.features.iloc[train].reset_index(drop=True), labels[train])
    found: list[dict[str, float | str]] = []
    for method in ("real", *methods):
        path = FOLDER / name / str(split) / f"{method}.json"
        if not path.exists() or (method in ENGINES and not keep):
            synthetic = (*own, 0.0) if method == "real" else rows_of(method, table, *own, split)
            if synthetic is None:
                continue
            rows, generated, seconds = synthetic
            files.write_json(path, {"seconds": seconds, **scores(rows, generated, *held_out, table)})
        found.append({"table": name, "split": split, "method": method, **json.loads(path.read_text())})
        say(f"{name} {split} {method}: " + " ".join(f"{key} {value:.3f}" for key, value in list(found[-1].items())[3:]))
    return found


def table_of(name: str) -> TableSet:
    """Return the table, with zeros in the place of Pima's gaps, as its file has them."""
    table = next(one for one in all_sets(name) if one.name == name)
    return replace(table, frame=table.frame.fillna(dict.fromkeys(table.numeric, 0.0)))


def split_of(table: TableSet, split: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of train and test rows, stratified."""
    seed = zlib.crc32(f"{table.name} {split}".encode()) % 2**31
    rows = np.arange(len(table.frame))
    if len(rows) > MAX_ROWS:
        rows, _ = train_test_split(rows, train_size=MAX_ROWS, stratify=table.target, random_state=seed)
    train, test = train_test_split(rows, test_size=TEST_SHARE, stratify=table.target[rows], random_state=seed)
    return train, test


Generated = tuple[pd.DataFrame, np.ndarray, float]


def rows_of(method: str, table: TableSet, train: pd.DataFrame, labels: np.ndarray, split: int) -> Generated | None:
    """Return as many rows of each class by this method, their labels, and seconds; None where it does not end."""
    if method in ENGINES:
        return by_engine(method, train, labels, split)
    if method == "smote":
        return by_smote(train, labels, split) if table.numeric else None
    return by_peer(method, table.name, train, labels, split)


def by_engine(engine: str, train: pd.DataFrame, labels: np.ndarray, seed: int) -> Generated:
    """Generate by GANSampler with its defaults."""
    strategy = two_tables.doubled(pd.Series(labels))
    start = time.process_time()
    rows, classes = GANSampler(engine=engine, sampling_strategy=strategy, random_state=seed).fit_resample(train, labels)
    seconds = time.process_time() - start
    return rows.iloc[len(train) :].reset_index(drop=True), np.asarray(classes)[len(train) :], seconds


def by_smote(train: pd.DataFrame, labels: np.ndarray, seed: int) -> Generated:
    """Interpolate between neighbours; words as SMOTENC takes them."""
    words = {name: "str" for name in train if train[name].dtype == object}
    rows, classes, seconds = two_tables.by_smote(train.astype(words), pd.Series(labels), seed)
    return rows.reset_index(drop=True), classes.to_numpy(), seconds


def by_peer(method: str, name: str, train: pd.DataFrame, labels: np.ndarray, split: int) -> Generated | None:
    """Generate in the peer's environment, or take what an earlier run has generated."""
    folder = FOLDER / name / str(split)
    synthetic, seconds, failed = (folder / f"{method}{end}" for end in (".parquet", ".seconds", ".failed"))
    if not synthetic.exists() and not failed.exists():
        folder.mkdir(parents=True, exist_ok=True)
        python, script = (two_tables.peer_python(), [two_tables.PEER_SCRIPT]) if method == "ctgan" else forests(method)
        with tempfile.TemporaryDirectory() as scratch:
            real = Path(scratch) / "train.parquet"
            train.assign(target=labels.astype(str)).to_parquet(real)
            command = [*map(str, [python, *script, real, synthetic, seconds, split])]
            ended = subprocess.run([*limits(), *command], capture_output=True, text=True, check=False)
        if ended.returncode:
            failed.write_text(ended.stderr[-2000:] or f"longer than {PEER_SECONDS} s")
    if failed.exists():
        return None
    rows = pd.read_parquet(synthetic)
    return rows[list(train)].astype(train.dtypes), rows["target"].astype(int).to_numpy(), float(seconds.read_text())


def limits() -> list[str]:
    """Return what ends a command after so many processor seconds."""
    return ["bash", "-c", f'ulimit -t {PEER_SECONDS}; exec "$@"', "bash"]


def forests(method: str) -> tuple[Path, list[Path | str]]:
    """Return the Python that has arfpy and ForestDiffusion, made where it is missing, and what it runs."""
    python = FORESTS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(FORESTS)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *FORESTS_PACKAGES], check=True)
    return python, [FORESTS_SCRIPT, method]


def scores(
    rows: pd.DataFrame, labels: np.ndarray, test: pd.DataFrame, test_labels: np.ndarray, table: TableSet
) -> dict[str, float]:
    """Return each learner's macro-F1 under its rule, and its average precision, on the test rows."""
    classes = int(max(labels.max(), test_labels.max())) + 1
    prior = np.bincount(labels, minlength=classes) / len(labels)
    rows = rows.reset_index(drop=True)
    found: dict[str, float] = {}
    for learner in LEARNERS:
        out_of_fold = np.zeros((len(labels), classes))
        for seen, unseen in folds_of(labels, None, 0):
            out_of_fold[unseen] = predicted(rows.iloc[seen], labels[seen], rows.iloc[unseen], table, classes, learner)
        rule = choose_rule(out_of_fold, labels, prior, 0)
        tested = predicted(rows, labels, test, table, classes, learner)
        found |= {
            f"{learner}.macro_f1": macro_f1(test_labels, rule.decide(tested)),
            f"{learner}.average_precision": precision(test_labels, tested),
        }
    return found


def predicted(
    rows: pd.DataFrame, labels: np.ndarray, unseen: pd.DataFrame, table: TableSet, classes: int, learner: str
) -> np.ndarray:
    """Return a learner's class probabilities of the unseen rows."""
    contestant = Contestant.of(rows.reset_index(drop=True), labels, unseen, table.categorical, classes, 0)
    return contestant.probabilities(learner, contestant.as_it_is, 1.0)


def summary(rows: pd.DataFrame) -> dict[str, float | int | str]:
    """Return the scores of each table and method, means over its splits, and what `over_tables` says."""
    results: dict[str, float | int | str] = {"tables": rows["table"].nunique(), "splits": int(rows["split"].nunique())}
    scores = pd.DataFrame({one: rows[[f"{name}.{one}" for name in LEARNERS]].mean(axis=1) for one in MEASURES})
    own = pd.concat([rows[["table", "method", "seconds"]], scores, shares_of(rows)], axis=1)
    for (table, method), means in own.groupby(["table", "method"], sort=False).mean().iterrows():
        results |= {f"{table}.{method}.{name}": round(float(value), 4) for name, value in means.items()}
    return results | over_tables(pd.concat([rows[["table", "split", "method", "seconds"]], shares_of(rows)], axis=1))


def shares_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each row's scores over those of the real rows of its table and split, the mean of both learners."""
    columns = [f"{name}.{one}" for name in LEARNERS for one in MEASURES]
    real = rows[rows["method"] == "real"].set_index(["table", "split"])[columns]
    beside = real.loc[pd.MultiIndex.from_frame(rows[["table", "split"]])].to_numpy()
    shares = rows[columns] / beside
    return pd.DataFrame(
        {f"share.{one}": shares[[f"{name}.{one}" for name in LEARNERS]].mean(axis=1) for one in MEASURES}
    )


def over_tables(shares: pd.DataFrame) -> dict[str, float | int]:
    """Return each method's means over tables, how far its share moves with the split, and our engine's lead over it.

    A lead is taken on the splits that both have, and its interval over tables, each the mean of its splits.
    """
    results: dict[str, float | int] = {}
    indexed = shares.set_index(["table", "split"])
    ours = indexed.loc[indexed["method"] == ENGINES[0], "share.macro_f1"]
    for method, own in indexed.groupby("method", sort=False):
        by_table = own.drop(columns="method").groupby("table")
        means = by_table.mean().mean()
        results[f"mean.{method}.tables"] = len(by_table)
        results[f"mean.{method}.splits"] = int(own.index.get_level_values("split").nunique())
        results |= {f"mean.{method}.{name}": round(float(value), 4) for name, value in means.items()}
        moves = float(by_table["share.macro_f1"].var().mean() ** 0.5)
        if method != "real" and not np.isnan(moves):
            results[f"mean.{method}.std_over_splits"] = round(moves, 4)
        lead = (ours - own["share.macro_f1"]).dropna().groupby("table").mean()
        if method not in ("real", ENGINES[0]) and len(lead) > 1:
            results |= interval(f"mean.{method}.own_less_this", lead.to_numpy())
    return results


def interval(name: str, differences: np.ndarray) -> dict[str, float]:
    """Return mean, low and high end of a 95 % interval that takes tables as independent."""
    mean, count = float(differences.mean()), len(differences)
    half = float(t.ppf(0.975, count - 1) * differences.std(ddof=1) / np.sqrt(count))
    ends = {"mean": mean, "low": mean - half, "high": mean + half}
    return {f"{name}.{end}": round(value, 4) for end, value in ends.items()}


if __name__ == "__main__":
    main()
