"""The stage `sample`: trained engines -> data/sample/<engine>.parquet, <engine>_filtered, _near and _masked.parquet."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from makeweight import generators
from makeweight.core import files, outputs, params, paths, runtime, shards
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say, track
from makeweight.core.random import batch_stream, derived_seed
from makeweight.core.ranges import Amount, CountOrNone, HalfShare, PartShare, Size, Weight
from makeweight.core.shards import Backend
from makeweight.data import codecs, encoded, reserved, samples
from makeweight.data.encoded import Encoded
from makeweight.data.samples import Samples
from makeweight.generators import Engine
from makeweight.learn.training import predict
from makeweight.stages.sample.filter import CPU, Filter, FilterParams, SyntheticRows, counts, refilled
from makeweight.stages.sample.generate import generate
from makeweight.stages.sample.masked import columns_of, kept_positions
from makeweight.stages.sample.near import starting_rows
from makeweight.stages.sample.row_counts import rows_per_class
from makeweight.stages.sample.show import show

SPLIT_FILE = paths.SPLIT / "samples.parquet"


class NearParams(Section):
    """Rows that begin at real ones, in a file of their own, by engines that can."""

    amount: Amount
    """As `amount` of `balance`; 0: no such file."""
    kept: PartShare
    """Share of the real row at the start, above 0 and below 1; the rest is noise."""


class MaskedParams(Section):
    """Real rows of small classes with some columns filled in, in a file of their own, by engines that can."""

    amount: Amount
    """As `amount` of `balance`; 0: no such file."""
    kept: PartShare
    """How likely a column stays as it is in the real row, above 0 and below 1."""


class SampleParams(Section):
    """How many rows per class, and how they are sampled."""

    rows: str | dict[str, CountOrNone]
    """`balance`: `amount` of a full balance, and never fewer than there are real rows of the class in all splits, since
    experiments that use synthetic rows alone need as many; `per_class`: `amount` rows of each class; class name ->
    rows: so many, and none of the classes that are not named."""
    amount: Amount
    """Of `balance`, 1: as many per class as fill it up to the largest train class; 2: twice that."""
    truncation: Weight
    """Standard deviation of the latent noise: below 1 nearer to the typical row, above 1 more varied."""
    class_mixing: HalfShare
    """Share of another class's vector in the class vector, 0 (off) to 0.5."""
    near: NearParams
    masked: MaskedParams
    filter: FilterParams
    grid_columns: Size
    """Pictures per class, real and synthetic each, in the sheet of the report."""
    listings: CountOrNone
    """Rows shown as whole listings in the report."""

    @property
    def options(self) -> dict[str, float]:
        """The options that are on: part of every row's lineage."""
        chosen = {"truncation": (self.truncation, 1.0), "class_mixing": (self.class_mixing, 0.0)}
        return {name: value for name, (value, off) in chosen.items() if value != off}


