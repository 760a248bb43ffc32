"""The stage `fidelity`: every engine's synthetic samples against the real ones."""

from pathlib import Path

import numpy as np

from makeweight.core import outputs, params, paths, runtime
from makeweight.data import encoded, samples
from makeweight.data.encoded import Encoded
from makeweight.data.samples import Samples
from makeweight.stages.fidelity.compare import Comparison, Params, Splits, class_table, measure
from makeweight.stages.fidelity.neighbours import draw_page, pairs_by_class, text_neighbours
from makeweight.stages.fidelity.rows import Rows

STAGE = "fidelity"
TITLE = (
    "{engine}: synthetic pictures drawn by lot, each with the nearest train picture of any class.\n"
    "The number is their distance: 1 is usual between an unseen real picture and its nearest, 0 is a copy."
)


def main() -> None:
    """Read the splits and every engine's samples; write metrics, the table by class and the nearest neighbours."""
    settings = params.load(Params, STAGE)
    seed = int(params.value("seed"))
    runtime.prepare(seed)
    arrays = encoded.read()
    real = read_real(arrays)
    engines = {engine: paths.SAMPLE / f"{engine}.parquet" for engine in params.value("engines")}
    synthetic = {engine: read_synthetic(path, arrays, settings.rows, seed) for engine, path in engines.items()}
    device = runtime.device(str(params.value("device")))
    comparison = Comparison.prepare(
        split_rows(real, arrays), synthetic, real.roles, list(arrays.classes), settings, seed, device
    )
    numbers = measure(comparison)
    outputs.write_csv(STAGE, "classes.csv", class_table(numbers))
    write_neighbours(comparison)
    outputs.write_metrics(STAGE, numbers)


def read_real(arrays: Encoded) -> Samples:
    """The split samples in the order of their arrays, without the picture bytes: the arrays have the pictures."""
    path = paths.SPLIT / "samples.parquet"
    roles = samples.read(path, ["id"]).roles
    return samples.read(path, ["id", *(column for column in roles.features if column != roles.image)])


def split_rows(real: Samples, arrays: Encoded) -> Splits:
    """The rows of each split with their codes."""
    splits = {}
    for name in samples.SPLITS:
        labelled = arrays.split(name)
        table = real.table.iloc[arrays.rows(name)].reset_index(drop=True)
        splits[name] = Rows(table, labelled.labels, labelled.inputs)
    return Splits(**splits)


def read_synthetic(path: Path, arrays: Encoded, most: int, seed: int) -> Rows:
    """At most `most` of an engine's samples, chosen by lot, encoded as any other row would be."""
    written = samples.read(path)
    samples.check(written, path)
    chosen = written.table
    if len(chosen) > most:
        rows = np.random.default_rng(seed).choice(len(chosen), most, replace=False)
        chosen = chosen.iloc[np.sort(rows)].reset_index(drop=True)
    labelled = arrays.encode(chosen)
    return Rows(chosen, labelled.labels, labelled.inputs)


def write_neighbours(comparison: Comparison) -> None:
    """Per engine the page of pictures and the table of texts, each with its nearest train row."""
    settings, classes, splits = comparison.params, comparison.classes, comparison.splits
    listed = np.random.default_rng(comparison.seed).permutation(len(classes))[: settings.page_classes]
    shown = {int(name): settings.page_per_class for name in np.sort(listed)}
    for engine, rows in comparison.engines.items():
        for modality in comparison.spaces.keys() & {"image", "text"}:
            made, known, unseen = (part.fingerprints[modality] for part in (rows, splits.train, splits.held_out))
            rng = np.random.default_rng(comparison.seed)
            pairs = pairs_by_class(made, rows.labels, known, unseen, shown, rng)
            if modality == "image":
                page = draw_page(pairs, rows, splits.train, classes, TITLE.format(engine=engine))
                outputs.write_png(STAGE, f"neighbours_{engine}.png", page)
            else:
                table = text_neighbours(pairs, rows, splits.train, classes, comparison.roles.text[0])
                outputs.write_csv(STAGE, f"neighbours_{engine}.csv", table)


if __name__ == "__main__":
    main()
