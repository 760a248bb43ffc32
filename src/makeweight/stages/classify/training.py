"""One network trained on the rows of one origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.ranges import SomeShare
from makeweight.data.encoded import Encoded
from makeweight.learn import network_files
from makeweight.learn.classifiers import AsImageNet
from makeweight.learn.training import TrainingParams, fit_network, predict
from makeweight.stages.classify.splits import Splits

ORIGINS = ("real", "synthetic")
NETWORKS = ("nn", "lenet", "vgg16")


class Params(Section):
    """The engine of the synthetic rows, the initial weights and width of VGG-16, and how each network is trained."""

    engine: str
    vgg16_weights: Literal["none", "imagenet"]
    vgg16_width: SomeShare
    nn: TrainingParams
    lenet: TrainingParams
    vgg16: TrainingParams

    def training(self, network: str) -> TrainingParams:
        """How the named network is trained."""
        return {"nn": self.nn, "lenet": self.lenet, "vgg16": self.vgg16}[network]

    def options(self, network: str) -> dict[str, Any]:
        """What builds the named network beyond its shape."""
        return {"width": self.vgg16_width, "weights": self.vgg16_weights} if network == "vgg16" else {}


@dataclass(frozen=True)
class Classifier:
    """What was trained on the rows of one origin, and its predictions on the test split of each origin."""

    origin: str
    name: str
    predictions: Mapping[str, np.ndarray]
    """Origin of the test split -> class index per row."""


@dataclass(frozen=True)
class TrainedNetwork(Classifier):
    """A trained network with what builds it again, and its history."""

    network: nn.Module
    description: Mapping[str, Any]
    history: Sequence[Mapping[str, float]]


def input_of(data: Encoded) -> tuple[str, tuple[str, ...]]:
    """The modality that the networks read, and the names of the networks that can read it.

    All three read pictures. Where the data have none, only `nn` can read the vectors of a table or of texts.
    """
    if "image" in data.modalities:
        return "image", NETWORKS
    modality = "tabular" if "tabular" in data.modalities else data.modalities[0]
    say(f"classify: the data have no pictures: nn learns from {modality} vectors, lenet and vgg16 are left out")
    return modality, ("nn",)


def train_classifier(
    origin: str,
    name: str,
    splits: Mapping[str, Splits],
    modality: str,
    classes: int,
    settings: Params,
    seed: int,
    device: torch.device,
) -> TrainedNetwork:
    """Train one network on one origin's splits and predict the test splits of both origins."""
    torch.manual_seed(seed)
    own = splits[origin]
    shape = own["train"].inputs[modality].shape[1:]
    description: dict[str, Any] = {
        "kind": name,
        "modality": modality,
        "shape": list(shape),
        "options": settings.options(name),
    }
    network = network_files.build(description, classes)
    if name == "vgg16":
        # The saved file holds the weights; building the network again must not ask for a download.
        description["options"]["weights"] = "saved" if holds_imagenet(network) else "none"
    fitted = fit_network(network, own["train"], own["validation"], settings.training(name), seed, device)
    predictions = {
        tested_on: predict(fitted.network, splits[tested_on]["test"].inputs, device).argmax(1) for tested_on in ORIGINS
    }
    return TrainedNetwork(origin, name, predictions, fitted.network.cpu(), description, fitted.history)


def holds_imagenet(network: nn.Module) -> bool:
    """Whether the network started from ImageNet weights, which could not be loaded everywhere."""
    return any(isinstance(layer, AsImageNet) for layer in network.modules())
