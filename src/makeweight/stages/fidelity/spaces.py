"""Where rows are compared: per modality a feature space with a classifier, both fitted on the train split alone."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from makeweight.core.params import Section
from makeweight.data.labelled import Labelled
from makeweight.learn.classifiers import small_resnet
from makeweight.learn.training import TrainingParams, fit_network, predict
from makeweight.stages.fidelity.rows import Rows


class PictureNetworkParams(Section):
    """The network whose last features are the pictures' space."""

    width: int
    """Channels of its first block."""
    mixup: float
    """Mixing keeps it from knowing train pictures by heart, which would set them apart from all others."""
    training: TrainingParams


class Space(Protocol):
    """One modality's features, centred and scaled so that train rows have unit variance on average over dimensions."""

    def features(self, codes: np.ndarray) -> np.ndarray:
        """Vectors `(n, d)` of encoded rows."""
        ...

    def recognise(self, features: np.ndarray) -> np.ndarray:
        """The class index that each row looks like, `(n,)`."""
        ...


@dataclass(frozen=True, slots=True)
class Scale:
    """A shift and one stretch for all dimensions: angles and proportions stay as they are."""

    centre: np.ndarray
    spread: float

    @classmethod
    def of(cls, train: np.ndarray) -> "Scale":
        """Measured on train vectors."""
        return cls(train.mean(0), float(np.sqrt(train.var(0).mean())) or 1.0)

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors in this scale."""
        return (vectors - self.centre) / self.spread

    def undo(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors back in their own scale."""
        return vectors * self.spread + self.centre


@dataclass(frozen=True, slots=True)
class VectorSpace:
    """Texts and tables: the codec's own vectors, and a class-balanced logistic regression on them."""

    scale: Scale
    classifier: LogisticRegression

    @classmethod
    def fit(cls, codes: np.ndarray, labels: np.ndarray) -> "VectorSpace":
        """Learn from the train rows."""
        scale = Scale.of(codes)
        return cls(scale, LogisticRegression(C=0.1, class_weight="balanced", max_iter=500).fit(scale(codes), labels))

    def features(self, codes: np.ndarray) -> np.ndarray:
        """The codec's vectors, scaled."""
        return self.scale(codes)

    def recognise(self, features: np.ndarray) -> np.ndarray:
        """The most probable class."""
        return self.classifier.predict(features)


@dataclass(frozen=True, slots=True)
class PictureSpace:
    """Pictures: what a small network, trained to tell the classes apart, computes before its last layer."""

    scale: Scale
    network: nn.Module
    device: torch.device

    @classmethod
    def fit(
        cls,
        train: Rows,
        validation: Rows,
        classes: int,
        params: PictureNetworkParams,
        seed: int,
        device: torch.device,
    ) -> "PictureSpace":
        """Learn from the train rows, every class drawn equally often; validation rows only say when it is enough."""
        torch.manual_seed(seed)
        codes = train.codes["image"]
        fitted = fit_network(
            small_resnet("image", codes.shape[1:], classes, params.width),
            Labelled({"image": codes}, train.labels),
            Labelled({"image": validation.codes["image"]}, validation.labels),
            params.training,
            seed,
            device,
            row_weights=1.0 / np.bincount(train.labels)[train.labels],
            mixup=params.mixup,
        )
        return cls(Scale.of(before_last_layer(fitted.network, codes, device)), fitted.network, device)

    def features(self, codes: np.ndarray) -> np.ndarray:
        """The input of the last layer, scaled."""
        return self.scale(before_last_layer(self.network, codes, self.device))

    def recognise(self, features: np.ndarray) -> np.ndarray:
        """The most probable class, by the last layer."""
        last = last_layer(self.network)
        weight, bias = last.weight.detach().cpu().numpy(), last.bias.detach().cpu().numpy()
        return (self.scale.undo(features) @ weight.T + bias).argmax(1)


def fit_spaces(
    train: Rows, validation: Rows, classes: int, network: PictureNetworkParams, seed: int, device: torch.device
) -> dict[str, Space]:
    """Modality -> its space."""
    spaces: dict[str, Space] = {}
    for modality, codes in train.codes.items():
        if modality == "image":
            spaces[modality] = PictureSpace.fit(train, validation, classes, network, seed, device)
        else:
            spaces[modality] = VectorSpace.fit(codes, train.labels)
    return spaces


def last_layer(network: nn.Module) -> nn.Linear:
    """The linear layer that gives the logits."""
    return [module for module in network.modules() if isinstance(module, nn.Linear)][-1]


def before_last_layer(network: nn.Module, codes: np.ndarray, device: torch.device) -> np.ndarray:
    """What the network's last layer is given, float32 `(n, d)`."""
    given: list[Tensor] = []
    hook = last_layer(network).register_forward_pre_hook(lambda _, inputs: given.append(inputs[0].float().cpu()))
    try:
        predict(network, {"image": codes}, device)
    finally:
        hook.remove()
    return torch.cat(given).numpy()
