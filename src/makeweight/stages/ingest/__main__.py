"""Stage `ingest`: read a card's source into raw samples, their provenance, and a row for everything that failed.

DVC tracks the card, not the files that it names. After such a file has changed, `dvc repro -f ingest` reads it again.
"""

import re
import shutil
from dataclasses import replace

import pandas as pd

from makeweight.core import files, outputs, params, paths, progress
from makeweight.core.errors import InputError
from makeweight.data import card, samples
from makeweight.stages.ingest import label_checks, plots, raw, sources, values
from makeweight.stages.ingest.raw import RawData
from makeweight.stages.ingest.sources import Params


def main() -> None:
    """Read the chosen card's source and write its samples, tables and metrics."""
    settings = params.load(Params, "ingest")
    chosen = card.chosen()
    name = card.path_of(str(params.value("dataset")))
    label_checks.check_roles(chosen, str(name))
    check_missing(chosen, str(name))
    data = values.with_values(sources.read(chosen, str(name), settings), chosen, str(name))
    if settings.pseudonymise_vendors:
        data = with_pseudonyms(data, settings.pseudonym_key)
    samples.check(data.samples, name)
    raw.check_labels(data.samples, str(name))
    label_checks.check_repeats(data.samples.table["label"], chosen.columns.label, str(name))
    write(data)
    plots.write_plots(data)
    outputs.write_metrics("ingest", measure(data))
    if data.scratch is not None:
        shutil.rmtree(data.scratch)
    progress.say(f"ingest: {len(data.samples)} samples, {len(data.failures)} failures")
    for note in (*raw.renamed_notes(chosen.columns), *data.notes):
        progress.say(f"ingest: {note}")
    for column in empty_columns(data):
        progress.say(f"ingest: column `{column}` is empty in all of them; is its place in {name} right?")


def check_missing(chosen: card.Card, name: str) -> None:
    """Check that the card's `missing` and `formats` name feature columns or the label.

    Raises:
        InputError: names the column.
    """
    columns = chosen.columns
    known = (*columns.text, *columns.numeric, *columns.categorical, *columns.date)
    for section, named in (("missing", (columns.label, *known)), ("formats", known)):
        for column in getattr(chosen, section):
            if column not in named:
                raise InputError(f"{name}: `{section}.{column}` is no column of the card; those are {', '.join(named)}")
    written = chosen.source.options.get("decimal")
    if chosen.decimal and written and chosen.decimal != written:
        raise InputError(
            f"{name}: `decimal` is {chosen.decimal!r} and `source.decimal` {written!r}; one of them would be right"
        )


def empty_columns(data: RawData) -> list[str]:
    """Return the feature columns that are empty in all samples, mostly by a mistake such as a wrong selector.

    Pictures that were found, but could not be fetched or read, are no such mistake.
    """
    table = data.samples.table
    empty = [column for column in data.samples.roles.features if table[column].isna().all()]
    lost = "picture" in {*data.failures["kind"], *data.excluded["kind"]}
    return [column for column in empty if not (lost and column == data.samples.roles.image)]


def with_pseudonyms(data: RawData, key: str) -> RawData:
    """Return the data with vendors replaced by pseudonyms."""
    return replace(data, samples=raw.with_pseudonyms(data.samples, key))


def measure(data: RawData) -> dict[str, float]:
    """Return the numbers of metrics/ingest.json.

    They are samples, pictures, failures (also by kind), what was excluded (also by rule), and the source's own.
    """
    table = data.samples.table
    excluded = data.excluded["rule"].map(metric_name).value_counts()
    return {
        "samples": len(table),
        "images": int(table["image"].notna().sum()) if "image" in table else 0,
        "failures": len(data.failures),
        **{f"failures.{kind}": int(count) for kind, count in data.failures["kind"].value_counts().items()},
        "excluded": len(data.excluded),
        **{f"excluded.{rule}": int(count) for rule, count in excluded.items()},
        **data.counts,
    }


def metric_name(rule: str) -> str:
    """Return a rule's name as part of a metric's name: small letters, digits and underscores, without addresses."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"https?://\S+", "", rule.lower())).strip("_")


def write(data: RawData) -> None:
    """Write data/ingest, replacing the whole folder at once."""
    with files.replacing_folder(paths.INGEST) as folder:
        samples.write(data.samples, folder / "samples.parquet")
        for name, table in side_tables(data).items():
            table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")


def side_tables(data: RawData) -> dict[str, pd.DataFrame]:
    """Return the tables that are written beside the samples, by name."""
    return {
        "failures": data.failures,
        "excluded": data.excluded,
        "provenance": data.provenance,
        "changed": data.changed,
    }


if __name__ == "__main__":
    main()
