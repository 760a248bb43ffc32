"""Trained classifiers on disk: weights as safetensors, and beside them what is needed to build the network again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from safetensors.torch import save as packed
from torch import nn

from makeweight.core import files
from makeweight.core.reading import read_record, reading
from makeweight.learn.classifiers import NETWORKS


@dataclass(frozen=True)
class NetworksFile:
    """What networks.json says."""

    classes: tuple[str, ...]
    networks: dict[str, dict[str, Any]]


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
        (folder / f"{name}.safetensors").write_bytes(packed(state))
    descriptions = {name: description for name, (_, description) in networks.items()}
    files.write_json(folder / "networks.json", {"classes": list(classes), "networks": descriptions})


def names(folder: Path) -> list[str]:
    """The networks that `save` wrote into the folder."""
    return list(read_record(folder / "networks.json", NetworksFile).networks)


def load(folder: Path, name: str) -> tuple[nn.Module, tuple[str, ...]]:
    """One network, ready to predict, and the names of its classes in order."""
    path, weights = folder / "networks.json", folder / f"{name}.safetensors"
    written = read_record(path, NetworksFile)
    with reading(path):
        network = build(written.networks[name], len(written.classes))
    with reading(weights):
        network.load_state_dict(load_file(weights))
    return network.eval(), written.classes
