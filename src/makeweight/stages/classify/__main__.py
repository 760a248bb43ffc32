"""E1: {real, fake} x {nn, lenet, vgg16}, each on its own test split. E2: fake-trained on real rows, and the other way.

Real and fake splits have the same rows per class, pictures of the same size and colour mode, the same networks, steps
and choice of the epoch on validation rows of their own kind: only the origin differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from torch import nn

from makeweight.core import files, outputs, params, paths, runtime, workers
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say, tell
from makeweight.data import encoded, leaks, samples
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled
from makeweight.learn import network_files
from makeweight.learn.classifiers import AsImageNet
from makeweight.learn.scores import Scores, score
from makeweight.learn.training import TrainingParams, fit_network, predict

ORIGINS = ("real", "fake")
NETWORKS = ("nn", "lenet", "vgg16")
SLOWEST_FIRST = ("vgg16", "lenet", "nn")


class Params(Section):
    """The engine whose samples are the fakes, how VGG-16 starts, and how each network learns."""

    engine: str
    vgg16_weights: Literal["none", "imagenet"]
    vgg16_width: float
    nn: TrainingParams
    lenet: TrainingParams
    vgg16: TrainingParams

    def training(self, name: str) -> TrainingParams:
        """How the named network learns."""
        return {"nn": self.nn, "lenet": self.lenet, "vgg16": self.vgg16}[name]

    def options(self, name: str) -> dict[str, Any]:
        """What builds the named network beyond its shape."""
        return {"width": self.vgg16_width, "weights": self.vgg16_weights} if name == "vgg16" else {}


Splits = Mapping[str, Labelled]
"""train, validation, test."""


@dataclass(frozen=True)
class Graduate:
    """A trained network, what it takes to build it, its history, and its answers on the test splits of both origins."""

    origin: str
    name: str
    network: nn.Module
    description: Mapping[str, Any]
    history: Sequence[Mapping[str, float]]
    answers: Mapping[str, np.ndarray]
    """Origin of the test split -> class index per row."""


def seen(data: Encoded) -> tuple[str, tuple[str, ...]]:
    """The modality that the networks look at, and the networks that can: pictures need all three, vectors the first."""
    if "image" in data.modalities:
        return "image", NETWORKS
    modality = "tabular" if "tabular" in data.modalities else data.modalities[0]
    say(f"classify: the data have no pictures: nn learns from {modality} vectors, lenet and vgg16 are left out")
    return modality, ("nn",)


def fake_splits(pool: Labelled, real: Splits, classes: Sequence[str]) -> tuple[dict[str, Labelled], int]:
    """Splits of generated rows with the class counts of the real ones, and how many rows fell short.

    Rows are taken in the pool's order, test split first. A class with too few rows keeps the shares of its splits.
    """
    rows: dict[str, list[np.ndarray]] = {split: [] for split in samples.SPLITS}
    short = 0
    for name in range(len(classes)):
        members = np.flatnonzero(pool.labels == name)
        wanted = {split: int((real[split].labels == name).sum()) for split in samples.SPLITS}
        total = sum(wanted.values())
        if not len(members):
            raise InputError(f"the generated rows have none of class {classes[name]!r}; `sample` must make every class")
        short += max(0, total - len(members))
        part = min(1.0, len(members) / total)
        start = 0
        for split in reversed(samples.SPLITS):
            stop = start + round(part * wanted[split]) if split != "train" else min(len(members), total)
            rows[split].append(members[start:stop])
            start = stop
    return {split: pool.take(np.concatenate(chosen)) for split, chosen in rows.items()}, short


def graduate(
    origin: str,
    name: str,
    splits: Mapping[str, Splits],
    modality: str,
    classes: int,
    settings: Params,
    seed: int,
    device: torch.device,
) -> Graduate:
    """Train one network on one origin and let it answer on the test splits of both."""
    torch.manual_seed(seed)
    own = splits[origin]
    shape = own["train"].inputs[modality].shape[1:]
    description: dict[str, Any] = {
        "kind": name,
        "modality": modality,
        "shape": list(shape),
        "options": settings.options(name),
    }
    network = network_files.build(description, classes)
    if name == "vgg16":
        description["options"]["weights"] = "saved" if holds_imagenet(network) else "none"
    fitted = fit_network(network, own["train"], own["validation"], settings.training(name), seed, device)
    answers = {other: predict(fitted.network, splits[other]["test"].inputs, device).argmax(1) for other in ORIGINS}
    return Graduate(origin, name, fitted.network.cpu(), description, fitted.history, answers)


def holds_imagenet(network: nn.Module) -> bool:
    """Whether ImageNet weights could be had."""
    return any(isinstance(layer, AsImageNet) for layer in network.modules())


def examine(
    graduates: Sequence[Graduate], splits: Mapping[str, Splits], classes: int
) -> dict[tuple[str, str, str], Scores]:
    """Scores by (origin of the training rows, network, origin of the test rows)."""
    return {
        (one.origin, one.name, other): score(splits[other]["test"].labels, one.answers[other], classes)
        for one in graduates
        for other in ORIGINS
    }


def measure_own(
    graduates: Sequence[Graduate], scores: Mapping[tuple[str, str, str], Scores], classes: Sequence[str]
) -> dict[str, float]:
    """E1: every network on the test split of its own origin."""
    numbers: dict[str, float] = {}
    for one in graduates:
        own, key = scores[one.origin, one.name, one.origin], f"{one.origin}.{one.name}"
        numbers[f"{key}.accuracy"] = own.accuracy
        numbers[f"{key}.macro_f1"] = own.macro_f1
        numbers[f"{key}.weighted_f1"] = own.weighted_f1
        numbers[f"{key}.epochs"] = len(one.history)
        numbers |= {f"{key}.f1.{label}": float(f1) for label, f1 in zip(classes, own.f1, strict=True)}
    return numbers


def measure_across(names: Sequence[str], scores: Mapping[tuple[str, str, str], Scores]) -> dict[str, float]:
    """E2: fake-trained on the real test split and the ratio to the real-trained; and these on the fake test split."""
    numbers: dict[str, float] = {}
    for name in names:
        across, own = scores["fake", name, "real"], scores["real", name, "real"]
        numbers[f"{name}.accuracy"] = across.accuracy
        numbers[f"{name}.macro_f1"] = across.macro_f1
        numbers[f"{name}.ratio"] = across.accuracy / own.accuracy if own.accuracy else 0.0
        back = scores["real", name, "fake"]
        numbers[f"real_on_fake.{name}.accuracy"] = back.accuracy
        numbers[f"real_on_fake.{name}.macro_f1"] = back.macro_f1
    return numbers


def confusion_table(scores: Scores, classes: Sequence[str]) -> pd.DataFrame:
    """`actual, predicted, count`, every pair of classes."""
    pairs = [(actual, predicted) for actual in range(len(classes)) for predicted in range(len(classes))]
    return pd.DataFrame(
        {
            "actual": [classes[actual] for actual, _ in pairs],
            "predicted": [classes[predicted] for _, predicted in pairs],
            "count": [int(scores.confusion[pair]) for pair in pairs],
        }
    )


def class_table(scores: Mapping[tuple[str, str, str], Scores], classes: Sequence[str]) -> pd.DataFrame:
    """Precision, recall and F1 per class of every network on every test split."""
    parts = [
        pd.DataFrame(
            {
                "trained_on": origin,
                "network": name,
                "tested_on": other,
                "label": list(classes),
                "rows": one.actual,
                "precision": one.precision,
                "recall": one.recall,
                "f1": one.f1,
            }
        )
        for (origin, name, other), one in scores.items()
    ]
    return pd.concat(parts, ignore_index=True)


def draw_histories(graduates: Sequence[Graduate]) -> Figure:
    """Training loss and validation macro-F1 over the epochs, one column per network."""
    names = [name for name in NETWORKS if any(one.name == name for one in graduates)]
    figure = Figure(figsize=(1.5 + 2.9 * len(names), 4.6), layout="constrained")
    panels = figure.subplots(2, len(names), squeeze=False, sharex="col")
    colours = {"real": "#3f7f93", "fake": "#c98a2b"}
    for one in graduates:
        column = names.index(one.name)
        epochs = [record["epoch"] for record in one.history]
        for row, curve in enumerate(("train_loss", "validation_macro_f1")):
            values = [record[curve] for record in one.history]
            panels[row, column].plot(epochs, values, "o-", markersize=3, color=colours[one.origin], label=one.origin)
            panels[row, column].grid(color="#e3e6e8")
            panels[row, column].spines[["top", "right"]].set_visible(False)
        panels[0, column].set_title(one.name, loc="left")
        panels[1, column].set_xlabel("epoch")
    panels[0, 0].set_ylabel("training loss")
    panels[1, 0].set_ylabel("validation macro-F1")
    panels[0, 0].legend(frameon=False, title="trained on")
    return figure


def write_plots(
    graduates: Sequence[Graduate], scores: Mapping[tuple[str, str, str], Scores], classes: Sequence[str]
) -> None:
    """Histories, confusion matrices and scores per class."""
    for one in graduates:
        outputs.write_series("classify", f"history_{one.origin}_{one.name}.csv", pd.DataFrame(one.history))
        for other in ORIGINS:
            name = f"confusion_{one.origin}_{one.name}" + ("" if other == one.origin else f"_on_{other}") + ".csv"
            outputs.write_series("classify", name, confusion_table(scores[one.origin, one.name, other], classes))
    outputs.write_series("classify", "classes.csv", class_table(scores, classes))
    outputs.write_picture("classify", "histories.png", draw_histories(graduates))


def main() -> None:
    """Read the split, the encoded modalities and one engine's samples; write networks, scores and plots."""
    settings = params.load(Params, "classify")
    seed = int(params.value("seed"))
    device = runtime.device(str(params.value("device")))
    if settings.engine not in params.value("engines"):
        known = ", ".join(params.value("engines"))
        raise InputError(f"params.yaml: `classify.engine` is {settings.engine!r}; `engines` has {known}")
    runtime.prepare(seed)
    data = encoded.read()
    modality, names = seen(data)
    path = paths.SAMPLE / f"{settings.engine}.parquet"
    pool = data.encode(samples.read(path).table)
    real = {split: data.split(split) for split in samples.SPLITS}
    leaks.check_units(data.table)
    found = leaks.check_real(real["train"], real["test"])
    found |= leaks.check_made(real["train"], pool, real["validation"], real["test"], str(path))
    fake, short = fake_splits(pool, real, data.classes)
    if short:
        say(f"classify: {path} is {short} rows short of the real class counts; its splits are that much smaller")
    chosen = {
        origin: {split: rows.only(modality) for split, rows in splits.items()}
        for origin, splits in (("real", real), ("fake", fake))
    }

    def work(job: tuple[str, str]) -> Graduate:
        return graduate(job[1], job[0], chosen, modality, len(data.classes), settings, seed, device)

    jobs = [(name, origin) for name in SLOWEST_FIRST if name in names for origin in ORIGINS]
    graduates = workers.run_all(work, jobs, device)
    scores = examine(graduates, chosen, len(data.classes))
    with files.replacing_folder(paths.CLASSIFY) as folder:
        networks = {f"{one.origin}_{one.name}": (one.network, one.description) for one in graduates}
        network_files.save(folder, networks, data.classes)
    rows = {f"rows.{origin}.{split}": len(chosen[origin][split]) for origin in ORIGINS for split in samples.SPLITS}
    checks = {f"leaks.{name}": count for name, count in found.items()}
    own = measure_own(graduates, scores, data.classes)
    outputs.write_metrics("classify", own | rows | {"fake.rows_short": short} | checks, cell="e1")
    outputs.write_metrics("classify", measure_across(names, scores), cell="e2")
    write_plots(graduates, scores, data.classes)
    for one in graduates:
        points = [{"step" if name == "epoch" else name: value for name, value in row.items()} for row in one.history]
        tell(f"{one.origin}_{one.name}", points)


if __name__ == "__main__":
    main()
