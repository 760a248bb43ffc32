"""Stage `split`: put every sample in one split, near copies and series of the same kind in the same one."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from makeweight.core import outputs, params, paths
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.data import reserved, samples
from makeweight.data.samples import SPLITS, Samples

UNUSED = "unused"
"""The split of rows that `imbalance` took out of train."""

CLEAN = paths.CLEAN / "samples.parquet"
TOLERANCE = 1e-9


class Imbalance(Section):
    """Make the train split imbalanced on purpose; validation and test stay as they are."""

    kind: Literal["none", "classes", "long_tail"]
    """`classes`: the named classes keep a share of their rows; `long_tail`: class sizes fall geometrically."""
    classes: tuple[str, ...]
    kept_share: float
    """`classes`: the share of its train rows that each named class keeps."""
    imbalance_factor: float
    """`long_tail`: the size of the largest class over that of the smallest (Cui et al. 2019, section 5)."""


class Params(Section):
    """How the samples are split."""

    fractions: dict[str, float]
    """Split -> its share of the rows of every class."""
    group_by: tuple[str, ...]
    """Rows with the same values in all these columns stay together; columns that the data do not have are ignored."""
    imbalance: Imbalance


def units(table: pd.DataFrame, group_by: Sequence[str]) -> pd.Series:
    """Return the unit of each row: rows that share a near-copy cluster or a series; the name is their smallest id."""
    present = [name for name in group_by if name in table]
    number = np.arange(len(table))
    keys = [pd.factorize(table[reserved.CLUSTER])[0]] if reserved.CLUSTER in table else []
    if present:
        series = table.groupby(present).ngroup().fillna(-1).to_numpy(dtype=int)
        keys.append(np.where(series < 0, -1 - number, series))
    left, right = [number], [number]
    for key in keys:
        first = pd.Series(number).groupby(key).transform("first").to_numpy()
        left.append(number)
        right.append(first)
    edges = (np.ones(sum(map(len, left))), (np.concatenate(left), np.concatenate(right)))
    _, component = connected_components(coo_array(edges, shape=(len(table), len(table))), directed=False)
    return table["id"].groupby(component).transform("min").rename(reserved.UNIT)


def assign(labels: pd.Series, unit: pd.Series, fractions: dict[str, float], seed: int) -> pd.Series:
    """Return the split of each row, with every class as near to its target fractions as its units allow.

    A greedy assignment: units with the largest share of a class first, each to the split whose missing share of its
    classes it reduces most; equal units in a random order by the seed. A second pass gives a split without rows of a
    class one of its units, if there are enough.
    """
    names, sizes = list(fractions), np.array(list(fractions.values()))
    counts = pd.crosstab(unit, labels)
    weight = counts.to_numpy() / counts.sum().to_numpy()
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(counts))
    order = order[np.argsort(-weight[order].max(axis=1).round(9), kind="stable")]
    missing = np.repeat(sizes[:, None], weight.shape[1], axis=1)
    split_of = np.empty(len(counts), dtype=int)
    for row in order:
        split_of[row] = best_split(missing, weight[row], sizes)
        missing[split_of[row]] -= weight[row]
    fill_gaps(split_of, weight, order)
    chosen = pd.Series(np.array(names)[split_of], index=counts.index)
    return unit.map(chosen).rename(reserved.SPLIT)


def keep_given(table: pd.DataFrame, fractions: dict[str, float], seed: int) -> pd.Series:
    """Return the split of each row as the source gives it; splits that it does not give are taken from train.

    Rows without a given split are train rows. Where a unit has rows in several given splits, test rows stay before
    validation rows before train rows, and its other rows are unused: they would show what is tested.

    Raises:
        InputError: no row is given to train.
    """
    given = table[reserved.GIVEN_SPLIT].fillna("train")
    present = [name for name in SPLITS if (given == name).any()]
    if "train" not in present:
        raise InputError(f"{CLEAN}: the given splits are {', '.join(present)}; one of them must be train")
    last = given.map(SPLITS.index).groupby(table[reserved.UNIT]).transform("max").map(dict(enumerate(SPLITS)))
    result = given.where(given == last, UNUSED)
    if (result == UNUSED).any():
        say(f"{(result == UNUSED).sum()} rows belong together with rows of a later given split, and are left unused")
    missing = {name: fractions[name] for name in SPLITS if name == "train" or name not in present}
    if len(missing) > 1:
        rows = table[result == "train"]
        shares = {name: fraction / sum(missing.values()) for name, fraction in missing.items()}
        result[rows.index] = assign(rows["label"], rows[reserved.UNIT], shares, seed)
        say(f"the source gives {', '.join(present)}; {' and '.join(list(missing)[1:])} is taken from train")
    return result.rename(reserved.SPLIT)


def best_split(missing: np.ndarray, weight: np.ndarray, sizes: np.ndarray) -> int:
    """Return the index of the split whose squared missing share the unit reduces most, relative to the split's size.

    Args:
        missing: `(splits, classes)`, the share of each class that each split does not have yet.
        weight: `(classes,)`, the share of each class that is in the unit.
        sizes: `(splits,)`, the target fractions.
    """
    present = weight > 0
    gain = (missing[:, present] ** 2 - (missing[:, present] - weight[present]) ** 2).sum(axis=1) / sizes
    return int(np.argmax(gain.round(12)))


def fill_gaps(split_of: np.ndarray, weight: np.ndarray, order: np.ndarray) -> None:
    """Move a small unit of a class into each split that has none, from one that has several; changes `split_of`."""
    for label in range(weight.shape[1]):
        members = [row for row in order[::-1] if weight[row, label] > 0]
        for split in range(split_of.max() + 1 if len(split_of) else 0):
            if any(split_of[row] == split for row in members):
                continue
            spare = [row for row in members if sum(split_of[other] == split_of[row] for other in members) > 1]
            if spare:
                split_of[spare[0]] = split


def check_splits(table: pd.DataFrame, group_by: Sequence[str]) -> None:
    """Check that every class has rows in every split.

    Raises:
        InputError: one has none; the message names it and what would help.
    """
    counts = pd.crosstab(table["label"], table[reserved.SPLIT]).reindex(columns=list(SPLITS), fill_value=0)
    for label, row in counts.iterrows():
        for split in SPLITS:
            if row[split] == 0 and reserved.GIVEN_SPLIT in table:
                raise InputError(
                    f"{CLEAN}: {split} has no sample of class {label!r}; the splits are those of the source: leave out "
                    f"`source.splits` in the card, or drop the class by `clean.rules` small_class"
                )
            if row[split] == 0:
                count = table.loc[table["label"] == label, reserved.UNIT].nunique()
                raise InputError(
                    f"{params.FILE}: `split.group_by` {list(group_by)} joins the {row.sum()} samples of class "
                    f"{label!r} into {count} units, so that {split} gets none; group by less, or drop the class by "
                    f"`clean.rules` small_class"
                )


def imbalanced(table: pd.DataFrame, config: Imbalance, seed: int) -> pd.Series:
    """Return the split of each row after random train rows are moved to `unused` as `config` asks.

    Raises:
        InputError: a class that does not exist, or one that would have no train row left.
    """
    split = table[reserved.SPLIT].copy()
    train = table.loc[split == "train", "label"]
    rng = np.random.default_rng(seed)
    for label, keep in kept_rows(train.value_counts(), config).items():
        if keep < 1:
            raise InputError(f"{params.FILE}: `split.imbalance` leaves class {label!r} without a train sample")
        rows = train.index[train == label].to_numpy()
        split.loc[rng.permutation(rows)[keep:]] = UNUSED
    return split


def kept_rows(sizes: pd.Series, config: Imbalance) -> dict[str, int]:
    """Return how many train rows each class keeps, in the order of the names; classes that keep all may be left out."""
    if config.kind == "none":
        return {}
    if config.kind == "classes":
        for label in config.classes:
            if label not in sizes:
                known = ", ".join(sorted(sizes.index))
                raise InputError(f"{params.FILE}: `split.imbalance.classes` names {label!r}; classes are {known}")
        return {label: round(sizes[label] * config.kept_share) for label in sorted(config.classes)}
    ranked = sorted(sizes.index, key=lambda label: (-sizes[label], label))
    steps = max(1, len(ranked) - 1)
    largest = sizes.max()
    tail = {label: round(largest * config.imbalance_factor ** (-rank / steps)) for rank, label in enumerate(ranked)}
    return {label: min(int(sizes[label]), tail[label]) for label in sorted(ranked)}


def split(cleaned: Samples, config: Params, seed: int) -> Samples:
    """Return the cleaned samples with the columns `split` and `unit`."""
    table = cleaned.table.reset_index(drop=True)
    table[reserved.UNIT] = units(table, config.group_by)
    if reserved.GIVEN_SPLIT in table:
        table[reserved.SPLIT] = keep_given(table, config.fractions, seed)
    else:
        table[reserved.SPLIT] = assign(table["label"], table[reserved.UNIT], config.fractions, seed)
    check_splits(table, config.group_by)
    table[reserved.SPLIT] = imbalanced(table, config.imbalance, seed)
    return cleaned.with_table(table)


def measure(table: pd.DataFrame) -> dict[str, float]:
    """Count rows and units, and the units (always 0), clusters and groups that have rows in several splits."""
    used = table[table[reserved.SPLIT] != UNUSED]
    classes = pd.crosstab(used["label"], used[reserved.SPLIT], normalize="index")
    numbers: dict[str, float] = {name: int((table[reserved.SPLIT] == name).sum()) for name in (*SPLITS, UNUSED)}
    numbers["units"] = table[reserved.UNIT].nunique()
    numbers["largest_unit"] = int(table[reserved.UNIT].value_counts().max())
    numbers["units_across_splits"] = count_across_splits(used, reserved.UNIT)
    numbers["clusters_across_splits"] = count_across_splits(used, reserved.CLUSTER)
    numbers["groups_across_splits"] = count_across_splits(used, "group")
    numbers["smallest_share.train"] = float(classes["train"].min())
    numbers["smallest_share.validation"] = float(classes["validation"].min())
    numbers["smallest_share.test"] = float(classes["test"].min())
    return numbers


def count_across_splits(table: pd.DataFrame, column: str) -> int:
    """Return how many values of the column have rows in more than one split; 0 if there is no such column."""
    return int((table.groupby(column)[reserved.SPLIT].nunique() > 1).sum()) if column in table else 0


def check_fractions(config: Params) -> None:
    """Check that `fractions` has a positive share for each of the three splits, together 1.

    Raises:
        InputError: it has not.
    """
    fractions = config.fractions
    if (
        sorted(fractions) != sorted(SPLITS)
        or min(fractions.values()) <= 0
        or abs(sum(fractions.values()) - 1) > TOLERANCE
    ):
        raise InputError(
            f"{params.FILE}: `split.fractions` is {fractions}; right would be {', '.join(SPLITS)}, each above 0, "
            f"together 1"
        )


def main() -> None:
    """Read the cleaned samples, assign each to a split, and write them, the class counts and the metrics."""
    config = params.load(Params, "split")
    check_fractions(config)
    cleaned = samples.read(CLEAN)
    samples.check(cleaned, CLEAN)
    result = split(cleaned, config, int(params.value("seed")))
    samples.write(result, paths.SPLIT / "samples.parquet")
    numbers = measure(result.table)
    outputs.write_metrics("split", numbers)
    counts = pd.crosstab(result.table["label"], result.table[reserved.SPLIT])
    splits = [name for name in (*SPLITS, UNUSED) if name in counts]
    outputs.write_csv("split", "classes.csv", counts[splits].reset_index())
    say(", ".join(f"{name} {numbers[name]}" for name in splits) + f" in {numbers['units']} units")


if __name__ == "__main__":
    main()
