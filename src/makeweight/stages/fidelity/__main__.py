"""The stage `fidelity`: every engine's synthetic samples against the real ones."""

from pathlib import Path

import numpy as np

from makeweight.core import outputs, params, paths, runtime
from makeweight.data import encoded, samples
from makeweight.data.encoded import Encoded
from makeweight.data.samples import Samples
from makeweight.stages.fidelity.comparison import Comparison, Params, Splits
from makeweight.stages.fidelity.measures import class_table, measure
from makeweight.stages.fidelity.neighbours import pairs_by_class, text_table
from makeweight.stages.fidelity.plots import plot_neighbours
from makeweight.stages.fidelity.rows import Rows

STAGE = "fidelity"


def main() -> None:
    """Read the splits and every engine's samples; write metrics, the table by class and the nearest neighbours."""
    settings = params.load(Params, STAGE)
    seed = params.seed()
    runtime.prepare(seed)
    arrays = encoded.read()
    real = read_real(arrays)
    engines = {engine: paths.SAMPLE / f"{engine}.parquet" for engine in params.names("engines")}
    synthetic = {engine: read_synthetic(path, arrays, settings.max_rows, seed) for engine, path in engines.items()}
    device = runtime.device(str(params.value("device")))
    comparison = Comparison.prepare(
        rows_by_split(real, arrays), synthetic, real.roles, list(arrays.classes), settings, seed, device
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


def rows_by_split(real: Samples, arrays: Encoded) -> Splits:
    """The real rows of each split with their encoded arrays."""
    splits = {}
    for name in samples.SPLITS:
        labelled = arrays.split(name)
        table = real.table.iloc[arrays.rows(name)].reset_index(drop=True)
        splits[name] = Rows(table, labelled.labels, labelled.inputs)
    return Splits(**splits)


def read_synthetic(path: Path, arrays: Encoded, max_rows: int, seed: int) -> Rows:
    """At most `max_rows` of an engine's samples, chosen at random, encoded as any other row would be."""
    written = samples.read(path)
    samples.check(written, path)
    chosen = written.table
    if len(chosen) > max_rows:
        rows = np.random.default_rng(seed).choice(len(chosen), max_rows, replace=False)
        chosen = chosen.iloc[np.sort(rows)].reset_index(drop=True)
    labelled = arrays.encode(chosen, path)
    return Rows(chosen, labelled.labels, labelled.inputs)


def write_neighbours(comparison: Comparison) -> None:
    """Per engine a figure of pictures and a table of texts, each with its nearest train row."""
    settings, classes, splits = comparison.params, comparison.classes, comparison.splits
    chosen = np.random.default_rng(comparison.seed).permutation(len(classes))[: settings.figure_classes]
    rows_of_class = {int(label): settings.figure_rows_per_class for label in np.sort(chosen)}
    for engine, rows in comparison.engines.items():
        for modality in comparison.spaces.keys() & {"image", "text"}:
            prints = (part.fingerprints[modality] for part in (rows, splits.train, splits.held_out))
            synthetic, train, held_out = prints
            rng = np.random.default_rng(comparison.seed)
            pairs = pairs_by_class(synthetic, rows.labels, train, held_out, rows_of_class, rng)
            if modality == "image":
                figure = plot_neighbours(pairs, rows, splits.train, classes, engine)
                outputs.write_png(STAGE, f"neighbours_{engine}.png", figure)
            else:
                table = text_table(pairs, rows, splits.train, classes, comparison.roles.text[0])
                outputs.write_csv(STAGE, f"neighbours_{engine}.csv", table)


if __name__ == "__main__":
    main()
