"""The contract of an engine: a trained, class-conditional maker of joint rows, and the trainer that makes it."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.codecs.spec import Spec, from_json
from makeweight.data.labelled import Inputs, Labelled
from makeweight.generators.distributed import Team
from makeweight.learn.training import scaled

SHARD = 256
"""Rows generated together; the seed of a shard depends on its number, not on who makes it."""


class Engine(nn.Module, ABC):
    """What generates. Arrays in and out are as the codecs encode them; labels are class indices."""

    name: ClassVar[str]
    params: ClassVar[type[Section]]

    def __init__(self, specs: Mapping[str, Spec], classes: Sequence[str], counts: Sequence[int], config: Any) -> None:
        super().__init__()
        self.specs = dict(sorted(specs.items()))
        self.classes = list(classes)
        self.counts = [int(count) for count in counts]
        self.config = config

    @abstractmethod
    def sample(
        self, labels: Tensor, rng: torch.Generator, truncation: float, given: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Content for each label: pictures in [-1, 1], vectors as encoded."""

    @abstractmethod
    def trainer(self, data: Labelled, steps: int, seed: int, device: torch.device, team: Team) -> "Trainer":
        """A trainer of this engine at its first step; the engine then holds the averaged weights."""

    @property
    def completes(self) -> bool:
        """Whether `given` modalities are taken into account."""
        return False

    @torch.no_grad()
    def generate(
        self, labels: np.ndarray, seed: int, truncation: float = 1.0, given: Inputs | None = None, first: int = 0
    ) -> dict[str, np.ndarray]:
        """Make one row per class index.

        Args:
            labels: `(n,)` class indices.
            seed: same seed, same rows on the same machine, however many follow.
            truncation: standard deviation of the noise; below 1 nearer to the typical row, above 1 more varied.
            given: modality -> encoded array `(n, ...)` to be completed with the other modalities.
            first: number of the shard that the first of these rows stands at, where others make the rows before.

        Raises:
            InputError: `given` to an engine that cannot complete rows.
        """
        if given and not self.completes:
            raise InputError(f"engine {self.name} makes whole rows only; latent_flow can complete given modalities")
        device = next(self.parameters()).device
        self.eval()
        parts: list[dict[str, Tensor]] = []
        # Choices are drawn from torch's own stream: it is put aside and back, so that a draw has no side effect.
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            for shard, start in enumerate(range(0, len(labels), SHARD), first):
                shard_seed = int(np.random.SeedSequence([seed, shard]).generate_state(1)[0])
                torch.manual_seed(shard_seed)
                rng = torch.Generator().manual_seed(shard_seed)
                part = torch.from_numpy(labels[start : start + SHARD]).long().to(device)
                known = {
                    name: torch.from_numpy(x[start : start + SHARD]).to(device) for name, x in (given or {}).items()
                }
                parts.append(self.sample(part, rng, truncation, scaled(known)))
        return (
            {name: as_encoded(torch.cat([part[name] for part in parts])) for name in self.specs}
            if parts
            else {
                name: np.zeros((0, *spec.shape), dtype=np.uint8 if name == "image" else np.float32)
                for name, spec in self.specs.items()
            }
        )

    def save(self, folder: Path) -> None:
        """Write model.json and model.safetensors into the folder."""
        layout = {
            "engine": self.name,
            "classes": self.classes,
            "counts": self.counts,
            "specs": {name: spec.to_json() for name, spec in self.specs.items()},
            "params": self.config.model_dump(),
        }
        files.write_json(folder / "model.json", layout)
        tensors = {name: x.detach().cpu().contiguous() for name, x in self.state_dict().items()}
        with files.replacing(folder / "model.safetensors") as partial:
            save_file(tensors, partial)

    @classmethod
    def restore(cls, folder: Path, layout: dict[str, Any]) -> Self:
        """What `save` wrote; `layout` is the content of model.json."""
        specs = {name: from_json(spec) for name, spec in layout["specs"].items()}
        engine = cls(specs, layout["classes"], layout["counts"], cls.params.model_validate(layout["params"]))
        engine.load_state_dict(load_file(folder / "model.safetensors"))
        return engine.eval()


def as_encoded(x: Tensor) -> np.ndarray:
    """Content as a codec would encode it: pictures as bytes, vectors as float32."""
    if x.ndim == 4:
        return x.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    return x.float().cpu().numpy()


class Trainer(ABC):
    """A training that goes step by step and can be put away and taken up again, exactly."""

    engine: Engine
    """What would be saved now: the averaged weights."""
    done: int
    """Steps done."""

    @abstractmethod
    def step(self) -> dict[str, float]:
        """One generator update; what it measured."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on: nested dicts and lists of tensors and numbers."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `state` gave."""


class Rows:
    """The train rows, resident on the device, drawn with replacement: `balance` 0 as they are, 1 each class alike."""

    def __init__(self, data: Labelled, classes: int, balance: float, device: torch.device) -> None:
        self.content = {name: torch.from_numpy(np.ascontiguousarray(x)).to(device) for name, x in data.inputs.items()}
        self.labels = torch.from_numpy(data.labels).long().to(device)
        self.counts = torch.bincount(self.labels.cpu(), minlength=classes)
        self.weights = self.counts.double().clamp(min=1).pow(-balance)[self.labels.cpu()]
        self.bounds = self.weights.cumsum(0)

    def draw(self, batch: int, rng: torch.Generator) -> tuple[dict[str, Tensor], Tensor]:
        """`batch` rows with pictures in [-1, 1], and their class indices.

        Each row has a stretch as long as its weight, and points are thrown on all of them: finding a point's row takes
        the logarithm of the rows, so that a step takes as long on a million rows as on a thousand.
        """
        points = torch.rand(batch, dtype=torch.float64, generator=rng) * self.bounds[-1]
        rows = torch.searchsorted(self.bounds, points, right=True).clamp(max=len(self.bounds) - 1)
        return self.take(rows)

    def some(self, most: int) -> tuple[dict[str, Tensor], Tensor]:
        """All rows in order, or `most` of them by lot, with pictures in [-1, 1]; and their weights, which sum to 1."""
        count = len(self.labels)
        rows = torch.arange(count) if count <= most else torch.randperm(count, generator=seeded(count))[:most].sort()[0]
        return self.take(rows)[0], self.weights[rows] / self.weights[rows].sum()

    def take(self, rows: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """These rows, pictures in [-1, 1], and their class indices."""
        rows = rows.to(self.labels.device)
        return scaled({name: x[rows] for name, x in self.content.items()}), self.labels[rows]


def seeded(seed: int) -> torch.Generator:
    """A stream of random numbers of its own."""
    return torch.Generator().manual_seed(seed)


def cosine(step: int, steps: int, least: float = 0.02) -> float:
    """Share of the learning rate at a step: half a cosine from 1 down to `least`."""
    return least + (1 - least) * 0.5 * (1 + float(np.cos(np.pi * min(1.0, step / max(1, steps)))))


def descend(loss: Tensor, optimiser: torch.optim.Optimizer, team: Team) -> None:
    """One step down the gradient; with several processes each gives its part of the loss of the whole batch."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    team.add_gradients(optimiser)
    optimiser.step()


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def channels_last(network: nn.Module) -> None:
    """Lay convolution weights out as the fast kernels want them."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def load_layout(folder: Path) -> dict[str, Any]:
    """The content of model.json."""
    path = folder / "model.json"
    if not path.is_file():
        raise InputError(f"{path}: no such file; run `dvc repro train_gan`")
    return json.loads(path.read_text(encoding="utf-8"))
