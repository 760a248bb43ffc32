"""ingest: a card's source -> data/ingest, raw samples with their provenance and a row for everything that failed.

Files that a card points to are the user's own: DVC sees the card's text, not the files behind it. After such a file has
changed, `dvc repro -f ingest` reads it again.
"""

import pandas as pd

from makeweight.core import files, outputs, params, paths, progress
from makeweight.data import card, samples
from makeweight.stages.ingest import raw, sources
from makeweight.stages.ingest.raw import Raw
from makeweight.stages.ingest.sources import Params


def main() -> None:
    """Read the chosen card's source and write what it delivers."""
    settings = params.load(Params, "ingest")
    chosen = card.chosen()
    name = card.path_of(str(params.value("dataset")))
    found = sources.read(chosen, str(name), settings)
    if settings.pseudonymise_vendors:
        found = hide_vendors(found, settings.pseudonym_key)
    samples.check(found.samples, name)
    raw.check_labels(found.samples, str(name))
    write(found)
    outputs.write_metrics("ingest", measure(found))
    progress.say(f"ingest: {len(found.samples)} samples, {len(found.failures)} failures")
    for column in empty_columns(found):
        progress.say(f"ingest: column `{column}` is empty in all of them; does {name} say rightly where it stands?")


def empty_columns(found: Raw) -> list[str]:
    """The feature columns in which no sample has anything: mostly a mistake in the card, such as a wrong selector."""
    table = found.samples.table
    return [column for column in found.samples.roles.features if table[column].isna().all()]


def hide_vendors(found: Raw, key: str) -> Raw:
    """The same with vendors under pseudonyms."""
    return Raw(raw.with_pseudonyms(found.samples, key), found.failures, found.provenance, found.excluded, found.counts)


def measure(found: Raw) -> dict[str, float]:
    """How many samples, pictures and failures there are, failures also by kind and exclusions by rule."""
    table = found.samples.table
    return {
        "samples": len(table),
        "images": int(table["image"].notna().sum()) if "image" in table else 0,
        "failures": len(found.failures),
        **{f"failures.{kind}": int(count) for kind, count in found.failures["kind"].value_counts().items()},
        **found.counts,
    }


def write(found: Raw) -> None:
    """Write the folder as a whole."""
    with files.replacing_folder(paths.INGEST) as folder:
        samples.write(found.samples, folder / "samples.parquet")
        for name, table in account(found).items():
            table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd")


def account(found: Raw) -> dict[str, pd.DataFrame]:
    """The tables beside the samples."""
    return {"failures": found.failures, "excluded": found.excluded, "provenance": found.provenance}


if __name__ == "__main__":
    main()
