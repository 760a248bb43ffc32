"""Stage `clean`: one rule after another; every dropped row keeps its reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core import files, outputs, params, paths, shards
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.shards import Backend
from makeweight.data import card, reserved, samples
from makeweight.data.card import Card
from makeweight.data.changes import table_of
from makeweight.data.samples import Roles, Samples
from makeweight.stages.clean import changed, funnel, input_checks, outcome, picture_features
from makeweight.stages.clean.amounts import Money
from makeweight.stages.clean.funnel import Funnel, Step
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.near_duplicates import NearDuplicates
from makeweight.stages.clean.picture_features import EncodePictures, PictureLimits
from makeweight.stages.clean.row_features import RowFeatures
from makeweight.stages.clean.rules.registry import RULES
from makeweight.stages.clean.texts import Texts

RAW = paths.INGEST / "samples.parquet"


class Params(Section):
    """How samples are cleaned."""

    picture: PictureLimits
    text: Texts
    money: Money
    near_duplicates: NearDuplicates
    rules: tuple[dict[str, Any], ...]
    """The rules in order, each with its `rule` name and its thresholds."""

    def steps(self) -> list[Step]:
        """Return the rules with their thresholds.

        Raises:
            InputError: a rule does not exist, is listed twice, or has wrong thresholds.
        """
        steps: list[Step] = []
        for index, entry in enumerate(self.rules):
            key = f"clean.rules.{index}"
            name = entry.get("rule")
            if name not in RULES:
                raise InputError(f"{params.FILE}: `{key}.rule` is {name!r}; rules are {', '.join(RULES)}")
            if any(step.name == name for step in steps):
                raise InputError(f"{params.FILE}: `{key}.rule` {name!r} is listed twice; a rule runs once")
            thresholds = {option: value for option, value in entry.items() if option != "rule"}
            options = params.check(RULES[name].options, thresholds, params.FILE, key)
            steps.append(Step(name, RULES[name], options))
        return steps


def with_features(raw: Samples, config: Params, chosen: Card, backend: Backend = "local") -> pd.DataFrame:
    """Return all rows with cleaned columns and row features.

    Rows are sorted by picture before they are divided into shards, so that equal files are decoded once.
    """
    say(f"computing features of {len(raw)} samples")
    work = RowFeatures(raw.roles, config.picture, config.text, config.money, chosen.missing, chosen.label_names)
    table = raw.table.reset_index(drop=True)
    if raw.roles.image:
        table = table.iloc[np.argsort(pd.factorize(table[raw.roles.image])[0], kind="stable")]
    features = pd.concat(shards.map_shards(work, shards.cut(table), backend)).sort_index()
    for line in picture_features.counted_notes(features):
        say(line)
    return features


def clean(raw: Samples, config: Params, chosen: Card, backend: Backend = "local") -> Funnel:
    """Compute the features of all rows, then apply the rules.

    Args:
        raw: samples as ingest wrote them.
        config: rules and thresholds.
        chosen: the data set's card, which names missing values and classes.
        backend: where row-wise work runs.
    """
    steps = config.steps()
    listings = Listings(with_features(raw, config, chosen, backend), raw.roles)
    return funnel.run(listings, steps, config.near_duplicates, backend)


def cleaned_samples(result: Funnel, config: Params, backend: Backend = "local") -> Samples:
    """Return the remaining rows as a sample table, with `cluster`: the smallest id among a row's near copies."""
    remaining = result.remaining
    assert remaining.clusters is not None
    computed = [
        name
        for name in remaining.table.columns
        if str(name).startswith(reserved.PREFIX) and name != reserved.GIVEN_SPLIT
    ]
    table = remaining.table.drop(columns=computed)
    if remaining.roles.image:
        encoded = shards.map_shards(EncodePictures(config.picture), shards.cut(table[["image"]]), backend)
        table["image"] = pd.concat(encoded)["image"]
    cluster = remaining.clusters[table.index]
    table[reserved.CLUSTER] = table["id"].groupby(cluster).transform("min")
    roles = Roles(
        image=remaining.roles.image,
        text=remaining.roles.text,
        numeric=remaining.roles.numeric,
        categorical=remaining.roles.categorical,
        date=remaining.roles.date,
        formats=remaining.roles.formats,
    )
    return Samples(table.sort_values("id", ignore_index=True), roles)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table of findings as Parquet."""
    with files.replacing(path) as partial:
        table.to_parquet(partial, index=False, compression="zstd")


def main() -> None:
    """Read the raw samples, clean them, and write the remaining ones, the dropped ones and the reasons."""
    config = params.load(Params, "clean")
    seed = int(params.value("seed"))
    backend = shards.backend()
    raw = samples.read(RAW)
    input_checks.check_columns(raw, RAW)
    chosen = card.chosen()
    input_checks.check_missing_values(raw, chosen)
    result = clean(raw, config, chosen, backend)
    classes = result.remaining.table["label"].nunique()
    if classes < 2:
        raise InputError(
            f"{params.FILE}: `clean.rules` leave {len(result.remaining)} samples of {classes} classes"
            f"{outcome.largest_rule(result)}; at least two classes are needed"
        )
    cleaned = cleaned_samples(result, config, backend)
    dropped = outcome.findings_table(result, raw, ("drop",))
    samples.write(cleaned, paths.CLEAN / "samples.parquet")
    write_table(dropped, paths.CLEAN / "dropped.parquet")
    write_table(outcome.findings_table(result, raw, ("report", "relabel")), paths.CLEAN / "reported.parquet")
    changes = table_of(changed.changes_of(raw, cleaned))
    write_table(changes, paths.CLEAN / "changed.parquet")
    outputs.write_csv("clean", "changed.csv", changes)
    outputs.write_metrics("clean", outcome.measure(result, raw, cleaned))
    outcome.write_plots(result, raw, cleaned, dropped, seed)
    say(f"{len(cleaned)} of {len(raw)} samples remain")


if __name__ == "__main__":
    main()
