"""Few-shot on Fashion-MNIST and CIFAR-10, seven base classes and three novel ones, chosen at random; time of t-SNE.

With three novel classes there is no 5-way episode: every number is 3-way (chance 1/3). Of ten classes none is left to
validate on, so the weights are chosen on held-out train pictures of the base classes; novel pictures are test pictures.

Where the picture sets are: see picture_sets.py.

    python benchmarks/fewshot.py [fashion_mnist] [cifar10] [tsne]
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import picture_sets
import record
from makeweight.core import files, runtime
from makeweight.core.params import read_yaml
from makeweight.stages.fewshot import accuracy_table, experiment, plots
from makeweight.stages.fewshot.classifiers import REFERENCE
from makeweight.stages.fewshot.experiment import Params
from makeweight.stages.fewshot.picture_set import PictureSet

SEED = 20
BASE_CLASSES = 7
ROWS = {"base": 2000, "validation": 100, "novel": 200}
"""Pictures per class."""
STEPS = 400


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all; each has a file of its own."""
    for name in names or list(BENCHMARKS):
        record.write(f"fewshot_{name}", BENCHMARKS[name]())


def picture_set(name: str) -> dict[str, float]:
    """Accuracies and times on a picture set."""
    return measure(picture_sets.read(name, "train"), picture_sets.read(name, "test"), picture_sets.NAMES[name])


def measure(train: picture_sets.Pictures, test: picture_sets.Pictures, names: list[str]) -> dict[str, float]:
    """Accuracies by method, way and shot; verification and retrieval; processor and wall seconds."""
    runtime.prepare(SEED)
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(names))
    base, novel = np.sort(order[:BASE_CLASSES]), np.sort(order[BASE_CLASSES:])
    print(f"novel: {', '.join(names[one] for one in novel)}")
    shuffled = {one: rng.permutation(np.flatnonzero(train[1] == one)) for one in base}
    base_rows = {one: rows[: ROWS["base"]] for one, rows in shuffled.items()}
    validation_rows = {one: rows[-ROWS["validation"] :] for one, rows in shuffled.items()}
    novel_rows = {one: rng.permutation(np.flatnonzero(test[1] == one))[: ROWS["novel"]] for one in novel}
    base_set = select(train, base_rows, names, held_out=False)
    validation_set = select(train, validation_rows, names, held_out=True)
    novel_set = select(test, novel_rows, names, held_out=True)
    config = parameters(train[0].shape[-1])
    start, busy = time.perf_counter(), os.times()
    outcome = experiment.run(base_set, validation_set, novel_set, config, SEED, torch.device("cpu"))
    accuracies = accuracy_table.stack([outcome.accuracies])
    print(accuracy_table.tabulate(accuracies, REFERENCE).round(3).to_string())
    sampled = max(outcome.episodes.values(), key=lambda one: one.shots == 5)
    figure = plots.plot_episode(novel_set, sampled, outcome.classifiers["triplet"].predict(sampled), "triplet")
    with files.replacing(record.RESULTS / f"fewshot_{'_'.join(names[one] for one in novel)}.png") as partial:
        figure.savefig(partial, format="png", dpi=80)
    done = os.times()
    return {
        **accuracy_table.measure(accuracies, REFERENCE),
        **{name: number for name, number in outcome.numbers.items() if "verification" in name or "retrieval" in name},
        "seconds.all_networks.wall": round(time.perf_counter() - start, 1),
        "seconds.all_networks.cpu": round(sum(done[:4]) - sum(busy[:4]), 1),
        "seconds.600_episodes.cpu": episode_seconds(outcome),
    }


def parameters(size: int) -> Params:
    """The default parameters with more steps, at the pictures' own size."""
    values = read_yaml(Path(__file__).parents[1] / "params.yaml")["fewshot"]
    values["training"] |= {"steps": STEPS, "validate_every": STEPS // 4}
    values["network"]["picture_size"] = size
    return Params.model_validate(values)


def select(
    pictures: picture_sets.Pictures, rows: dict[int, np.ndarray], names: list[str], held_out: bool
) -> PictureSet:
    """Rows per class as one class set; every picture is a unit of its own."""
    everything = np.concatenate(list(rows.values()))
    classes = np.repeat(np.arange(len(rows)), [len(part) for part in rows.values()])
    return PictureSet(
        torch.from_numpy(np.ascontiguousarray(pictures[0][everything])),
        classes,
        np.arange(len(everything)),
        [names[one] for one in rows],
        np.full(len(everything), held_out),
    )


def episode_seconds(outcome: experiment.Outcome) -> float:
    """Processor seconds to classify 600 episodes of the largest setting by prototypes, with similarities at hand."""
    largest = max(outcome.episodes.values(), key=lambda one: one.ways * one.shots)
    start = time.process_time()
    outcome.classifiers[REFERENCE].predict(largest)
    return round(time.process_time() - start, 2)


def tsne() -> dict[str, float]:
    """Seconds of t-SNE of 4,000 points with 128 coordinates."""
    rng = np.random.default_rng(SEED)
    points = np.repeat(rng.normal(size=(20, 128)), 200, axis=0) + rng.normal(size=(4000, 128))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    start, busy = time.perf_counter(), time.process_time()
    plots.tsne_coordinates(points.astype(np.float32), 30, SEED)
    return {
        "4000x128.wall_seconds": round(time.perf_counter() - start, 1),
        "4000x128.cpu_seconds": round(time.process_time() - busy, 1),
    }


BENCHMARKS: dict[str, Callable[[], dict[str, float]]] = {
    "fashion_mnist": lambda: picture_set("fashion-mnist"),
    "cifar10": lambda: picture_set("cifar10"),
    "tsne": tsne,
}

if __name__ == "__main__":
    main(sys.argv[1:])
