"""train_gan: data/preprocess -> data/train_gan/<engine>, trained on the train split."""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image

from makeweight import generators
from makeweight.core import files, outputs, params, paths, runtime, timings
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import log_curve, say, track
from makeweight.data import codecs, encoded
from makeweight.data.codecs.spec import Spec, from_json
from makeweight.data.labelled import Labelled
from makeweight.generators import Engine, Trainer, distributed
from makeweight.generators.distributed import Team
from makeweight.stages.train_gan import quality
from makeweight.stages.train_gan.checkpoint import Checkpoints, cloned, fingerprint, packed, unpacked

CURVE_POINTS = 400
"""A curve of more points shows no more."""

SPLIT_FILE = paths.SPLIT / "samples.parquet"


class Params(Section):
    """What all engines share; each engine's own section stands beside it."""

    steps: int
    """Length of the training; an engine makes `steps * pace` updates, so that all engines take about equal time."""
    checkpoint_seconds: float
    quality: quality.QualityParams
    grid_columns: int
    wgan_gp: dict[str, Any]
    r3gan: dict[str, Any]
    latent_flow: dict[str, Any]


@dataclass
class Run:
    """What a training has shown so far: part of the checkpoint, so that a resumed run tells the same story."""

    records: list[dict[str, float]] = field(default_factory=list)
    scores: list[dict[str, float]] = field(default_factory=list)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    collapsed: list[int] = field(default_factory=list)
    seconds: float = 0.0
    """Up to the last checkpoint; killed runs before it included."""

    @property
    def best_score(self) -> float:
        """The best validation score so far."""
        return max((row["score"] for row in self.scores), default=-1.0)


def read_rows(modalities: dict[str, Spec]) -> tuple[Labelled, Labelled, list[str]]:
    """Train and validation rows as the codecs encoded them, and the class names."""
    data = encoded.read(modalities=modalities)
    return data.split("train"), data.split("validation"), list(data.classes)


def read_specs() -> dict[str, Spec]:
    """The specs of the modalities that params.yaml names and the data have."""
    wanted = params.value("modalities")
    specs = {}
    for name in wanted:
        if codecs.present(paths.PREPROCESS / name):
            specs[name] = from_json(json.loads((paths.PREPROCESS / name / "spec.json").read_text(encoding="utf-8")))
    if not specs:
        raise InputError(f"params.yaml: `modalities` names {', '.join(wanted)}, and the data set has none of them")
    return specs


def check_rows(train: Labelled, classes: list[str], specs: dict[str, Spec]) -> None:
    """What no engine can learn from is said before the first step."""
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


def train(
    trainer: Trainer, steps: int, run: Run, judge: Callable[[Engine], tuple[float, list[int]]], evaluations: int
) -> Iterator[int]:
    """Go on to `steps`, judging at equal distances; the best judged weights are kept in `run`. Yields after each step.

    Raises:
        InputError: a loss is no longer a number.
    """
    judged_at = {math.ceil(steps * (place + 1) / evaluations) for place in range(evaluations)}
    while trainer.done < steps:
        record = trainer.step()
        if not all(map(math.isfinite, record.values())):
            broken = next(name for name, x in record.items() if not math.isfinite(x))
            kept = f"the best of {len(run.scores)} judged states is kept" if run.best else "nothing could be kept"
            raise InputError(
                f"params.yaml: `train_gan.{trainer.engine.name}` diverged at step {trainer.done}: {broken} is "
                f"{record[broken]}; a smaller learning_rate or a larger penalty would be right ({kept} in .scratch)"
            )
        run.records.append({"step": trainer.done, **record})
        if trainer.done in judged_at:
            score, run.collapsed = judge(trainer.engine)
            if score > run.best_score:
                run.best = cloned(trainer.engine.state_dict())
            run.scores.append({"step": trainer.done, "score": score})
        yield trainer.done


