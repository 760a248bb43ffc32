"""How good an engine is while it trains: what a classifier learns from its fakes, and whether a class has collapsed."""

import numpy as np
import torch

from makeweight.generators import Engine
from makeweight.learning import Labelled, LearningParams, fit_network, macro_recall, predict
from makeweight.models.encoders import JointClassifier
from makeweight.params import Section


class QualityParams(Section):
    """The judge: fakes per class, and how the classifier is trained on them."""

    evaluations: int
    """How often during the training; the best of them is kept."""
    fakes_per_class: int
    learning: LearningParams


def train_on_fake(
    engine: Engine, validation: Labelled, config: QualityParams, seed: int, device: torch.device
) -> tuple[float, Labelled]:
    """Balanced accuracy on the real validation fold of a classifier that saw fakes only, and the fakes."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        labels = np.repeat(np.arange(len(engine.classes)), config.fakes_per_class)
        fakes = Labelled(engine.generate(labels, seed), labels)
        torch.manual_seed(seed)
        judge = JointClassifier(engine.specs, len(engine.classes))
        fitted = fit_network(judge, fakes, validation, config.learning, seed, device)
        predicted = predict(fitted.network, validation.inputs, device).argmax(1)
    return macro_recall(validation.labels, predicted), fakes


def variety(rows: Labelled, classes: int) -> np.ndarray:
    """Mean variance within each class, each modality counting alike, `(classes,)`; NaN below 2 rows."""
    result = np.full(classes, np.nan)
    for label in range(classes):
        own = rows.take(rows.labels == label)
        if len(own) > 1:
            result[label] = np.mean([x.astype(np.float32).var(0).mean() / SCALE[x.ndim] for x in own.inputs.values()])
    return result


SCALE = {4: 127.5**2, 2: 1.0}
"""Pictures are bytes, vectors have about unit variance."""


def collapsed(fakes: Labelled, train: Labelled, classes: int, share: float = 0.1) -> list[int]:
    """Classes whose fakes vary less than `share` of what their train rows do."""
    ratio = variety(fakes, classes) / variety(train, classes)
    return [label for label in range(classes) if ratio[label] < share]
