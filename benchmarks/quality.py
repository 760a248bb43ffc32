"""What a classifier learns from an engine's pictures alone, at equal training time: Fashion-MNIST and CIFAR-10.

    python benchmarks/quality.py fashion-mnist fashion-mnist-imbalanced --seconds 200 --seeds 1
    python benchmarks/quality.py cifar10 --engines latent_flow --seconds 600

Every engine gets the same seconds of one core (by the clock on the wall where there is a GPU), from its first step to
its last; a short trial tells how many steps fit. In a set called imbalanced, classes 2, 3 and 4 keep a tenth of their
train rows. One classifier (LeNet) then learns from n fakes, as many of each class, and once from n *balanced real*
rows; both are tested on the whole real test part. `ratio` is accuracy over accuracy. The same held-out train pictures
choose the epoch of both; nothing is chosen on test pictures. Density and coverage compare fakes with real test
pictures in the last features of the classifier of real rows, class by class (`real.`: real train pictures in the place
of fakes). Grids of the first seed's pictures as they came out lie beside the numbers. A cell's numbers replace those
of its last run.
"""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

import picture_sets
import record
from makeweight import generators
from makeweight.core import files, runtime
from makeweight.core.params import read_yaml
from makeweight.core.progress import say, track
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators import Engine, Trainer
from makeweight.learn.classifiers import lenet
from makeweight.learn.training import Fitted, TrainingParams, fit_network, predict
from makeweight.stages.fidelity.manifold import manifold_scores
from makeweight.stages.fidelity.spaces import before_last_layer
from makeweight.stages.train_gan.__main__ import grid

ROOT = Path(__file__).parents[1]
RARE, KEPT = (2, 3, 4), 10
"""Classes of which an imbalanced set keeps every tenth row."""
VALIDATION, MANIFOLD_ROWS, NEIGHBOURS = 100, 500, 5
"""Per class: held-out train rows that choose the classifier's epoch, and rows compared for density and coverage."""
TRIAL_STEPS, GRID_COLUMNS = 40, 8
LONG: Mapping[str, Mapping[str, Any]] = {"r3gan": {"learning_rate": 0.0003}}
"""What differs from params.yaml, whose rates suit the few hundred updates that the built-in catalogue gets."""
CLASSIFIER = TrainingParams(
    epochs=12, patience=12, batch_size=64, learning_rate=0.001, weight_decay=0.01, steps_per_epoch=None
)


