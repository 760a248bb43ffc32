"""How good an engine is while it trains: what a classifier learns from its fakes, and whether a class has collapsed."""

import numpy as np
import torch

from makeweight.core.params import Section
from makeweight.data.labelled import Labelled
from makeweight.data.scores import score
from makeweight.generators import Engine
from makeweight.generators.networks.encoders import JointClassifier
from makeweight.learn.training import TrainingParams, fit_network, predict


class QualityParams(Section):
    """The judge: fakes per class, and how the classifier is trained on them."""

    evaluations: int
    """How often during the training; the best of them is kept."""
    fakes_per_class: int
    training: TrainingParams


def train_on_fake(
    engine: Engine, validation: Labelled, config: QualityParams, seed: int, device: torch.device
) -> tuple[float, Labelled]:
    """Balanced accuracy on the real validation split of a classifier that saw fakes only, and the fakes."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        labels = np.repeat(np.arange(len(engine.classes)), config.fakes_per_class)
        fakes = Labelled(engine.generate(labels, seed), labels)
        torch.manual_seed(seed)
        judge = JointClassifier(engine.specs, len(engine.classes))
        fitted = fit_network(judge, fakes, validation, config.training, seed, device)
        predicted = predict(fitted.network, validation.inputs, device).argmax(1)
    return score(validation.labels, predicted, engine.classes).macro_recall, fakes


def variety(rows: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Mean variance within each class over all numbers of one modality, `(classes,)`; NaN below 2 rows."""
    result = np.full(classes, np.nan)
    for label in range(classes):
        own = rows[labels == label].astype(np.float32)
        if len(own) > 1:
            result[label] = own.var(0).mean()
    return result


def collapsed(fakes: Labelled, train: Labelled, classes: int, share: float = 0.1) -> dict[int, list[str]]:
    """Classes, and in which modalities, whose fakes vary less than `share` of what their train rows do."""
    found: dict[int, list[str]] = {}
    for name, rows in fakes.inputs.items():
        # A class whose train rows are all alike may have fakes that are: nothing over nothing is no alarm.
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = variety(rows, fakes.labels, classes) / variety(train.inputs[name], train.labels, classes)
        for label in np.flatnonzero(ratio < share):
            found.setdefault(int(label), []).append(name)
    return found
