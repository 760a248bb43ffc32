"""Feature spaces in which rows are compared: one per modality with a classifier, fitted on the train split alone."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from makeweight.core.params import Section
from makeweight.core.ranges import Size, Weight
from makeweight.data.labelled import Labelled
from makeweight.learn.classifiers import small_resnet
from makeweight.learn.training import TrainingParams, fit_network, predict
from makeweight.stages.fidelity.rows import Rows


class PictureNetworkParams(Section):
    """The network whose features before the last layer are the space of pictures."""

    width: Size
    """Channels of its first block."""
    mixup_alpha: Weight
    """Mixup keeps the network from memorising train pictures, whose features would differ from all others."""
    training: TrainingParams


class Space(Protocol):
    """One modality's features, centred and scaled so that train rows have unit variance on average over dimensions."""

    def features(self, encoded: np.ndarray) -> np.ndarray:
        """Vectors `(n, d)` of encoded rows."""
        ...

    def predict(self, features: np.ndarray) -> np.ndarray:
        """The most probable class index of each row, `(n,)`."""
        ...


@dataclass(frozen=True, slots=True)
class Scale:
    """A shift, and one factor for all dimensions: angles and proportions stay as they are."""

    mean: np.ndarray
    std: float

    @classmethod
    def fit(cls, train: np.ndarray) -> "Scale":
        """Mean vector of train vectors `(n, d)`, and the root of their variance averaged over dimensions."""
        return cls(train.mean(0), float(np.sqrt(train.var(0).mean())) or 1.0)

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """Scale vectors."""
        return (vectors - self.mean) / self.std

    def undo(self, vectors: np.ndarray) -> np.ndarray:
        """Bring scaled vectors back to their original scale."""
        return vectors * self.std + self.mean


@dataclass(frozen=True, slots=True)
class VectorSpace:
    """Texts and tables: the codec's own vectors, and a class-balanced logistic regression on them."""

    scale: Scale
    classifier: LogisticRegression

    @classmethod
    def fit(cls, encoded: np.ndarray, labels: np.ndarray) -> "VectorSpace":
        """Fit scale and classifier on the train rows."""
        scale = Scale.fit(encoded)
        return cls(scale, LogisticRegression(C=0.1, class_weight="balanced", max_iter=500).fit(scale(encoded), labels))

    def features(self, encoded: np.ndarray) -> np.ndarray:
        """The codec's vectors, scaled."""
        return self.scale(encoded)

    def predict(self, features: np.ndarray) -> np.ndarray:
        """The most probable class index."""
        return self.classifier.predict(features)


@dataclass(frozen=True, slots=True)
class PictureSpace:
    """Pictures: what a small classifier network computes before its last layer."""

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
        """Train the network with every class sampled equally often; validation rows choose the epoch."""
        torch.manual_seed(seed)
        encoded = train.encoded["image"]
        fitted = fit_network(
            small_resnet("image", encoded.shape[1:], classes, params.width),
            Labelled({"image": encoded}, train.labels),
            Labelled({"image": validation.encoded["image"]}, validation.labels),
            params.training,
            seed,
            device,
            row_weights=1.0 / np.bincount(train.labels)[train.labels],
            mixup=params.mixup_alpha,
        )
        return cls(Scale.fit(before_last_layer(fitted.network, encoded, device)), fitted.network, device)

    def features(self, encoded: np.ndarray) -> np.ndarray:
        """The input of the last layer, scaled."""
        return self.scale(before_last_layer(self.network, encoded, self.device))

    def predict(self, features: np.ndarray) -> np.ndarray:
        """The most probable class index, by the network's last layer."""
        last = last_layer(self.network)
        weight, bias = last.weight.detach().cpu().numpy(), last.bias.detach().cpu().numpy()
        return (self.scale.undo(features) @ weight.T + bias).argmax(1)


def fit_spaces(
    train: Rows, validation: Rows, classes: int, network: PictureNetworkParams, seed: int, device: torch.device
) -> dict[str, Space]:
    """Modality -> its space."""
    spaces: dict[str, Space] = {}
    for modality, encoded in train.encoded.items():
        if modality == "image":
            spaces[modality] = PictureSpace.fit(train, validation, classes, network, seed, device)
        else:
            spaces[modality] = VectorSpace.fit(encoded, train.labels)
    return spaces


def last_layer(network: nn.Module) -> nn.Linear:
    """The linear layer that outputs the logits."""
    return [module for module in network.modules() if isinstance(module, nn.Linear)][-1]


def before_last_layer(network: nn.Module, encoded: np.ndarray, device: torch.device) -> np.ndarray:
    """The input of the network's last layer for encoded pictures, float32 `(n, d)`."""
    collected: list[Tensor] = []
    hook = last_layer(network).register_forward_pre_hook(lambda _, inputs: collected.append(inputs[0].float().cpu()))
    try:
        predict(network, {"image": encoded}, device)
    finally:
        hook.remove()
    return torch.cat(collected).numpy()
