"""The side of tables_peers.py that runs in the peers' environment: fit arfpy or ForestDiffusion, and generate rows.

    python tables_forests.py arfpy train.parquet synthetic.parquet seconds.txt 0

The train file has the label as text in the column `target`; the written one has as many rows of each class. Seconds are
processor seconds on one thread, of fitting and generating together.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

LEVELS, COPIES = 20, 10
"""ForestDiffusion's noise levels and noisy copies of each row. Its defaults, 50 and 100, take 25 times as long."""
ROUNDS = 30
"""Most passes that generate rows until every class has enough; what is then missing is repeated."""

Rows = pd.DataFrame


def arfpy(train: Rows, seed: int) -> Callable[[int], Rows]:
    """Return what generates rows by adversarial random forests with their defaults (Watson et al. 2023)."""
    from arfpy import arf

    kinds = {name: "category" if words(train[name]) else "float" for name in train}
    model = arf.arf(train.astype(kinds), verbose=False, random_state=seed)
    model.forde()
    whole = [name for name in train if pd.api.types.is_integer_dtype(train[name])]

    def generate(count: int) -> Rows:
        rows = model.forge(n=count)
        return rows.assign(**{name: rows[name].astype(float).round() for name in whole})

    return generate


def forestdiffusion(train: Rows, seed: int) -> Callable[[int], Rows]:
    """Return what generates rows by a flow of boosted trees per class (Jolicoeur-Martineau et al. 2023)."""
    from ForestDiffusion import ForestDiffusionModel

    features = train.drop(columns="target")
    states = {name: pd.factorize(features[name], sort=True) for name in features if words(features[name])}
    # Its one-hot columns are told apart by the first digits of their number: those of more than two states come first.
    many = [name for name, (_, names) in states.items() if len(names) > 2]
    order = many + [name for name in features if name not in many]
    coded = features.assign(**{name: codes for name, (codes, _) in states.items()})[order]
    labels, classes = pd.factorize(train["target"], sort=True)
    whole = [place for place, name in enumerate(order) if name not in many and coded[name].dtype.kind in "iu"]
    model = ForestDiffusionModel(
        coded.to_numpy(dtype=float),
        label_y=labels,
        n_t=LEVELS,
        duplicate_K=COPIES,
        cat_indexes=list(range(len(many))),
        int_indexes=whole,
        n_jobs=1,
        seed=seed,
        nthread=1,
    )

    def generate(count: int) -> Rows:
        found = model.generate(count)
        rows = pd.DataFrame(found[:, :-1], columns=order)
        for name, (_, names) in states.items():
            rows[name] = np.asarray(names)[rows[name].round().astype(int).clip(0, len(names) - 1)]
        return rows.assign(target=np.asarray(classes)[found[:, -1].astype(int)])[list(train)]

    return generate


def words(column: pd.Series) -> bool:
    """Return whether a column holds states, not numbers."""
    return not pd.api.types.is_numeric_dtype(column)


def of_each_class(generate: Callable[[int], Rows], target: pd.Series) -> Rows:
    """Return exactly as many rows of each class as the train rows have."""
    kept: dict[str, list[Rows]] = {name: [] for name in target.unique()}
    counts = target.value_counts()
    for _ in range(ROUNDS):
        rows = generate(len(target))
        for name, parts in kept.items():
            parts.append(rows[rows["target"].astype(str) == name])
        if all(sum(map(len, kept[name])) >= counts[name] for name in kept):
            break
    joined = {name: pd.concat(parts, ignore_index=True) for name, parts in kept.items()}
    taken = [joined[name].iloc[np.arange(counts[name]) % len(joined[name])] for name in kept]
    return pd.concat(taken, ignore_index=True)


def main(method: str, train_file: str, synthetic_file: str, seconds: str, seed: str) -> None:
    """Fit on one Parquet file, write another and the seconds."""
    np.random.seed(int(seed))
    train = pd.read_parquet(train_file)
    start = time.process_time()
    generate = {"arfpy": arfpy, "forestdiffusion": forestdiffusion}[method](train, int(seed))
    rows = of_each_class(generate, train["target"])
    Path(seconds).write_text(str(time.process_time() - start))
    rows.astype({"target": str}).to_parquet(synthetic_file)


if __name__ == "__main__":
    main(*sys.argv[1:])
