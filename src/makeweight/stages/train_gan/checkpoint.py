"""Checkpoints in the scratch folder: one safetensors file, written atomically, keyed by what a training depends on."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from makeweight.core import files, paths
from makeweight.core.errors import InputError
from makeweight.core.progress import say

SOURCES = ("core", "data", "learn", "generators", "stages/train_gan")
"""Code that a training depends on: other code does not resume its checkpoints."""


def fingerprint(params: dict[str, Any], inputs: Sequence[Path]) -> str:
    """A hash of parameters, input files and code."""
    digest = hashlib.sha256(json.dumps(params, sort_keys=True).encode())
    package = Path(__file__).parents[2]
    sources = sorted(file for name in SOURCES for file in (package / name).rglob("*.py"))
    for file in [*inputs, *sources]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


class Checkpoints:
    """The checkpoint file of one training, in a folder of its own: another training of the engine has another."""

    def __init__(self, engine: str, key: str) -> None:
        self.folder = paths.SCRATCH / "train_gan" / f"{engine}-{key}"
        self.file = self.folder / "checkpoint.safetensors"

    def save(self, state: dict[str, Any]) -> None:
        """Write the state.

        Raises:
            InputError: the disk has no room, or the folder cannot be written.
        """
        content = packed(state)
        try:
            with files.replacing(self.file) as partial:
                partial.write_bytes(content)
        except OSError as error:
            raise InputError(f"{self.file}: cannot write the checkpoint: {error.strerror}") from None

    def load(self) -> dict[str, Any] | None:
        """The saved state, or None if there is none; a corrupt file is renamed, with a line on standard error."""
        if not self.file.is_file():
            return None
        try:
            return unpacked(self.file.read_bytes())
        except (SafetensorError, ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
            aside = self.file.with_suffix(".corrupt")
            self.file.replace(aside)
            say(f"{self.file}: corrupt ({error}); set aside as {aside.name}, training starts again from the first step")
            return None

    def remove(self) -> None:
        """Delete the checkpoint of a training that is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)


def packed(state: dict[str, Any]) -> bytes:
    """The state as one safetensors file."""
    tensors: dict[str, Tensor] = {}
    skeleton = json.dumps(flattened(state, "", tensors))
    return save(tensors, metadata={"state": skeleton})


def unpacked(content: bytes) -> dict[str, Any]:
    """The state that `packed` wrote."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return unflattened(json.loads(header["__metadata__"]["state"]), load(content))


def flattened(state: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """The state as plain JSON; each tensor is added to `tensors` and replaced by its name there."""
    if isinstance(state, Tensor):
        tensors[name] = state.detach().clone().contiguous().cpu()
        return {"tensor": name}
    if isinstance(state, dict):
        return {"dict": [[key, flattened(value, f"{name}.{key}", tensors)] for key, value in state.items()]}
    if isinstance(state, list | tuple):
        return {"list": [flattened(value, f"{name}.{index}", tensors) for index, value in enumerate(state)]}
    return {"plain": state}


def unflattened(node: Any, tensors: dict[str, Tensor]) -> Any:
    """The mirror of `flattened`; tuples come back as lists."""
    if "tensor" in node:
        return tensors[node["tensor"]]
    if "dict" in node:
        return {key: unflattened(value, tensors) for key, value in node["dict"]}
    if "list" in node:
        return [unflattened(value, tensors) for value in node["list"]]
    return node["plain"]


def cloned(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """A copy of weights that later steps do not change."""
    return {name: torch.clone(x) for name, x in weights.items()}
