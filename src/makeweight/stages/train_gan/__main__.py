"""train_gan: data/preprocess -> data/train_gan/<engine>, trained on the train split."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from makeweight import generators
from makeweight.core import files, outputs, params, paths, resources, runtime, timings
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.ranges import Amount, Count, Size
from makeweight.core.reading import read_record
from makeweight.data import codecs, encoded
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.data.picture_sheet import as_pixels, sheet
from makeweight.generators import TrainingContext
from makeweight.generators.distributed import joined_process_group
from makeweight.stages.train_gan.checkpoint import Checkpoints, fingerprint
from makeweight.stages.train_gan.quality import Evaluator, QualityParams
from makeweight.stages.train_gan.training import History, Training, thinned

SPLIT_FILE = paths.SPLIT / "samples.parquet"


class Params(Section):
    """What all engines share, and a section for each engine."""

    steps: Count
    """An engine makes `steps * steps_multiplier` updates, so that all engines take about equal time."""
    checkpoint_seconds: Amount
    """Between two checkpoints."""
    quality: QualityParams
    grid_columns: Size
    """Pictures of each class in the grid of samples."""
    engines: dict[str, dict[str, Any]]
    """Engine -> its parameters, which the engine's own schema checks."""


def read_rows(modalities: dict[str, Spec]) -> tuple[Labelled, Labelled, list[str]]:
    """Train and validation rows as the codecs encode them, and the class names."""
    data = encoded.read(modalities=modalities)
    return data.split("train"), data.split("validation"), list(data.classes)


def read_specs() -> dict[str, Spec]:
    """The specs of the modalities that params.yaml names and the data have."""
    modalities = codecs.chosen()
    specs = {}
    for name in modalities:
        if codecs.present(paths.PREPROCESS / name):
            specs[name] = read_record(paths.PREPROCESS / name / "spec.json", Spec)
    if not specs:
        raise InputError(f"params.yaml: `modalities` names {', '.join(modalities)}, and the data set has none of them")
    return specs


def check_rows(train: Labelled, classes: list[str], specs: dict[str, Spec]) -> None:
    """Check before the first step that an engine can learn from these rows.

    Raises:
        InputError: there is one class only, a class of one row, a picture too small, or a number that is not finite.
    """
    counts = np.bincount(train.labels, minlength=len(classes))
    if len(classes) < 2:
        raise InputError(f"{SPLIT_FILE}: column `label` has the single class {classes[0]!r}; two or more are needed")
    for name, count in zip(classes, counts, strict=True):
        if count < 2:
            raise InputError(
                f"{SPLIT_FILE}: class {name!r} has {count} sample in the train split; at least 2 are needed"
            )
    for name, spec in specs.items():
        if name == "image" and spec.shape[1] < 8:
            raise InputError(f"params.yaml: `preprocess.image.size` is {spec.shape[1]}; 8 or more pixels are needed")
        if not np.isfinite(train.inputs[name]).all():
            raise InputError(f"{paths.PREPROCESS / name / 'encoded.npy'}: has numbers that are not finite")


def grid(rows: np.ndarray, classes: Sequence[str]) -> Image.Image:
    """Return pictures `(n, channels, size, size)`, equally many of each class in order, with a named row per class."""
    columns = len(rows) // len(classes)
    by_class = [[as_pixels(array) for array in rows[first : first + columns]] for first in range(0, len(rows), columns)]
    return sheet(classes, [("", by_class)], columns)


def measure(history: History, steps: int, classes: list[str]) -> dict[str, float]:
    """The kept score, the last losses, and how many classes show hardly any variety."""
    last = thinned(history.records).iloc[-1].dropna()
    return {
        "updates": steps,
        "validation.train_on_synthetic": history.best_score,
        "collapsed_classes": len(history.collapsed),
        "classes": len(classes),
        **{f"last.{name}": float(value) for name, value in last.items() if name != "step"},
    }


def main(engine_name: str) -> None:
    """Train one engine, or resume a killed training of the same parameters, data and code.

    Under torchrun all processes train together; the main one evaluates, logs and writes.
    """
    with joined_process_group(runtime.device(str(params.value("device")))) as process_group:
        context = TrainingContext(params.seed(), process_group.device, process_group)
        section = f"train_gan.engines.{engine_name}"
        engine_config: Any = params.load(generators.find(engine_name).params, section)
        with resources.sufficient("params.yaml", remedy(section, engine_config.batch_size)):
            train(engine_name, engine_config, context)


def remedy(section: str, batch_size: int) -> str:
    """What helps where an engine's batches are too large for the memory, or the GPU was lost."""
    return (
        f"`{section}.batch_size` {max(1, batch_size // 2)} or a smaller `preprocess.image.size` needs less; with the "
        "same parameters the training goes on from its last checkpoint"
    )


def train(engine_name: str, engine_config: Any, context: TrainingContext) -> None:
    """One process's part of the stage."""
    config = params.load(Params, "train_gan")
    runtime.prepare(context.seed)
    specs = read_specs()
    train_rows, validation, classes = read_rows(specs)
    check_rows(train_rows, classes, specs)
    shared = config.model_dump(exclude={"engines", "checkpoint_seconds"})
    inputs = [SPLIT_FILE, *(paths.PREPROCESS / name / "encoded.npy" for name in specs)]
    key = fingerprint({"seed": context.seed, **shared, **engine_config.model_dump()}, inputs)
    context.process_group.check_equal(key, "parameters, inputs or code")
    steps = max(1, round(config.steps * engine_config.steps_multiplier))
    trainer = generators.start(engine_name, train_rows, specs, classes, engine_config, steps, context)
    evaluate = Evaluator(config.quality, train_rows, validation, context.seed, context.device)
    checkpoints = Checkpoints(engine_name, key)
    training = Training(
        trainer,
        steps,
        evaluate,
        config.quality.evaluations,
        checkpoints,
        config.checkpoint_seconds,
        context.process_group,
        config.quality.patience,
    )
    training.resume()
    training.run()
    if context.process_group.is_main:
        write(training, config.grid_columns, context.seed)
        checkpoints.remove()


def write(training: Training, grid_columns: int, seed: int) -> None:
    """The model, its metrics, curves and a grid of untouched samples, a row per class."""
    engine, history = training.best_engine(), training.history
    folder: Path = paths.TRAIN_GAN / engine.name
    with files.replacing_folder(folder) as partial:
        engine.save(partial)
    outputs.write_metrics("train_gan", measure(history, training.steps, engine.classes), engine.name)
    outputs.write_csv("train_gan", "losses.csv", thinned(history.records), engine.name)
    outputs.write_csv("train_gan", "scores.csv", pd.DataFrame(history.scores), engine.name)
    if "image" in engine.specs:
        labels = np.repeat(np.arange(len(engine.classes)), grid_columns)
        pictures = engine.generate(labels, seed)["image"]
        outputs.write_png("train_gan", "grid.png", grid(pictures, engine.classes), engine.name)
    timings.write_seconds("train_gan", engine.name, history.seconds)
