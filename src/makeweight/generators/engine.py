"""The contract of an engine, a trained, class-conditional generator of joint rows, and of its trainer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.random import RandomStream, RequestStream, batch_stream, derived_seed
from makeweight.core.ranges import SomeWeight
from makeweight.core.reading import read_record, reading
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Inputs, Labelled
from makeweight.generators.distributed import TrainingContext
from makeweight.learn.training import scaled

SHARD = 256
"""Rows that are generated together; a shard's seed follows from its number, no matter which process generates it."""


@dataclass(frozen=True)
class Layout:
    """What model.json says; `params` is checked by the engine's own schema."""

    engine: str
    classes: list[str]
    counts: list[int]
    specs: dict[str, Spec]
    params: dict[str, Any]


class EngineParams(Section):
    """What every engine has."""

    steps_multiplier: SomeWeight
    """Updates of this engine per step of `train_gan.steps`, so that all engines take equal time."""


class Engine(nn.Module, ABC):
    """What generates. Arrays in and out are as the codecs encode them; labels are class indices."""

    name: ClassVar[str]
    params: ClassVar[type[EngineParams]]
    completes: ClassVar[bool] = False
    """Whether it can complete rows of which some modalities are given."""
    mixes_classes: ClassVar[bool] = False
    """Whether it embeds the class as a vector, so that two classes can be mixed."""

    starts_from_rows: ClassVar[bool] = False
    """Whether it can begin at rows that are there, noised in part, in the place of noise."""
    fills_columns: ClassVar[bool] = False
    """Whether it can fill in single columns of rows that are there."""

    def __init__(self, specs: Mapping[str, Spec], classes: Sequence[str], counts: Sequence[int], config: Any) -> None:
        super().__init__()
        self.specs = dict(sorted(specs.items()))
        self.classes = list(classes)
        self.counts = [int(count) for count in counts]
        self.config = config

    @abstractmethod
    def sample(
        self, labels: Tensor, stream: RandomStream, truncation: float, class_mixing: float, given: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Generate one row per label in one pass; all randomness comes from `stream`.

        Args:
            labels: class indices `(n,)`.
            stream: random numbers for n rows.
            truncation: standard deviation of the latent noise.
            class_mixing: share of another class's vector in the class vector of each row.
            given: modality -> content `(n, ...)` to be completed with the other modalities.

        Returns:
            modality -> pictures `(n, channels, size, size)` in [-1, 1] or vectors `(n, width)` as encoded.
        """

    def sample_from(
        self, labels: Tensor, stream: RandomStream, rows: Mapping[str, Tensor], kept: float
    ) -> dict[str, Tensor]:
        """As `sample`, but each row begins at a given one of which only a share is kept, the rest being noise.

        Args:
            labels: class indices `(n,)` of what is to come out, whatever the class of the given rows.
            stream: random numbers for n rows.
            rows: modality -> content `(n, ...)`, all modalities.
            kept: share of the given rows at the start: 0 is pure noise, 1 returns them as the engine restores them.
        """
        raise NotImplementedError

    def sample_masked(
        self, labels: Tensor, stream: RandomStream, rows: Mapping[str, Tensor], kept: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """As `sample`, but some positions of each row hold the content of a given row.

        Args:
            labels: class indices `(n,)`.
            stream: random numbers for n rows.
            rows: modality -> content `(n, ...)`, all modalities.
            kept: modality -> 1 where the content stays and 0 where it is filled in: vectors `(n, width)`, pictures,
                which stay whole or not at all, `(n, 1)`.
        """
        raise NotImplementedError

    @abstractmethod
    def trainer(self, data: Labelled, steps: int, context: TrainingContext) -> "Trainer":
        """A trainer of this engine before its first step."""

    def generate(
        self,
        labels: np.ndarray,
        seed: int,
        truncation: float = 1.0,
        class_mixing: float = 0.0,
        given: Inputs | None = None,
        first_shard: int = 0,
    ) -> dict[str, np.ndarray]:
        """Generate one row per class index.

        Args:
            labels: class indices `(n,)`.
            seed: same seed, same rows on the same machine, however many follow.
            truncation: standard deviation of the latent noise: below 1 nearer to the typical row, above 1 more varied.
            class_mixing: share of another class's vector in the class vector, 0 to 0.5.
            given: modality -> encoded array `(n, ...)` to be completed with the other modalities.
            first_shard: number of the shard that the first of these rows belongs to, where others generate the rows
                before.

        Raises:
            InputError: the engine cannot complete rows, or cannot mix classes.
        """

        def shard(labels: np.ndarray, known: Inputs, stream: RandomStream) -> dict[str, np.ndarray]:
            return self.generate_pass(labels, stream, truncation, class_mixing, known)

        return self.in_shards(shard, labels, given or {}, seed, first_shard)

    def in_shards(
        self,
        generate: Callable[[np.ndarray, Inputs, RandomStream], dict[str, np.ndarray]],
        labels: np.ndarray,
        content: Inputs,
        seed: int,
        first_shard: int = 0,
    ) -> dict[str, np.ndarray]:
        """The rows of all shards, each generated from its labels, its content and random numbers of its own."""
        parts = []
        for shard, start in enumerate(range(0, len(labels), SHARD), first_shard):
            rows = slice(start, start + SHARD)
            own = {name: x[rows] for name, x in content.items()}
            parts.append(generate(labels[rows], own, batch_stream(derived_seed(seed, shard))))
        if not parts:
            return {name: empty_rows(spec) for name, spec in self.specs.items()}
        return {name: np.concatenate([part[name] for part in parts]) for name in self.specs}

    @torch.no_grad()
    def generate_from(self, labels: np.ndarray, rows: Inputs, kept: float, seed: int) -> dict[str, np.ndarray]:
        """Generate one row per class index, each begun at a given row of any class.

        Args:
            labels: class indices `(n,)` of the new rows.
            rows: modality -> encoded array `(n, ...)`.
            kept: share of the given rows at the start, 0 to 1: see `sample_from`.
            seed: same seed, same rows on the same machine.

        Raises:
            InputError: the engine cannot begin at rows, or the share is none.
        """
        if not self.starts_from_rows:
            raise InputError(f"engine {self.name} begins at noise only; it cannot generate rows near to given ones")
        if not 0 <= kept <= 1:
            raise InputError(f"the share of a row that is kept is {kept}; right would be 0 (noise) to 1 (the row)")
        device = next(chain(self.parameters(), self.buffers())).device
        self.eval()

        def shard(labels: np.ndarray, own: Inputs, stream: RandomStream) -> dict[str, np.ndarray]:
            begun = scaled({name: torch.from_numpy(np.asarray(x)).to(device) for name, x in own.items()})
            content = self.sample_from(torch.from_numpy(labels).long().to(device), stream, begun, kept)
            return {name: as_encoded(content[name]) for name in self.specs}

        return self.in_shards(shard, labels, rows, seed)

    @torch.no_grad()
    def generate_masked(self, labels: np.ndarray, rows: Inputs, kept: Inputs, seed: int) -> dict[str, np.ndarray]:
        """Generate one row per class index, in which some positions hold the content of a given row of the class.

        Args:
            labels: class indices `(n,)`.
            rows: modality -> encoded array `(n, ...)`, all modalities.
            kept: modality -> bool, where the content stays: vectors `(n, width)`, pictures `(n, 1)`.
            seed: same seed, same rows on the same machine.

        Raises:
            InputError: the engine cannot fill in columns.
        """
        if not self.fills_columns:
            raise InputError(f"engine {self.name} generates whole rows only; it cannot fill in columns of given ones")
        device = next(chain(self.parameters(), self.buffers())).device
        self.eval()
        stays = {f"kept {name}": x for name, x in kept.items()}

        def shard(labels: np.ndarray, own: Inputs, stream: RandomStream) -> dict[str, np.ndarray]:
            tensors = {name: torch.from_numpy(np.asarray(x)).to(device) for name, x in own.items()}
            begun = scaled({name: tensors[name] for name in self.specs})
            masks = {name: tensors[f"kept {name}"].float() for name in self.specs}
            content = self.sample_masked(torch.from_numpy(labels).long().to(device), stream, begun, masks)
            return {name: as_encoded(content[name]) for name in self.specs}

        return self.in_shards(shard, labels, {**rows, **stays}, seed)

    def generate_together(
        self, requests: Sequence[tuple[np.ndarray, int]], truncation: float = 1.0
    ) -> list[dict[str, np.ndarray]]:
        """Generate the rows of several requests in one pass through the networks.

        Args:
            requests: class indices `(n,)` of at most SHARD rows, and a seed.
            truncation: as in `generate`.

        Returns:
            For each request what `generate` would return for it alone, up to the rounding of sums.
        """
        counts = [len(labels) for labels, _ in requests]
        assert max(counts) <= SHARD, "a request of more than one shard"
        stream = RequestStream(counts, [derived_seed(seed, 0) for _, seed in requests])
        content = self.generate_pass(np.concatenate([labels for labels, _ in requests]), stream, truncation)
        ends = np.cumsum(counts)
        return [
            {name: x[end - count : end] for name, x in content.items()}
            for count, end in zip(counts, ends.tolist(), strict=True)
        ]

    @torch.no_grad()
    def generate_pass(
        self,
        labels: np.ndarray,
        stream: RandomStream,
        truncation: float = 1.0,
        class_mixing: float = 0.0,
        given: Inputs | None = None,
    ) -> dict[str, np.ndarray]:
        """One pass of `sample`, from encoded arrays to encoded arrays."""
        if given and not self.completes:
            raise InputError(f"engine {self.name} generates whole rows only; it cannot complete given modalities")
        if class_mixing and not self.mixes_classes:
            raise InputError(f"engine {self.name} has no class vectors to mix; right would be class mixing 0")
        device = next(chain(self.parameters(), self.buffers())).device
        self.eval()
        known = scaled({name: torch.from_numpy(x).to(device) for name, x in (given or {}).items()})
        indices = torch.from_numpy(labels).long().to(device)
        content = self.sample(indices, stream, truncation, class_mixing, known)
        return {name: as_encoded(content[name]) for name in self.specs}

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
            partial.write_bytes(save(tensors))

    @classmethod
    def restore(cls, folder: Path, layout: Layout) -> Self:
        """The engine that `save` wrote; `layout` is the content of model.json.

        Raises:
            InputError: another version of the engine wrote it, with other parameters or networks.
        """
        weights = folder / "model.safetensors"
        try:
            with reading(weights):
                tensors = load_file(weights)
            config = cls.params.model_validate(layout.params)
            engine = cls(layout.specs, layout.classes, layout.counts, config)
            engine.load_state_dict(tensors)
        except (ValidationError, RuntimeError) as error:
            raise InputError(
                f"{weights}: made by another version of {cls.name}; train it again, `dvc repro train_gan`"
            ) from error
        return engine.eval()


def as_encoded(x: Tensor) -> np.ndarray:
    """Content as a codec would encode it: pictures as bytes, vectors as float32."""
    if x.ndim == 4:
        return x.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    return x.float().cpu().numpy()


def empty_rows(spec: Spec) -> np.ndarray:
    """No rows, in the shape and type of encoded ones."""
    return np.zeros((0, *spec.shape), dtype=np.uint8 if spec.modality == "image" else np.float32)


class Trainer(ABC):
    """A training that goes step by step, and that can be saved and resumed exactly."""

    averaged: Engine
    """The engine with the moving average of the trained weights: what is evaluated, saved and sampled."""
    done: int
    """Steps done."""

    @abstractmethod
    def step(self) -> dict[str, float]:
        """Update the networks once; returns losses and other numbers of the step by name."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, as nested dicts and lists of tensors and numbers."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Resume from what `state` returned."""


def load_layout(folder: Path) -> Layout:
    """The content of model.json.

    Raises:
        InputError: it is missing, or no such layout.
    """
    path = folder / "model.json"
    if not path.is_file():
        raise InputError(f"{path}: no such file; run `dvc repro train_gan`")
    return read_record(path, Layout)