def thinned(records: list[dict[str, float]], most: int = CURVE_POINTS) -> pd.DataFrame:
    """At most `most` rows, each the mean of as many steps."""
    table = pd.DataFrame(records)
    size = max(1, math.ceil(len(table) / most))
    means = table.groupby(np.arange(len(table)) // size).mean()
    return means.assign(step=table["step"].groupby(np.arange(len(table)) // size).max())


def grid(rows: np.ndarray, columns: int, edge: int = 64) -> Image.Image:
    """Pictures `(n, channels, size, size)` in rows of `columns`, enlarged to whole multiples without smoothing."""
    count, channels, size, _ = rows.shape
    sheet = rows.reshape(count // columns, columns, channels, size, size).transpose(0, 3, 1, 4, 2)
    sheet = sheet.reshape(count // columns * size, columns * size, channels)
    picture = Image.fromarray(sheet[:, :, 0] if channels == 1 else sheet)
    scale = max(1, edge // size)
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def measure(run: Run, trainer: Trainer, classes: list[str]) -> dict[str, float]:
    """The kept score, the last losses, and how many classes show hardly any variety."""
    last = thinned(run.records).iloc[-1].dropna()
    return {
        "updates": trainer.done,
        "validation.train_on_fake": run.best_score,
        "collapsed_classes": len(run.collapsed),
        "classes": len(classes),
        **{f"last.{name}": float(value) for name, value in last.items() if name != "step"},
    }


def main(engine_name: str) -> None:
    """Train one engine, or go on where a killed training of the same parameters, data and code stood.

    Under torchrun all processes train together; the first of them judges, writes and speaks.
    """
    with distributed.joined(runtime.device(str(params.value("device")))) as team:
        train_together(engine_name, team)


def train_together(engine_name: str, team: Team) -> None:
    """One process's part of the stage."""
    engine_class = generators.find(engine_name)
    config = params.load(Params, "train_gan")
    own = params.load(engine_class.params, f"train_gan.{engine_name}")
    seed = int(params.value("seed"))
    device = team.device
    runtime.prepare(seed)
    specs = read_specs()
    train_rows, validation, classes = read_rows(specs)
    check_rows(train_rows, classes, specs)
    steps = max(1, round(config.steps * own.model_dump()["pace"]))
    apart = math.ceil(steps / CURVE_POINTS)
    inputs = [SPLIT_FILE, *(paths.PREPROCESS / name / "encoded.npy" for name in specs)]
    shared = config.model_dump(exclude={"wgan_gp", "r3gan", "latent_flow", "checkpoint_seconds"})
    key = fingerprint({"seed": seed, **shared, **own.model_dump()}, inputs)
    team.check_same(key, "parameters, inputs or code")
    checkpoints = Checkpoints(engine_name, key)
    trainer = generators.start(engine_name, train_rows, specs, classes, own, steps, seed, device, team)
    run = resumed(checkpoints, trainer, team)

    def judge(engine: Engine) -> tuple[float, list[int]]:
        score, fakes = quality.train_on_fake(engine, validation, config.quality, seed, device)
        alike = quality.collapsed(fakes, train_rows, len(classes))
        if alike:
            told = ", ".join(f"{classes[label]} ({'+'.join(names)})" for label, names in sorted(alike.items()))
            say(f"train_gan {engine_name}: collapse, the fakes of a class hardly vary: {told}")
        return score, sorted(alike)

    def judge_once(engine: Engine) -> tuple[float, list[int]]:
        score, alike = json.loads(team.first(lambda: json.dumps(judge(engine)).encode()))
        return score, alike

    if run.records:
        log_curve("losses", thinned(run.records).to_dict("records"))
    log_curve("scores", run.scores)
    scored = len(run.scores)
    started = saved = time.monotonic()
    before = run.seconds
    ahead = train(trainer, steps, run, judge_once, config.quality.evaluations)
    for _ in track(ahead, f"train_gan {engine_name}", total=steps - trainer.done) if team.leads else ahead:
        if not team.leads:
            continue
        if trainer.done % apart == 0:
            log_curve("losses", thinned(run.records[-apart:], 1).to_dict("records"))
        log_curve("scores", run.scores[scored:])
        scored = len(run.scores)
        if time.monotonic() - saved > config.checkpoint_seconds:
            run.seconds = before + time.monotonic() - started
            checkpoints.save({"trainer": trainer.state(), "run": vars(run)})
            saved = time.monotonic()
    if not team.leads:
        return
    engine = trainer.engine
    engine.load_state_dict(run.best)
    write(engine, run, trainer, config, seed)
    timings.write_seconds("train_gan", engine_name, before + time.monotonic() - started)
    checkpoints.remove()


def resumed(checkpoints: Checkpoints, trainer: Trainer, team: Team) -> Run:
    """Take up the checkpoint of this very training, where there is one; of several processes the first has it."""
    state = checkpoints.load() if team.leads else None
    if team.size > 1:
        # A new training is handed on as well: what is computed at the start may be rounded otherwise elsewhere.
        sent = team.first(lambda: packed(state or {"trainer": trainer.state(), "run": vars(Run())}))
        state = unpacked(sent)
    if state is None:
        return Run()
    trainer.restore(state["trainer"])
    if team.leads and trainer.done:
        say(f"train_gan {trainer.engine.name}: goes on after step {trainer.done}")
    return Run(**state["run"])


def write(engine: Engine, run: Run, trainer: Trainer, config: Params, seed: int) -> None:
    """The model, its metrics, curves and a grid of untouched samples, a row per class."""
    folder: Path = paths.TRAIN_GAN / engine.name
    with files.replacing_folder(folder) as partial:
        engine.save(partial)
    outputs.write_metrics("train_gan", measure(run, trainer, engine.classes), engine.name)
    outputs.write_csv("train_gan", "losses.csv", thinned(run.records), engine.name)
    outputs.write_csv("train_gan", "scores.csv", pd.DataFrame(run.scores), engine.name)
    if "image" in engine.specs:
        labels = np.repeat(np.arange(len(engine.classes)), config.grid_columns)
        pictures = engine.generate(labels, seed)["image"]
        outputs.write_png("train_gan", "grid.png", grid(pictures, config.grid_columns), engine.name)
