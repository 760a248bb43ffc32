"""One engine's training from its first or a resumed step to its last: evaluations, curves, logging, checkpoints."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch

from makeweight.core.errors import InputError
from makeweight.core.progress import log_curve, say, track
from makeweight.generators import Engine, Trainer
from makeweight.generators.distributed import ProcessGroup
from makeweight.stages.train_gan.checkpoint import Checkpoints, cloned, packed, unpacked

CURVE_POINTS = 400
"""A curve of more points shows no more."""

Evaluate = Callable[[Engine], tuple[float, list[int]]]
"""An engine to its score, the higher the better, and the indices of its collapsed classes."""


@dataclass
class History:
    """What a training has shown so far: part of the checkpoint, so that a resumed one ends with the same curves."""

    records: list[dict[str, float]] = field(default_factory=list)
    """Losses and other numbers of each step, and `step`."""
    scores: list[dict[str, float]] = field(default_factory=list)
    """`step` and `score` of each evaluation."""
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    """Weights of the engine with the best score."""
    collapsed: list[int] = field(default_factory=list)
    """Classes that had collapsed at the last evaluation."""
    seconds: float = 0.0
    """Up to the last checkpoint, with those of killed runs before."""

    @property
    def best_score(self) -> float:
        """The best score so far, -1 before the first."""
        return max((row["score"] for row in self.scores), default=-1.0)


class Training:
    """Runs a trainer; of several processes that train together, the main one evaluates, logs and saves."""

    def __init__(
        self,
        trainer: Trainer,
        steps: int,
        evaluate: Evaluate,
        evaluations: int,
        checkpoints: Checkpoints,
        checkpoint_seconds: float,
        process_group: ProcessGroup,
        patience: int | None = None,
    ) -> None:
        self.trainer, self.steps, self.process_group = trainer, steps, process_group
        self.evaluate, self.patience = evaluate, patience
        self.evaluated_at = {math.ceil(steps * (number + 1) / evaluations) for number in range(evaluations)}
        self.checkpoints, self.checkpoint_seconds = checkpoints, checkpoint_seconds
        self.history = History()
        self.logged_scores = 0
        self.points_apart = math.ceil(steps / CURVE_POINTS)
        self.started = self.saved = time.monotonic()

    @property
    def name(self) -> str:
        """Of the engine."""
        return self.trainer.averaged.name

    def resume(self) -> None:
        """Go on from the checkpoint of this training, where there is one; the main process reads it for all."""
        state = self.checkpoints.load() if self.process_group.is_main else None
        if self.process_group.size > 1:
            # A new training is broadcast as well: what is computed at the start may be rounded otherwise elsewhere.
            start = {"trainer": self.trainer.state(), "history": vars(self.history)}
            state = unpacked(self.process_group.broadcast(lambda: packed(state or start)))
        if state is None:
            return
        self.trainer.restore(state["trainer"])
        self.history = History(**state["history"])
        if self.process_group.is_main and self.trainer.done:
            say(f"train_gan {self.name}: goes on after step {self.trainer.done}")

    def run(self) -> None:
        """Train to the last step, or until the score no longer rises.

        Raises:
            InputError: a loss is no longer a finite number.
        """
        self.log_history()
        self.started = self.saved = time.monotonic()
        seconds_before = self.history.seconds
        steps = range(self.trainer.done, self.steps)
        for _ in track(steps, f"train_gan {self.name}") if self.process_group.is_main else steps:
            if self.has_converged:
                break
            self.step()
            if self.process_group.is_main:
                self.log_step()
                self.history.seconds = seconds_before + time.monotonic() - self.started
                self.save_if_due()

    @property
    def has_converged(self) -> bool:
        """Whether the last `patience` evaluations brought nothing better; never in the first half of the training.

        An engine learns its parts one after the other, and has no score worth the name before the last one.
        """
        if self.patience is None or self.trainer.done < self.steps / 2 or not self.history.scores:
            return False
        scores = [row["score"] for row in self.history.scores if row["step"] >= self.steps / 2]
        return len(scores) > self.patience and max(scores[: -self.patience]) >= max(scores[-self.patience :])

    def step(self) -> None:
        """One step of the trainer, recorded, and the evaluation that is due after it."""
        record = self.trainer.step()
        for name, value in record.items():
            if not math.isfinite(value):
                raise InputError(self.divergence(name, value))
        self.history.records.append({"step": self.trainer.done, **record})
        if self.trainer.done in self.evaluated_at:
            self.evaluate_now()

    def divergence(self, name: str, value: float) -> str:
        """The message about a number that is not finite."""
        evaluated = len(self.history.scores)
        kept = f"the best of {evaluated} evaluated states is kept" if evaluated else "nothing could be kept"
        return (
            f"params.yaml: `train_gan.engines.{self.name}` diverged at step {self.trainer.done}: {name} is {value}; "
            f"a smaller learning_rate would be right ({kept} in .scratch)"
        )

    def evaluate_now(self) -> None:
        """Evaluate the averaged engine and keep its weights if they are the best so far."""
        engine = self.trainer.averaged
        result = self.process_group.broadcast(lambda: json.dumps(self.evaluate(engine)).encode())
        score, self.history.collapsed = json.loads(result)
        if score > self.history.best_score:
            self.history.best = cloned(engine.state_dict())
        self.history.scores.append({"step": self.trainer.done, "score": score})

    def log_history(self) -> None:
        """Send the curves so far to the loggers."""
        if self.history.records:
            log_curve("losses", thinned(self.history.records).to_dict("records"))
        self.log_scores()

    def log_step(self) -> None:
        """Send what is new to the loggers: a point of the loss curves now and then, and new scores."""
        if self.trainer.done % self.points_apart == 0:
            log_curve("losses", thinned(self.history.records[-self.points_apart :], 1).to_dict("records"))
        self.log_scores()

    def log_scores(self) -> None:
        """Send the scores that the loggers do not have yet."""
        log_curve("scores", self.history.scores[self.logged_scores :])
        self.logged_scores = len(self.history.scores)

    def save_if_due(self) -> None:
        """Write a checkpoint if the last one is old."""
        if time.monotonic() - self.saved > self.checkpoint_seconds:
            self.checkpoints.save({"trainer": self.trainer.state(), "history": vars(self.history)})
            self.saved = time.monotonic()

    def best_engine(self) -> Engine:
        """The engine with the weights of the best evaluation."""
        self.trainer.averaged.load_state_dict(self.history.best)
        return self.trainer.averaged


def thinned(records: list[dict[str, float]], most: int = CURVE_POINTS) -> pd.DataFrame:
    """At most `most` rows, each the mean of as many steps."""
    table = pd.DataFrame(records)
    size = max(1, math.ceil(len(table) / most))
    means = table.groupby(np.arange(len(table)) // size).mean()
    return means.assign(step=table["step"].groupby(np.arange(len(table)) // size).max())
