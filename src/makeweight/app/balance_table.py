"""New rows for the rare classes of one table: SMOTE or SMOTENC, repetition, or a generator trained on the table."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from makeweight.app import csv_table
from makeweight.app.plan import Features, Plan, kind_of
from makeweight.balance.resampling import repeats
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
STEPS_BETWEEN_WORDS = 20
CODEC = TabularParams(quantiles=1000, spike_share=0.02, max_categories=1000)


@dataclass(frozen=True)
class Made:
    """New rows (columns of the features) with their labels, and what the user should know about them."""

    table: pd.DataFrame
    labels: np.ndarray
    warnings: list[str]


def repeat_rows(features: Features, needed: dict[str, int], seed: int, progress: Progress) -> Made:
    """Rows drawn with replacement: the plainest way, and the one that every other has to beat."""
    split, target, _ = train_split(features.labels, needed, np.zeros((len(features.labels), 1), dtype=np.float32))
    rows = repeats(split, target, np.random.default_rng(seed))
    return Made(features.table.iloc[rows].reset_index(drop=True), features.labels[rows], [])


def interpolate(features: Features, needed: dict[str, int], seed: int, progress: Progress) -> Made:
    """SMOTE, or SMOTENC where there are categories, spikes or missing numbers, between quantiles of the numbers."""
    codec = fit_codec(features)
    encoded = with_class_middles(codec.encode(features.table), features, codec.spec)
    split, target, names = train_split(features.labels, needed, encoded)
    progress(0.3, "looking for neighbours")
    made = Smote(NEIGHBOURS, {MODALITY: codec.spec}).balance(split, target, np.random.default_rng(seed))
    added = made.rows.take(made.made)
    table = codec.decode(added.inputs[MODALITY])[features.columns]
    return Made(table, names[added.labels], few_neighbours(features, needed))


def with_class_middles(encoded: np.ndarray, features: Features, spec: Spec) -> np.ndarray:
    """The rows with the middle of their class in place of each missing number.

    The codec puts the middle of all classes there; a row between that and a real value would lie outside its class.
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


def few_neighbours(features: Features, needed: dict[str, int]) -> list[str]:
    """What SMOTE could not do as named, said for each class."""
    told = []
    for name in needed:
        size = int((features.labels == name).sum())
        if size == 1:
            told.append(f"class {name} has a single row, and nothing lies between a row and itself: it was repeated")
        elif size <= NEIGHBOURS:
            told.append(f"class {name} has {size} rows: {size - 1} neighbours were used in place of {NEIGHBOURS}")
    return told


def fit_codec(features: Features) -> TabularCodec:
    """The numbers' quantiles, their spikes (a zero that stands for missing, say) and the categories of the table."""
    roles = Roles(numeric=features.numeric, categorical=features.categorical)
    return TabularCodec.fit(Samples(features.table, roles), CODEC, seed=0)


def train_split(
    labels: np.ndarray, needed: dict[str, int], encoded: np.ndarray
) -> tuple[TrainSplit, np.ndarray, np.ndarray]:
    """The rows as the balancers take them, how many rows each class shall have, and the classes' names."""
    names, indices = np.unique(labels, return_inverse=True)
    split = real_split(Labelled({MODALITY: encoded}, indices), len(names))
    return split, split.counts + np.array([needed.get(str(name), 0) for name in names]), names


def generate(features: Features, needed: dict[str, int], seed: int, progress: Progress) -> Made:
    """A generator trained on the table for a fixed number of steps, set up as GANSampler has it."""
    import torch

    from makeweight import generators
    from makeweight.balance.sampler import settings_of

    torch.set_num_threads(1)
    codec = fit_codec(features)
    names, indices = np.unique(features.labels, return_inverse=True)
    rows = Labelled({MODALITY: codec.encode(features.table)}, indices)
    specs, steps, cpu = {MODALITY: codec.spec}, GENERATOR_STEPS, torch.device("cpu")
    trainer = generators.start(GENERATOR, rows, specs, list(names), settings_of(GENERATOR), steps, seed, cpu)
    for step in range(steps):
        trainer.step()
        if step % STEPS_BETWEEN_WORDS == 0:
            progress(step / steps, f"training the generator, step {step} of {steps}")
    labels = np.repeat([int(np.flatnonzero(names == name)[0]) for name in needed], list(needed.values()))
    made = trainer.engine.generate(labels, seed)[MODALITY]
    return Made(codec.decode(made)[features.columns], names[labels], [])


METHODS: dict[str, Callable[[Features, dict[str, int], int, Progress], Made]] = {
    "smote": interpolate,
    "random": repeat_rows,
    "gan": generate,
}


def balanced(table: pd.DataFrame, plan: Plan, made: Made) -> pd.DataFrame:
    """The table as it was, the new rows below, and a column that tells them apart."""
    rows = pd.DataFrame("", index=range(len(made.labels)), columns=table.columns, dtype=object)
    rows[plan.label] = made.labels
    for column in csv_table.understand(table):
        kind = kind_of(column, plan)
        if column.name == plan.label or kind == "unused":
            continue
        if kind == "category":
            rows[column.name] = made.table[column.name].fillna("").to_numpy()
        else:
            digits = 0 if kind == "whole" else csv_table.decimals(table[column.name])
            rows[column.name] = csv_table.number_cells(made.table[column.name].to_numpy(dtype=float), digits)
    return pd.concat(
        [table.assign(**{csv_table.SYNTHETIC: "0"}), rows.assign(**{csv_table.SYNTHETIC: "1"})], ignore_index=True
    )
