"""Quality of engines: what a classifier learns from synthetic pictures alone, at equal training time of the engines.

    python benchmarks/quality.py fashion-mnist fashion-mnist-imbalanced --seconds 200 --seeds 1
    python benchmarks/quality.py cifar10 --engines latent_flow --seconds 600

Every engine is trained for the same seconds of one core (wall time where there is a GPU), from its first step to its
last; a short trial estimates how many steps fit. In a set called imbalanced, classes 2, 3 and 4 keep a tenth of their
train rows. A classifier (LeNet) is then trained on n synthetic rows, equally many of each class, and another one on n
*balanced real* rows; both are tested on the whole real test part. `ratio` is the first accuracy over the second.
Train pictures that are held out, the same for both, choose the epoch; nothing is chosen on test pictures. Density and
coverage compare synthetic with real test pictures class by class, in the features before the last layer of the
classifier of real rows (`real.`: real train pictures in place of synthetic ones). Sharpness and the accuracy of a
network that tells them from test pictures are those of the stage `fidelity`. `latent_flow_decoded` is `latent_flow`
with `local_steps: 0`: the same trained engine, its pictures as the decoder leaves them. Grids of the first seed's
pictures, without any selection, lie beside the numbers. Those of a data set and engine replace those of its last run.
"""

import argparse
import copy
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
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
from makeweight.stages.fidelity.detection import PictureDetectorParams, picture_detection_accuracy
from makeweight.stages.fidelity.manifold import manifold_scores
from makeweight.stages.fidelity.sharpness import sharpness_scores
from makeweight.stages.fidelity.spaces import before_last_layer
from makeweight.stages.train_gan.__main__ import grid
from makeweight.tools.profile import DataSize, profile

ROOT = Path(__file__).parents[1]
RARE, KEEP_EVERY = (2, 3, 4), 10
"""Classes of which an imbalanced set keeps every tenth row."""
VALIDATION, MANIFOLD_ROWS, NEIGHBOURS = 100, 500, 5
"""Per class: held-out train rows that choose the classifier's epoch, and rows compared for density and coverage."""
TRIAL_STEPS, GRID_COLUMNS = 40, 8
DECODED = "_decoded"
"""End of an engine's name: its pictures without the crisp step."""
DETECTOR_ROWS = 1200
"""Most pictures of each side that a network learns to tell apart, and is tested on."""
LONG_TRAINING: Mapping[str, Mapping[str, Any]] = {
    "r3gan": {"learning_rate": 0.0003},
    "latent_flow": {
        name.removeprefix("train_gan.engines.latent_flow."): value
        for name, value in profile(DataSize(50_000, ("image",), 10), "full").items()
        if name.startswith("train_gan.engines.latent_flow.")
    },
}
"""What differs from params.yaml, whose values suit some hundred updates; that of `latent_flow` as the profile says."""
CLASSIFIER = TrainingParams(
    epochs=12, patience=12, batch_size=64, learning_rate=0.001, weight_decay=0.01, steps_per_epoch=None
)


