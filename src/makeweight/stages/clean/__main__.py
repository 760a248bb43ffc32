"""Stage `clean`: one rule after another; every dropped row keeps its reason."""

from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.core import files, outputs, params, paths, progress, shards
from makeweight.core.shards import Backend
from makeweight.data import parts, reserved, samples
from makeweight.data.card import Card
from makeweight.data.changes import table_of
from makeweight.data.samples import Roles, Samples
from makeweight.data.units import smallest_ids
from makeweight.stages.clean import (
    changed,
    closing,
    funnel,
    input_checks,
    money,
    outcome,
    picture_features,
    text_changes,
)
from makeweight.stages.clean import settings as clean_settings
from makeweight.stages.clean.funnel import Funnel
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.picture_features import EncodePictures
from makeweight.stages.clean.row_features import RowFeatures
from makeweight.stages.clean.settings import Params, Settings

RAW = paths.INGEST / "samples.parquet"


def with_features(raw: Samples, settings: Settings, chosen: Card, backend: Backend = "local") -> pd.DataFrame:
    """Return all rows with cleaned columns and row features, amounts in one currency.

    Rows are sorted by picture before they are divided into shards, so that equal files are decoded once.
    """
    work = RowFeatures(raw.roles, settings.picture, settings.texts, chosen.names_of(raw.table["label"].unique()))
    table = raw.table.reset_index(drop=True)
    if raw.roles.image:
        table = table.iloc[np.argsort(pd.factorize(table[raw.roles.image])[0], kind="stable")]
    if raw.roles.image or raw.roles.text:
        features = pd.concat(shards.map_shards(work, shards.cut(table), backend)).sort_index()
    else:
        # Each category is read once, which takes less time than to hand out shards.
        features = work(table)
    for line in picture_features.counted_notes(features):
        progress.say(line)
    return money.converted(features, table, raw.roles, settings.money, settings.card)


def listings_of(raw: Samples, settings: Settings, chosen: Card, backend: Backend = "local") -> Listings:
    """Return the rows with their features, as the rules need them."""
    return Listings(
        with_features(raw, settings, chosen, backend),
        raw.roles,
        observations=settings.observations,
        group_by=settings.group_by,
    )


def cleaned_samples(result: Funnel, settings: Settings, backend: Backend = "local") -> Samples:
    """Return the remaining rows as a sample table, with `mw_cluster`: the smallest id among a row's near copies."""
    remaining = result.remaining
    assert remaining.clusters is not None
    computed = [
        name
        for name in remaining.table.columns
        if str(name).startswith(reserved.PREFIX) and name != reserved.GIVEN_SPLIT
    ]
    table = remaining.table.drop(columns=computed)
    if remaining.roles.image:
        encoded = shards.map_shards(EncodePictures(settings.picture), shards.cut(table[["image"]]), backend)
        table["image"] = pd.concat(encoded)["image"]
    table[reserved.CLUSTER] = smallest_ids(table["id"], remaining.clusters[table.index].to_numpy())
    roles = Roles(
        image=remaining.roles.image,
        text=remaining.roles.text,
        numeric=remaining.roles.numeric,
        categorical=remaining.roles.categorical,
        date=remaining.roles.date,
        formats=remaining.roles.formats,
    )
    return Samples(samples.by_id(table), roles)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table of findings as Parquet."""
    with files.replacing(path) as partial:
        table.to_parquet(partial, index=False, compression="zstd")


def main() -> None:
    """Read the raw samples, clean them, and write the remaining ones, the dropped ones and the reasons."""
    config = params.load(Params, "clean")
    seed = params.seed()
    backend = shards.backend()
    raw = parts.read_whole(RAW)
    input_checks.check_columns(raw, RAW)
    settings, chosen = clean_settings.load(config)
    listings = listings_of(raw, settings, chosen, backend)
    closing.check_pictures(listings, RAW)
    result = funnel.run(listings, settings.steps, settings.near_duplicates, backend)
    closing.check_classes(result, len(raw), settings)
    cleaned = cleaned_samples(result, settings, backend)
    dropped = outcome.findings_table(result, raw, ("drop",))
    samples.write(cleaned, paths.CLEAN / "samples.parquet")
    write_table(dropped, paths.CLEAN / "dropped.parquet")
    write_table(outcome.findings_table(result, raw, ("report", "relabel")), paths.CLEAN / "reported.parquet")
    rows = result.remaining.table["id"].sort_values().index.to_numpy()
    changes = changed.changes_of(raw, cleaned, listings.table, rows)
    write_table(table_of(changes), paths.CLEAN / "changed.parquet")
    outputs.write_csv("clean", "changed.csv", table_of(changes))
    counts = changed.count_changed(cleaned, listings.table, rows)
    outputs.write_metrics("clean", outcome.measure(result, listings.table["label"], cleaned, counts))
    outcome.write_plots(result, raw, listings.table["label"], cleaned, dropped, seed)
    text_changes.tell(changes, str(settings.card))
    closing.tell_rules(result, listings.table["label"], settings)
    progress.say(f"{len(cleaned)} of {len(raw)} samples remain")


if __name__ == "__main__":
    main()
