"""Trained classifiers on disk: weights as safetensors, and beside them what is needed to build the network again."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import nn

from makeweight.core import files
from makeweight.learn.classifiers import NETWORKS


def build(description: Mapping[str, Any], classes: int) -> nn.Module:
    """The network of a description, with fresh weights.

    Args:
        description: `kind` (a name in `NETWORKS`), `modality`, `shape`, and `options`: its further arguments.
        classes: number of classes.
    """
    make = NETWORKS[description["kind"]]
    return make(description["modality"], tuple(description["shape"]), classes, **description["options"])


def save(
    folder: Path,
    networks: Mapping[str, tuple[nn.Module, Mapping[str, Any]]],
    classes: Sequence[str],
) -> None:
    """Write `<name>.safetensors` per network, and `networks.json` with the class names and all descriptions."""
    for name, (network, _) in networks.items():
        state = {key: tensor.cpu().contiguous() for key, tensor in network.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors")
    descriptions = {name: description for name, (_, description) in networks.items()}
    files.write_json(folder / "networks.json", {"classes": list(classes), "networks": descriptions})


def names(folder: Path) -> list[str]:
    """The networks that `save` wrote into the folder."""
    return list(json.loads((folder / "networks.json").read_text(encoding="utf-8"))["networks"])


def load(folder: Path, name: str) -> tuple[nn.Module, tuple[str, ...]]:
    """One network, ready to predict, and the names of its classes in order."""
    written = json.loads((folder / "networks.json").read_text(encoding="utf-8"))
    network = build(written["networks"][name], len(written["classes"]))
    network.load_state_dict(load_file(folder / f"{name}.safetensors"))
    return network.eval(), tuple(written["classes"])
