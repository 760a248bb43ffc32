"""A training killed in every phase of a step that goes on from its file; under torchrun, by two processes."""

import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from test_engines import CLASSES, SPECS, known, rows, settings

from makeweight import generators
from makeweight.generators import Engine
from makeweight.generators.distributed import SINGLE_PROCESS, ProcessGroup, joined_process_group
from makeweight.stages.train_gan.checkpoint import Checkpoints, packed
from makeweight.stages.train_gan.training import Training

STEPS = 11
PHASES = ("step", "evaluation", "record", "write", "checkpoint")
"""Where a training dies: before a step, before or after it is evaluated, while a checkpoint is written, after that."""
MODALITY_SETS = [names for size in (1, 2, 3) for names in combinations(sorted(SPECS), size)]


class Killed(BaseException):
    """In the place of the signal that no process survives: what was in memory is not used again."""


class Deadly(Training):
    """A training that dies in one phase of one step, and otherwise saves a checkpoint after every third step."""

    phase, at = "", -1

    def die(self, phase: str) -> None:
        """Die if this is the phase and the step."""
        if (phase, self.at) == (self.phase, self.trainer.done):
            raise Killed

    def step(self) -> None:
        """A step, before or after which all processes die together."""
        self.die("step")
        super().step()
        self.die("record")
        if not self.process_group.is_main and self.phase in ("write", "checkpoint"):
            self.die(self.phase)

    def evaluate_now(self) -> None:
        """An evaluation, before which all processes die together."""
        self.die("evaluation")
        super().evaluate_now()

    def save_if_due(self) -> None:
        """Save by count and not by the clock; only the main process comes here."""
        if (self.phase, self.at) == ("write", self.trainer.done):
            # `kill -9` leaves what was written of the new file, beside the last checkpoint.
            self.checkpoints.folder.mkdir(parents=True, exist_ok=True)
            partial = self.checkpoints.folder / f".{self.checkpoints.file.name}.1.tmp"
            partial.write_bytes(packed({"trainer": self.trainer.state()})[:1000])
            self.die("write")
        due = self.trainer.done % 3 == 0 or (self.phase, self.at) == ("checkpoint", self.trainer.done)
        self.checkpoint_seconds = -1.0 if due else 1e9
        super().save_if_due()
        self.die("checkpoint")


def evaluate(engine: Engine) -> tuple[float, list[int]]:
    """A score that follows from the weights."""
    content = engine.generate(np.array([0, 1, 2]), seed=3)
    return float(sum(x.astype(float).mean() for x in content.values())), [0]


def new_training(engine: str, modalities: tuple[str, ...], folder: Path, group: ProcessGroup) -> Deadly:
    """A training as a new process begins it: everything that draws random numbers is on."""
    changes = {"mismatched_share": 0.4, "augment": ("colour", "translation", "cutout"), "instance_noise": 0.05}
    config = settings(engine, **known(engine, **changes, refinement_share=0.5, solver_steps=4))
    specs = {name: SPECS[name] for name in modalities}
    context = generators.TrainingContext(7, group.device, group)
    trainer = generators.start(engine, rows(modalities), specs, CLASSES, config, STEPS, context)
    checkpoints = Checkpoints(engine, "key")
    checkpoints.folder = folder
    checkpoints.file = folder / "checkpoint.safetensors"
    return Deadly(trainer, STEPS, evaluate, STEPS, checkpoints, 1e9, group)


def deaths(modalities: tuple[str, ...]) -> list[tuple[str, int]]:
    """Every phase once, each at another step for another set of modalities."""
    offset = MODALITY_SETS.index(modalities)
    return [(PHASES[(offset + turn) % len(PHASES)], 2 * turn + 1 + offset % 2) for turn in range(len(PHASES))]


def outcome(
    engine: str, modalities: tuple[str, ...], folder: Path, group: ProcessGroup = SINGLE_PROCESS, killed: bool = False
) -> bytes:
    """Everything that a finished training has; a killed one is begun again after each of its deaths."""
    for phase, at in deaths(modalities) if killed else []:
        dying = new_training(engine, modalities, folder, group)
        dying.phase, dying.at = phase, at
        dying.resume()
        try:
            dying.run()
        except Killed:
            continue
        raise AssertionError(f"survived {phase} at step {at}")
    whole = new_training(engine, modalities, folder, group)
    whole.resume()
    assert (whole.trainer.done > 0) == killed, "goes on from a file, or from none"
    whole.run()
    history = {**vars(whole.history), "seconds": 0}
    return packed({"trainer": whole.trainer.state(), "history": history, "engine": whole.best_engine().state_dict()})


def main(folder: Path) -> None:
    """Write what every process has after trainings without and with deaths: `<engine>-<modalities>-<rank>-<killed>`."""
    torch.set_num_threads(1)
    with joined_process_group(torch.device("cpu")) as group:
        for engine in generators.ENGINES:
            for modalities in MODALITY_SETS[::6]:
                name = f"{engine}-{'+'.join(modalities)}-{group.rank}"
                for killed in (False, True):
                    content = outcome(engine, modalities, folder / f"{name}-{killed}-scratch", group, killed)
                    (folder / f"{name}-{killed}").write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
