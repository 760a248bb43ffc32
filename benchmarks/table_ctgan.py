"""CTGAN's side of table.py, run in CTGAN's own environment: fit, and generate as many rows of each class."""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from ctgan import CTGAN


def main(train_file: str, synthetic_file: str, seconds: str, seed: str) -> None:
    """Fit on one Parquet file, write another, and the processor seconds that `fit` took on one thread."""
    np.random.seed(int(seed))
    torch.manual_seed(int(seed))
    torch.set_num_threads(1)
    train = pd.read_parquet(train_file)
    categories = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
    model = CTGAN(verbose=False)
    start = time.process_time()
    model.fit(train, categories)
    Path(seconds).write_text(str(time.process_time() - start))
    parts = [rows_of(model, name, count) for name, count in train["target"].value_counts().items()]
    pd.concat(parts, ignore_index=True).to_parquet(synthetic_file)


def rows_of(model: CTGAN, name: str, count: int) -> pd.DataFrame:
    """Return exactly `count` rows of one class; CTGAN's condition only makes it likelier, so others are dropped."""
    kept: list[pd.DataFrame] = []
    while sum(map(len, kept)) < count:
        sampled = model.sample(count, condition_column="target", condition_value=name)
        kept.append(sampled[sampled["target"] == name])
    return pd.concat(kept, ignore_index=True).head(count)


if __name__ == "__main__":
    main(*sys.argv[1:])
