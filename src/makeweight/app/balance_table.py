"""Synthetic rows for the rare classes of one table: SMOTE or SMOTENC, random oversampling, or a trained generator."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from makeweight.app.columns import MOST_STATES
from makeweight.app.csv_table import Upload
from makeweight.app.plan import Features, Plan
from makeweight.balance.resampling import sample_repeats
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import TrainSplit, real_split
from makeweight.data.codecs import TabularCodec
from makeweight.data.codecs.spec import Spec
from makeweight.data.codecs.tabular import TabularParams
from makeweight.data.labelled import Labelled
from makeweight.data.samples import Roles, Samples

Progress = Callable[[float, str], None]
NEIGHBOURS = 5
MODALITY = "tabular"
GENERATOR = "latent_flow"
GENERATOR_STEPS = 500
PROGRESS_INTERVAL = 20
CODEC = TabularParams(quantiles=1000, spike_share=0.02, max_categories=MOST_STATES)


@dataclass(frozen=True)
class SyntheticRows:
    """Synthetic rows (the feature columns) with their labels, and warnings for the user."""

    table: pd.DataFrame
    labels: np.ndarray
    warnings: list[str]
    sources: np.ndarray | None = None
    """Positions of the rows that were repeated, where nothing else was done."""


def oversample(features: Features, needed: dict[str, int], seed: int, progress: Progress) -> SyntheticRows:
    """Repeat real rows, sampled with replacement; every other method has to do better than this one."""
    split, target, _ = train_split(features.labels, needed, np.zeros((len(features.labels), 1), dtype=np.float32))
    rows = sample_repeats(split, target, np.random.default_rng(seed))
    return SyntheticRows(features.table.iloc[rows].reset_index(drop=True), features.labels[rows], [], rows)


def interpolate(features: Features, needed: dict[str, int], seed: int, progress: Progress) -> SyntheticRows:
    """Interpolate by SMOTE, or by SMOTENC where there are categories, spikes or missing numbers, between quantiles."""
    codec = fit_codec(features)
    encoded = with_class_medians(codec.encode(features.table), features, codec.spec)
    split, target, names = train_split(features.labels, needed, encoded)
    progress(0.3, "searching for neighbours")
    result = Smote(NEIGHBOURS, {MODALITY: codec.spec}).balance(split, target, np.random.default_rng(seed))
    added = result.rows.take(result.synthetic)
    table = codec.decode(added.inputs[MODALITY])[features.columns]
    return SyntheticRows(table, names[added.labels], neighbour_warnings(features, needed))


def with_class_medians(encoded: np.ndarray, features: Features, spec: Spec) -> np.ndarray:
    """Fill each missing number with the median of its class.

    The codec fills in the median of all classes; a row between that and a real value would lie outside its class.
    """
    filled = encoded.copy()
    for block in spec.blocks:
        if block.kind != "value":
            continue
        absent = features.table[block.column].isna().to_numpy()
        for name in np.unique(features.labels[absent]):
            own = features.labels == name
            if (own & ~absent).any():
                filled[own & absent, block.start] = np.median(encoded[own & ~absent, block.start])
    return filled


def neighbour_warnings(features: Features, needed: dict[str, int]) -> list[str]:
    """Warn of each class that has too few rows for SMOTE with all its neighbours."""
    warnings = []
    for name in needed:
        size = int((features.labels == name).sum())
        if size == 1:
            warnings.append(
                f"class {name} has a single row, which has no neighbour to interpolate with: it was repeated"
            )
        elif size <= NEIGHBOURS:
            warnings.append(f"class {name} has {size} rows: {size - 1} neighbours were used instead of {NEIGHBOURS}")
    return warnings


def fit_codec(features: Features) -> TabularCodec:
    """Fit a codec: quantiles and spikes of numbers (a frequent value, such as a zero for missing), and categories."""
    roles = Roles(numeric=features.numeric, categorical=features.categorical)
    return TabularCodec.fit(Samples(features.table, roles), CODEC, seed=0)


def train_split(
    labels: np.ndarray, needed: dict[str, int], encoded: np.ndarray
) -> tuple[TrainSplit, np.ndarray, np.ndarray]:
    """Return the rows as a train split, the target size of each class, and the class names."""
    names, indices = np.unique(labels, return_inverse=True)
    split = real_split(Labelled({MODALITY: encoded}, indices), len(names))
    return split, split.counts + np.array([needed.get(str(name), 0) for name in names]), names


def generate(features: Features, needed: dict[str, int], seed: int, progress: Progress) -> SyntheticRows:
    """Train a generator on the table for a fixed number of steps, with the settings of GANSampler, and sample it."""
    import torch

    from makeweight import generators
    from makeweight.balance.sampler import settings_of

    torch.set_num_threads(1)
    codec = fit_codec(features)
    names, indices = np.unique(features.labels, return_inverse=True)
    rows = Labelled({MODALITY: codec.encode(features.table)}, indices)
    specs, steps = {MODALITY: codec.spec}, GENERATOR_STEPS
    context = generators.TrainingContext(seed, torch.device("cpu"))
    trainer = generators.start(GENERATOR, rows, specs, list(names), settings_of(GENERATOR), steps, context)
    for step in range(steps):
        trainer.step()
        if step % PROGRESS_INTERVAL == 0:
            progress(step / steps, f"training the generator, step {step} of {steps}")
    labels = np.repeat([int(np.flatnonzero(names == name)[0]) for name in needed], list(needed.values()))
    encoded = trainer.averaged.generate(labels, seed)[MODALITY]
    return SyntheticRows(codec.decode(encoded)[features.columns], names[labels], [])


METHODS: dict[str, Callable[[Features, dict[str, int], int, Progress], SyntheticRows]] = {
    "smote": interpolate,
    "random": oversample,
    "gan": generate,
}


def balanced(upload: Upload, plan: Plan, features: Features, synthetic: SyntheticRows) -> pd.DataFrame:
    """Return the cells of the table, then those of the synthetic rows, with a column that marks these."""
    table = upload.table
    rows = pd.DataFrame("", index=range(len(synthetic.labels)), columns=table.columns, dtype=object)
    for name in (plan.label, *features.columns):
        if synthetic.sources is not None:
            cells = table[name].iloc[synthetic.sources].tolist()
        elif name == plan.label:
            cells = as_written(table[name], features.labels, synthetic.labels)
        elif name in features.categorical:
            cells = as_written(table[name], features.table[name].to_numpy(), synthetic.table[name].to_numpy())
        else:
            cells = written_numbers(features, name, synthetic.table[name].to_numpy(dtype=float))
        rows[name] = cells
    marked = [table.astype(object).assign(**{upload.marker: "0"}), rows.assign(**{upload.marker: "1"})]
    return pd.concat(marked, ignore_index=True)


def as_written(cells: pd.Series, values: np.ndarray, wanted: np.ndarray) -> list[str]:
    """Return a cell for each value: the most frequent spelling that the table has of it, and of a gap."""
    pairs = pd.DataFrame({"cell": cells.to_numpy(dtype=object), "value": pd.Series(values, dtype=object).fillna("")})
    spelling = pairs.value_counts(sort=True).reset_index().drop_duplicates("value").set_index("value")["cell"]
    known = {str(value): str(cell) for value, cell in spelling.items()}
    return [known.get("" if pd.isna(value) else str(value), "") for value in wanted]


def written_numbers(features: Features, name: str, values: np.ndarray) -> list[str]:
    """Return numbers or dates as the column writes them."""
    reading = features.readings[name]
    if reading.kind == "date":
        return [str(cell) for cell in reading.format.from_numbers(values).fillna("")]  # type: ignore[union-attr]
    return reading.format.write(values)  # type: ignore[union-attr]
