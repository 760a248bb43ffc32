"""Stage `split`: put every sample in one split, near copies and series of the same kind in the same one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from makeweight.core import outputs, params, paths
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.ranges import CountOrNone, Share
from makeweight.data import card, parts, reserved, samples
from makeweight.data.samples import SPLITS, UNUSED, Samples
from makeweight.data.units import units
from makeweight.stages.split.assignment import assign
from makeweight.stages.split.imbalance import Imbalance, imbalanced

CLEAN = paths.CLEAN / "samples.parquet"
TOLERANCE = 1e-9


class Params(Section):
    """How the samples are split."""

    fractions: dict[str, Share]
    """Split -> its share of the rows of every class."""
    group_by: tuple[str, ...]
    """Rows with the same values in all these columns stay together; columns that the data do not have are ignored."""
    repeat: CountOrNone
    """Which of several random splits; 0 is the one that the seed by itself gives, with large units placed first."""
    imbalance: Imbalance


def keep_given(table: pd.DataFrame, fractions: dict[str, float], seed: int, at_random: bool) -> pd.Series:
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
        result[rows.index] = assign(rows["label"], rows[reserved.UNIT], shares, seed, at_random)
        say(f"the source gives {', '.join(present)}; {' and '.join(list(missing)[1:])} is taken from train")
    return result.rename(reserved.SPLIT)


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


def split(cleaned: Samples, config: Params, seed: int) -> Samples:
    """Return the cleaned samples with the columns `split` and `unit`."""
    check_repeat(cleaned.table, config.repeat)
    seed, at_random = seed_of(seed, config.repeat), config.repeat > 0
    table = cleaned.table.reset_index(drop=True)
    table[reserved.UNIT] = units(table, config.group_by)
    if reserved.GIVEN_SPLIT in table:
        table[reserved.SPLIT] = keep_given(table, config.fractions, seed, at_random)
    else:
        table[reserved.SPLIT] = assign(table["label"], table[reserved.UNIT], config.fractions, seed, at_random)
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


def needed_columns(group_by: Sequence[str]) -> list[str]:
    """Return the columns beside id and label that decide on the split, where the data have them, or are counted."""
    needed = dict.fromkeys([reserved.CLUSTER, reserved.GIVEN_SPLIT, "group", *group_by])
    return [name for name in needed if name not in ("id", "label")]


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


def seed_of(seed: int, repeat: int) -> int:
    """The seed of a split: a number of its own for each repeat, `seed` itself for repeat 0."""
    return seed if repeat == 0 else int(np.random.SeedSequence([seed, repeat]).generate_state(1)[0])


def check_repeat(table: pd.DataFrame, repeat: int) -> None:
    """Check that another repeat tests other rows.

    Raises:
        InputError: the source gives the test split, which is the same in every repeat.
    """
    if repeat and reserved.GIVEN_SPLIT in table and (table[reserved.GIVEN_SPLIT] == "test").any():
        raise InputError(
            f"{params.FILE}: `split.repeat` is {repeat}, but the source gives the test split, which stays the same; "
            f"right would be 0, or a card without `source.splits`"
        )


def main() -> None:
    """Read the cleaned samples, assign each to a split, and write them, the class counts and the metrics."""
    config = params.load(Params, "split")
    check_fractions(config)
    config = config.model_copy(update={"group_by": card.chosen().grouping(config.group_by)})
    # Only what decides on the split is held; the other columns are copied from file to file.
    cleaned = samples.read(CLEAN, ["id", "label"], needed_columns(config.group_by))
    samples.check(cleaned, CLEAN, samples.column_names(CLEAN))
    result = split(cleaned, config, params.seed())
    added = result.table[[reserved.UNIT, reserved.SPLIT]]
    parts.write_with_columns(CLEAN, added, paths.SPLIT / "samples.parquet")
    numbers = measure(result.table)
    outputs.write_metrics("split", numbers)
    counts = pd.crosstab(result.table["label"], result.table[reserved.SPLIT])
    splits = [name for name in (*SPLITS, UNUSED) if name in counts]
    outputs.write_csv("split", "classes.csv", counts[splits].reset_index())
    say(", ".join(f"{name} {numbers[name]}" for name in splits) + f" in {numbers['units']} units")


if __name__ == "__main__":
    main()