@dataclass(frozen=True)
class Task:
    """A data set divided: what engines see, what chooses, what a real classifier sees, what tests."""

    names: list[str]
    train: Labelled
    validation: Labelled
    balanced: Labelled
    test: Labelled

    @classmethod
    def read(cls, name: str, balanced_rows: int, seed: int) -> "Task":
        """`name` is that of a picture set, with `-imbalanced` behind it or not."""
        whole = name.removesuffix("-imbalanced")
        pictures, labels = picture_sets.read(whole, "train")
        tests, test_labels = picture_sets.read(whole, "test")
        rng = np.random.default_rng(seed)
        chosen: dict[str, list[np.ndarray]] = {"train": [], "validation": [], "balanced": []}
        for label in range(len(picture_sets.NAMES[whole])):
            rows = rng.permutation(np.flatnonzero(labels == label))
            rest = rows[VALIDATION:]
            chosen["validation"].append(rows[:VALIDATION])
            chosen["balanced"].append(rest[: balanced_rows // len(picture_sets.NAMES[whole])])
            cut = name != whole and label in RARE
            chosen["train"].append(rest[: len(rows) // KEPT] if cut else rest)
        parts = {part: np.sort(np.concatenate(rows)) for part, rows in chosen.items()}
        splits = {part: Labelled({"image": pictures[rows]}, labels[rows]) for part, rows in parts.items()}
        return cls(picture_sets.NAMES[whole], test=Labelled({"image": tests}, test_labels), **splits)

    @property
    def spec(self) -> Spec:
        """Of its pictures."""
        return Spec("image", self.train.inputs["image"].shape[1:])


def settings(engine: str, changes: Mapping[str, Any] | None = None) -> Any:
    """The engine's parameters in params.yaml, some changed."""
    values = {**read_yaml(ROOT / "params.yaml")["train_gan"][engine], **(changes or {})}
    return generators.ENGINES[engine].params.model_validate(values)


def clock(device: torch.device) -> float:
    """Seconds of this process on the processor; with a GPU, of the clock on the wall when its work is done."""
    if device.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def new_trainer(engine: str, task: Task, config: Any, steps: int, seed: int, device: torch.device) -> Trainer:
    """At its first step."""
    return generators.start(engine, task.train, {"image": task.spec}, task.names, config, steps, seed, device)


def steps_within(engine: str, task: Task, config: Any, seconds: float, device: torch.device) -> int:
    """How many steps fit into the seconds, by the steps of a short training; its two slowest count once only.

    These are the first of each kind of step, which prepare something.
    """
    start = clock(device)
    trainer = new_trainer(engine, task, config, TRIAL_STEPS, 0, device)
    moments = [clock(device)]
    for _ in range(TRIAL_STEPS):
        trainer.step()
        moments.append(clock(device))
    durations = np.sort(np.diff(moments))
    once = moments[0] - start + durations[-2:].sum()
    return max(TRIAL_STEPS, int((seconds - once) / durations[:-2].mean()))


def train(
    engine: str, task: Task, config: Any, seconds: float, seed: int, device: torch.device
) -> tuple[Engine, dict[str, float]]:
    """An engine trained for about these seconds, and what that took."""
    steps = steps_within(engine, task, config, seconds, device)
    start = clock(device)
    trainer = new_trainer(engine, task, config, steps, seed, device)
    for _ in track(range(steps), f"{engine}, seed {seed}"):
        trainer.step()
    return trainer.engine, {"updates": steps, "seconds": clock(device) - start}


def balanced_fakes(engine: Engine, rows: int, seed: int, device: torch.device) -> tuple[Labelled, float]:
    """As many fakes of each class, and the seconds that they took."""
    labels = np.repeat(np.arange(len(engine.classes)), rows // len(engine.classes))
    start = clock(device)
    return Labelled(engine.generate(labels, seed), labels), clock(device) - start


def learn(rows: Labelled, task: Task, seed: int, device: torch.device) -> Fitted:
    """The classifier that learns from these rows."""
    torch.manual_seed(seed)
    network = lenet("image", task.spec.shape, len(task.names))
    return fit_network(network, rows, task.validation, CLASSIFIER, seed, device)


def recalls(fitted: Fitted, task: Task, device: torch.device) -> np.ndarray:
    """Share of each class's test rows that it names, `(classes,)`; their mean is accuracy: test parts are balanced."""
    right = predict(fitted.network, task.test.inputs, device).argmax(1) == task.test.labels
    return np.array([right[task.test.labels == label].mean() for label in range(len(task.names))])


def clouds(rows: Labelled, real: Fitted, task: Task, device: torch.device) -> dict[str, float]:
    """`density`, `coverage` and both by class, of rows among the test rows."""
    scores: dict[str, float] = {}
    for label, name in enumerate(task.names):
        features = [
            before_last_layer(real.network, part.inputs["image"][part.labels == label][:MANIFOLD_ROWS], device)
            for part in (task.test, rows)
        ]
        measured = manifold_scores(*features, NEIGHBOURS)
        scores |= {f"{key}.{name}": measured[key] for key in ("density", "coverage")}
    for key in ("density", "coverage"):
        scores[key] = float(np.mean([scores[f"{key}.{name}"] for name in task.names]))
    return scores


def cell(name: str, engine: str, arguments: argparse.Namespace) -> tuple[dict[str, Any], np.ndarray]:
    """All numbers of one data set and engine, means over the seeds, and a grid's pictures of the first."""
    device = runtime.device("auto")
    config = settings(engine, LONG.get(engine))
    runs, real_runs, pictures = [], [], None
    for seed in range(arguments.seeds):
        task = Task.read(name, arguments.fakes, seed)
        made, spent = train(engine, task, config, arguments.seconds, seed, device)
        fakes, sampling = balanced_fakes(made, arguments.fakes, seed, device)
        real_fitted, fake_fitted = learn(task.balanced, task, seed, device), learn(fakes, task, seed, device)
        real, fake = recalls(real_fitted, task, device), recalls(fake_fitted, task, device)
        by_class = {f"recall.{label}": value for label, value in zip(task.names, fake, strict=True)}
        real_by_class = {f"recall.{label}": value for label, value in zip(task.names, real, strict=True)}
        scores = {"ratio": fake.mean() / real.mean(), "accuracy": fake.mean(), **by_class}
        runs.append({**scores, **clouds(fakes, real_fitted, task, device), **spent, "sampling_seconds": sampling})
        real_runs.append({"accuracy": real.mean(), **real_by_class, **clouds(task.balanced, real_fitted, task, device)})
        say(f"{name} {engine} seed {seed}: ratio {scores['ratio']:.3f}, {fake.mean():.3f} of {real.mean():.3f}")
        if pictures is None:
            labels = np.repeat(np.arange(len(task.names)), GRID_COLUMNS)
            pictures = made.generate(labels, seed + 1)["image"]
    assert pictures is not None
    results: dict[str, Any] = {f"{engine}.{key}": value for key, value in averaged(runs).items()}
    results[f"{engine}.minutes"] = round(results[f"{engine}.seconds"] / 60, 2)
    results[f"{engine}.rows_per_second"] = round(arguments.fakes / results[f"{engine}.sampling_seconds"], 1)
    results |= {
        f"{engine}.device": told(device),
        f"{engine}.seeds": arguments.seeds,
        f"{engine}.fakes": arguments.fakes,
    }
    results |= {f"{engine}.commit": record.commit(), f"{engine}.machine": record.machine()}
    results |= {f"real.{key}": value for key, value in averaged(real_runs).items()}
    return {f"{name}.{key}": value for key, value in results.items()}, pictures


def averaged(runs: list[dict[str, float]]) -> dict[str, float]:
    """Means, and the standard deviation of ratio and accuracy where there is more than one run."""
    means = {key: round(float(np.mean([run[key] for run in runs])), 4) for key in runs[0]}
    if len(runs) > 1:
        for key in ("ratio", "accuracy"):
            if key in means:
                means[f"{key}.spread"] = round(float(np.std([run[key] for run in runs], ddof=1)), 4)
    return means


def told(device: torch.device) -> str:
    """The device in words."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu, {torch.get_num_threads()} thread"


def kept(name: str, cells: set[str]) -> dict[str, Any]:
    """What the result file has of other cells; those of `cells` are measured anew."""
    path = record.RESULTS / f"{name}.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    measured_anew = {"machine", "commit"} | {key for key in known if ".".join(key.split(".")[:2]) in cells}
    return {key: value for key, value in known.items() if key not in measured_anew}


def main() -> None:
    """Every data set and engine asked for; the file is written after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "datasets", nargs="+", choices=[f"{name}{rest}" for name in picture_sets.NAMES for rest in ("", "-imbalanced")]
    )
    parser.add_argument("--engines", nargs="+", choices=list(generators.ENGINES), default=list(generators.ENGINES))
    parser.add_argument("--seconds", type=float, default=600.0, help="training time of each engine")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fakes", type=int, default=6000, help="fakes, and balanced real rows, for the classifier")
    arguments = parser.parse_args()
    runtime.prepare(0)
    for name in arguments.datasets:
        for engine in arguments.engines:
            measured, pictures = cell(name, engine, arguments)
            others = kept("quality", {f"{name}.{engine}", f"{name}.real"})
            record.write("quality", dict(sorted((others | measured).items())))
            with files.replacing(record.RESULTS / "quality" / f"{name}_{engine}.png") as partial:
                grid(pictures, GRID_COLUMNS).save(partial, format="png", optimize=True)


if __name__ == "__main__":
    main()
