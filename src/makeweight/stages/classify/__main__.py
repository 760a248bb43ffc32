"""E1: {real, synthetic} x {the contest's learners, nn, lenet, vgg16}, tested on their own origin. E2: on the other.

Real and synthetic splits have the same rows per class, pictures of the same size and colour mode, the same networks,
steps and choice of the epoch on validation rows of their own origin: only the origin differs.
"""

import torch

from makeweight.core import files, outputs, params, paths, runtime, workers
from makeweight.core.errors import InputError
from makeweight.core.progress import log_curve, say
from makeweight.data import encoded, leaks, samples
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled
from makeweight.learn import network_files, views
from makeweight.learn.learners_folder import read_parameters
from makeweight.stages.classify.evaluation import evaluate, measure_e1, measure_e2
from makeweight.stages.classify.learners import VIEWS, train_learner, with_features
from makeweight.stages.classify.plots import STAGE, write_plots
from makeweight.stages.classify.splits import synthetic_splits
from makeweight.stages.classify.training import (
    ORIGINS,
    Classifier,
    Params,
    TrainedNetwork,
    input_of,
    train_classifier,
)

SLOWEST_FIRST = ("vgg16", "lenet", "nn")


def main() -> None:
    """Read the split, the encoded modalities and one engine's samples; write networks, scores and plots."""
    settings = params.load(Params, "classify")
    seed = params.seed()
    device = runtime.device(str(params.value("device")))
    if settings.engine not in params.names("engines"):
        engines = ", ".join(params.names("engines"))
        raise InputError(f"params.yaml: `classify.engine` is {settings.engine!r}; `engines` has {engines}")
    runtime.prepare(seed)
    data = encoded.read()
    modality, names = input_of(data)
    splits, checks = read_splits(data, settings.engine)
    learned = train_learners(splits, data, seed, device)
    trained = train_all(only(splits, modality), modality, names, len(data.classes), settings, seed, device)
    classifiers = [*learned, *trained]
    scores = evaluate(classifiers, splits, len(data.classes))
    with files.replacing_folder(paths.CLASSIFY) as folder:
        networks = {f"{one.origin}_{one.name}": (one.network, one.description) for one in trained}
        network_files.save(folder, networks, data.classes)
    rows = {f"rows.{origin}.{split}": len(splits[origin][split]) for origin in ORIGINS for split in samples.SPLITS}
    outputs.write_metrics(STAGE, measure_e1(classifiers, scores, data.classes) | rows | checks, cell="e1")
    outputs.write_metrics(STAGE, measure_e2(scores), cell="e2")
    write_plots(classifiers, scores, data.classes)
    for one in trained:
        points = [{"step" if name == "epoch" else name: value for name, value in row.items()} for row in one.history]
        log_curve(f"{one.origin}_{one.name}", points)


def read_splits(data: Encoded, engine: str) -> tuple[dict[str, dict[str, Labelled]], dict[str, int]]:
    """Origin -> split -> rows; and what the leak checks and the division of the synthetic rows counted, as metrics."""
    path = paths.SAMPLE / f"{engine}.parquet"
    pool = data.encode(samples.read(path).table, path)
    real = {split: data.split(split) for split in samples.SPLITS}
    leaks.check_units(data.table)
    found = leaks.check_real(real["train"], real["test"])
    found |= leaks.check_synthetic(real["train"], pool, real["validation"], real["test"], str(path))
    real = {split: with_features(data, "real", rows, data.rows(split)) for split, rows in real.items()}
    synthetic, missing = synthetic_splits(with_features(data, engine, pool), real, data.classes)
    if missing:
        say(f"classify: {path} is {missing} rows short of the real class counts; its splits are that much smaller")
    checks = {"synthetic.missing_rows": missing, **{f"leaks.{name}": count for name, count in found.items()}}
    return {"real": real, "synthetic": synthetic}, checks


def only(splits: dict[str, dict[str, Labelled]], modality: str) -> dict[str, dict[str, Labelled]]:
    """The same rows with the one modality that networks read."""
    return {
        origin: {split: rows.only(modality) for split, rows in of_origin.items()}
        for origin, of_origin in splits.items()
    }


def train_learners(
    splits: dict[str, dict[str, Labelled]], data: Encoded, seed: int, device: torch.device
) -> list[Classifier]:
    """The contest's learner of every view that the data have, on every origin."""
    chosen = read_parameters()

    def work(job: tuple[str, str]) -> Classifier:
        view, origin = job
        return train_learner(origin, view, splits, len(data.classes), chosen[view], seed)

    names = views.present(VIEWS, data.modalities)
    return workers.run_all(work, [(view, origin) for view in names for origin in ORIGINS], device)


def train_all(
    splits: dict[str, dict[str, Labelled]],
    modality: str,
    names: tuple[str, ...],
    classes: int,
    settings: Params,
    seed: int,
    device: torch.device,
) -> list[TrainedNetwork]:
    """Every network on every origin, side by side on as many processes as the machine has."""

    def work(job: tuple[str, str]) -> TrainedNetwork:
        name, origin = job
        return train_classifier(origin, name, splits, modality, classes, settings, seed, device)

    jobs = [(name, origin) for name in SLOWEST_FIRST if name in names for origin in ORIGINS]
    return workers.run_all(work, jobs, device)


if __name__ == "__main__":
    main()