@dataclass(frozen=True)
class Task:
    """A data set divided: train rows of engines, validation rows, balanced train rows of a classifier, test rows."""

    names: list[str]
    train: Labelled
    validation: Labelled
    balanced: Labelled
    test: Labelled

    @classmethod
    def read(cls, name: str, balanced_rows: int, seed: int) -> "Task":
        """Read a picture set; a name that ends in `-imbalanced` makes the train rows of some classes rare."""
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
            chosen["train"].append(rest[: len(rows) // KEEP_EVERY] if cut else rest)
        parts = {part: np.sort(np.concatenate(rows)) for part, rows in chosen.items()}
        splits = {part: Labelled({"image": pictures[rows]}, labels[rows]) for part, rows in parts.items()}
        return cls(picture_sets.NAMES[whole], test=Labelled({"image": tests}, test_labels), **splits)

    @property
    def spec(self) -> Spec:
        """The spec of its pictures."""
        return Spec("image", self.train.inputs["image"].shape[1:])


def settings(engine: str, changes: Mapping[str, Any] | None = None) -> Any:
    """The engine's parameters in params.yaml, with changes."""
    values = {**read_yaml(ROOT / "params.yaml")["train_gan"]["engines"][engine], **(changes or {})}
    return generators.ENGINES[engine].params.model_validate(values)


def clock(device: torch.device) -> float:
    """Processor seconds of this process; with a GPU, wall seconds once its work is done."""
    if device.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize(device)
    return time.perf_counter()


def new_trainer(engine: str, task: Task, config: Any, steps: int, seed: int, device: torch.device) -> Trainer:
    """A trainer of the engine at its first step."""
    context = generators.TrainingContext(seed, device)
    return generators.start(engine, task.train, {"image": task.spec}, task.names, config, steps, context)


def steps_within(engine: str, task: Task, config: Any, seconds: float, device: torch.device) -> int:
    """How many steps fit into the seconds, estimated from a short training.

    Its two slowest steps count once only: they are the first of each kind of step, which includes one-time set-up.
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
    """An engine trained for about these seconds; its number of updates and its seconds."""
    steps = steps_within(engine, task, config, seconds, device)
    start = clock(device)
    trainer = new_trainer(engine, task, config, steps, seed, device)
    for _ in track(range(steps), f"{engine}, seed {seed}"):
        trainer.step()
    return trainer.averaged, {"updates": steps, "seconds": clock(device) - start}


def generate_balanced(engine: Engine, rows: int, seed: int, device: torch.device) -> tuple[Labelled, float]:
    """`rows` synthetic rows, equally many of each class, and the seconds that they took."""
    labels = np.repeat(np.arange(len(engine.classes)), rows // len(engine.classes))
    start = clock(device)
    return Labelled(engine.generate(labels, seed), labels), clock(device) - start


def train_classifier(rows: Labelled, task: Task, seed: int, device: torch.device) -> Fitted:
    """A classifier trained on these rows."""
    torch.manual_seed(seed)
    network = lenet("image", task.spec.shape, len(task.names))
    return fit_network(network, rows, task.validation, CLASSIFIER, seed, device)


def class_recalls(fitted: Fitted, task: Task, device: torch.device) -> np.ndarray:
    """Recall of each class on the test rows, `(classes,)`; the mean is the accuracy, since test parts are balanced."""
    right = predict(fitted.network, task.test.inputs, device).argmax(1) == task.test.labels
    return np.array([right[task.test.labels == label].mean() for label in range(len(task.names))])


def density_and_coverage(rows: Labelled, real: Fitted, task: Task, device: torch.device) -> dict[str, float]:
    """`density`, `coverage` and both by class, of these rows among the test rows."""
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


def sharpness(rows: Labelled, task: Task, seed: int, device: torch.device) -> dict[str, float]:
    """Ratios of sharpness to the test pictures, and `detection_accuracy`."""
    rng = np.random.default_rng(seed)
    real, own = (
        part.inputs["image"][rng.permutation(len(part))[: min(len(rows), len(task.test))]] for part in (task.test, rows)
    )
    config = PictureDetectorParams.model_validate(read_yaml(ROOT / "params.yaml")["fidelity"]["picture_detector"])
    accuracy = picture_detection_accuracy(real[:DETECTOR_ROWS], own[:DETECTOR_ROWS], config, seed, device)
    assert accuracy is not None
    return {**sharpness_scores(real, own), "detection_accuracy": accuracy}


def variants(engine: Engine) -> Iterator[tuple[str, Engine]]:
    """The engine with the end of its name, and the same one without its crisp step, if it has one."""
    yield "", engine
    if getattr(engine.config, "local_steps", 0):
        decoded = copy.copy(engine)
        decoded.config = engine.config.model_copy(update={"local_steps": 0})
        yield DECODED, decoded


def measure_engine(name: str, engine: str, arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """All numbers of one data set and engine, means over the seeds; and the first seed's pictures, by variant."""
    device = runtime.device("auto")
    config = settings(engine, LONG_TRAINING.get(engine))
    runs, real_runs, pictures = defaultdict(list), [], {}
    for seed in range(arguments.seeds):
        task = Task.read(name, arguments.rows, seed)
        trained, spent = train(engine, task, config, arguments.seconds, seed, device)
        on_real = train_classifier(task.balanced, task, seed, device)
        real = class_recalls(on_real, task, device)
        for ending, variant in variants(trained):
            synthetic, sampling = generate_balanced(variant, arguments.rows, seed, device)
            own = class_recalls(train_classifier(synthetic, task, seed, device), task, device)
            runs[f"{engine}{ending}"].append(
                {
                    "ratio": own.mean() / real.mean(),
                    **recalls(own, task),
                    **density_and_coverage(synthetic, on_real, task, device),
                    **sharpness(synthetic, task, seed, device),
                    **spent,
                    "sampling_seconds": sampling,
                }
            )
            say(f"{name} {engine}{ending} seed {seed}: {own.mean():.3f} of {real.mean():.3f}")
            if seed == 0:
                labels = np.repeat(np.arange(len(task.names)), GRID_COLUMNS)
                pictures[f"{engine}{ending}"] = variant.generate(labels, seed + 1)["image"]
        real_scores = density_and_coverage(task.balanced, on_real, task, device)
        real_runs.append({**recalls(real, task), **real_scores, **sharpness(task.balanced, task, seed, device)})
    results: dict[str, Any] = {f"real.{key}": value for key, value in mean_over_runs(real_runs).items()}
    for variant_name, own_runs in runs.items():
        means = mean_over_runs(own_runs)
        own_results = {
            **means,
            "minutes": round(means["seconds"] / 60, 2),
            "rows_per_second": round(arguments.rows / means["sampling_seconds"], 1),
            "device": device_name(device),
            "seeds": arguments.seeds,
            "synthetic_rows": arguments.rows,
            "commit": record.commit(),
            "machine": record.machine(),
        }
        results |= {f"{variant_name}.{key}": value for key, value in own_results.items()}
    return {f"{name}.{key}": value for key, value in results.items()}, pictures


def recalls(values: np.ndarray, task: Task) -> dict[str, float]:
    """The accuracy and the recall of each class, as they are written."""
    by_class = {f"recall.{label}": value for label, value in zip(task.names, values, strict=True)}
    return {"accuracy": values.mean(), **by_class}


def mean_over_runs(runs: list[dict[str, float]]) -> dict[str, float]:
    """Means, and the standard deviation of ratio and accuracy where there is more than one run."""
    means = {key: round(float(np.mean([run[key] for run in runs])), 4) for key in runs[0]}
    if len(runs) > 1:
        for key in ("ratio", "accuracy"):
            if key in means:
                means[f"{key}.std"] = round(float(np.std([run[key] for run in runs], ddof=1)), 4)
    return means


def device_name(device: torch.device) -> str:
    """The name of the GPU, or the number of CPU threads."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu, {torch.get_num_threads()} thread"


def other_results(name: str, measured: set[str]) -> dict[str, Any]:
    """What the result file has already, without the entries of `measured` (`<data set>.<engine>`)."""
    path = record.RESULTS / f"{name}.json"
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    replaced = {"machine", "commit"} | {key for key in earlier if ".".join(key.split(".")[:2]) in measured}
    return {key: value for key, value in earlier.items() if key not in replaced}


def main() -> None:
    """Measure every requested data set and engine; the file is written after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "datasets", nargs="+", choices=[f"{name}{rest}" for name in picture_sets.NAMES for rest in ("", "-imbalanced")]
    )
    parser.add_argument("--engines", nargs="+", choices=list(generators.ENGINES), default=list(generators.ENGINES))
    parser.add_argument("--seconds", type=float, default=600.0, help="training time of each engine")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=6000, help="synthetic, and balanced real, rows for a classifier")
    arguments = parser.parse_args()
    runtime.prepare(0)
    for name in arguments.datasets:
        for engine in arguments.engines:
            measured, pictures = measure_engine(name, engine, arguments)
            others = other_results("quality", {f"{name}.{variant}" for variant in ("real", *pictures)})
            record.write("quality", dict(sorted((others | measured).items())))
            for variant, shown in pictures.items():
                with files.replacing(record.RESULTS / "quality" / f"{name}_{variant}.png") as partial:
                    grid(shown, picture_sets.NAMES[name.removesuffix("-imbalanced")]).save(
                        partial, format="png", optimize=True
                    )


if __name__ == "__main__":
    main()