@dataclass(frozen=True)
class Source:
    """A trained engine with what it takes to generate and to filter its rows."""

    engine: Engine
    model: str
    """Hash of its weights, as lineage."""
    data: Encoded
    filter: Filter
    config: SampleParams
    backend: Backend

    def generate(self, requested: np.ndarray, seed: int) -> SyntheticRows:
        """`requested[c]` rows of each class, with lineage and the result of the filter."""
        labels = np.repeat(np.arange(len(requested)), requested)
        content = generate(self.engine, labels, seed, self.config.truncation, self.config.class_mixing, self.backend)
        options = {f"{reserved.PREFIX}{name}": value for name, value in self.config.options.items()}
        return self.with_lineage(content, labels, seed, self.engine.name, options)

    def generate_near(self, requested: np.ndarray, seed: int) -> SyntheticRows:
        """`requested[c]` rows of each class that begin at train rows of the class, or of one that is confused with it.

        The classifier of the filter says which classes are confused.
        """
        labels, train = np.repeat(np.arange(len(requested)), requested), self.data.split("train")
        seen = predict(self.filter.classifier, train.inputs, CPU)
        begin = starting_rows(labels, train.labels, seen, np.random.default_rng(seed))
        content = self.engine.generate_from(labels, train.take(begin).inputs, self.config.near.kept, seed)
        ids = self.data.table["id"].to_numpy()[self.data.rows("train")]
        options = {reserved.BEGUN_AT: ids[begin], reserved.KEPT: self.config.near.kept}
        return self.with_lineage(content, labels, seed, f"{self.engine.name}_near", options)

    def generate_masked(self, requested: np.ndarray, seed: int) -> SyntheticRows:
        """`requested[c]` rows of each class: train rows of the class with some columns filled in by the engine."""
        train, rng = self.data.split("train"), np.random.default_rng(seed)
        requested = np.where(np.bincount(train.labels, minlength=len(requested)) > 0, requested, 0)
        labels = np.repeat(np.arange(len(requested)), requested)
        own = [rng.choice(np.flatnonzero(train.labels == name), requested[name]) for name in np.unique(labels)]
        begin = np.concatenate(own)
        kept, shares = kept_positions(self.engine.specs, len(labels), self.config.masked.kept, rng)
        content = self.engine.generate_masked(labels, train.take(begin).inputs, kept, seed)
        ids = self.data.table["id"].to_numpy()[self.data.rows("train")]
        options = {reserved.BEGUN_AT: ids[begin], reserved.KEPT: shares}
        return self.with_lineage(content, labels, seed, f"{self.engine.name}_masked", options)

    def begun_at_rows(self, train_counts: np.ndarray, seed: int) -> dict[str, SyntheticRows]:
        """`near` and `masked` -> rows that began at real ones, as far as they are asked for and the engine can."""
        lacking = train_counts.max() - train_counts
        found = {}
        near, masked = (np.ceil(part.amount * lacking).astype(int) for part in (self.config.near, self.config.masked))
        if self.engine.starts_from_rows and near.any():
            found["near"] = self.generate_near(near, seed)
        if self.engine.fills_columns and masked.any() and len(columns_of(self.engine.specs)) > 1:
            found["masked"] = self.generate_masked(masked, seed)
        return found

    def with_lineage(
        self, content: Mapping[str, np.ndarray], labels: np.ndarray, seed: int, name: str, options: Mapping[str, Any]
    ) -> SyntheticRows:
        """The generated rows as a table; ids begin with `name`, and `options` are columns of their own."""
        stream = batch_stream(seed)
        columns = [self.data.codecs[name].decode(array, stream) for name, array in content.items()]
        table = pd.concat(columns, axis=1)
        table.insert(0, "label", np.array(self.engine.classes)[labels])
        table.insert(0, "id", [f"{name}-{seed}-{row:06d}" for row in range(len(labels))])
        # The file is what counts: all modalities are encoded again from the columns that are written.
        rows = self.data.encode(table)
        copies = self.filter.near_copies(rows)
        lineage = {
            reserved.SYNTHETIC: True,
            reserved.MODEL: self.model,
            reserved.SEED: seed,
            reserved.INDEX: np.arange(len(table)),
            **options,
            reserved.NEAR_COPY: copies,
            reserved.PASSED: self.filter.recognised(rows) & ~copies,
        }
        return SyntheticRows(rows, table.assign(**lineage))

    def fill(self, first: SyntheticRows, requested: np.ndarray, seed: int) -> tuple[SyntheticRows, int]:
        """Rows that passed, with more generated until there are as many as requested; and how many more that took."""

        def more(missing: np.ndarray, number: int) -> SyntheticRows:
            return self.generate(missing, derived_seed(seed, number))

        return refilled(first, requested, more, self.config.filter.rounds)


def model_hash(folder: Path) -> str:
    """The first half of the weights' SHA-256, as lineage."""
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()[:32]


def measure(table: pd.DataFrame, classes: tuple[str, ...]) -> dict[str, float]:
    """Rows per class, and the shares that the filter would keep and calls near copies."""
    rows = table["label"].value_counts()
    return {
        "rows": len(table),
        "passed": float(table[reserved.PASSED].mean()),
        "near_copies": float(table[reserved.NEAR_COPY].mean()),
        **{f"rows.{name}": int(rows.get(name, 0)) for name in classes},
        **{f"passed.{name}": float(share) for name, share in table.groupby("label")[reserved.PASSED].mean().items()},
    }


def measure_filtered(
    kept: SyntheticRows, requested: np.ndarray, more: int, classes: tuple[str, ...]
) -> dict[str, float]:
    """Rows that passed, how many more were generated for them, and how many are missing all the same, by class."""
    short = requested - counts(kept, len(classes))
    return {
        "rows": len(kept.table),
        "generated_more": more,
        "short": int(short.sum()),
        **{f"short.{name}": int(count) for name, count in zip(classes, short, strict=True) if count},
    }


def prefixed(prefix: str, numbers: Mapping[str, float]) -> dict[str, float]:
    """The numbers under names that start with `prefix` and a dot."""
    return {f"{prefix}.{name}": value for name, value in numbers.items()}


def main() -> None:
    """Sample every engine that params.yaml names."""
    config = params.load(SampleParams, "sample")
    seed = params.seed()
    backend = shards.backend()
    runtime.prepare(seed)
    data = encoded.read(modalities=codecs.chosen())
    roles = samples.read(SPLIT_FILE, ["id"]).roles
    train, classes = data.split("train"), data.classes
    real = data.table["label"].value_counts().reindex(list(classes)).to_numpy()
    train_counts = np.bincount(train.labels, minlength=len(classes))
    requested = rows_per_class(config.rows, config.amount, classes, train_counts, real)
    if not requested.any():
        raise InputError("params.yaml: `sample.rows` and `sample.amount` ask for no row of any class")
    specs = {name: codec.spec for name, codec in data.codecs.items()}
    row_filter = Filter.fit(train, data.split("validation"), specs, len(classes), config.filter, seed)
    numbers: dict[str, float] = {**config.options, **row_filter.train_rows.numbers}
    if row_filter.train_rows.text:
        say(f"sample: {row_filter.train_rows.text}")
    with files.replacing_folder(paths.SAMPLE) as partial:
        for name in track(list(params.names("engines")), "sample"):
            folder = paths.TRAIN_GAN / name
            engine = generators.load(folder)
            if tuple(engine.classes) != classes:
                raise InputError(f"{folder / 'model.json'}: its classes are not those of {SPLIT_FILE}; run `dvc repro`")
            source = Source(engine, model_hash(folder), data, row_filter, config, backend)
            synthetic = source.generate(requested, seed)
            passed = synthetic.table[reserved.PASSED].mean()
            say(f"sample {name}: {len(synthetic.table)} rows, {passed:.0%} pass the filter")
            samples.write(Samples(synthetic.table, roles), partial / f"{name}.parquet")
            numbers |= prefixed(name, measure(synthetic.table, classes))
            if config.filter.file:
                kept, more = source.fill(synthetic, requested, seed)
                say(f"sample {name}: {len(kept.table)} filtered rows after {more} more")
                samples.write(Samples(kept.table, roles), partial / f"{name}_filtered.parquet")
                numbers |= prefixed(f"{name}.filtered", measure_filtered(kept, requested, more, classes))
            for kind, begun in source.begun_at_rows(train_counts, seed).items():
                samples.write(Samples(begun.table, roles), partial / f"{name}_{kind}.parquet")
                numbers |= prefixed(f"{name}.{kind}", measure(begun.table, classes))
            show(name, synthetic.table, data, roles, config.grid_columns, config.listings, seed)
    outputs.write_metrics("sample", numbers)


if __name__ == "__main__":
    main()
