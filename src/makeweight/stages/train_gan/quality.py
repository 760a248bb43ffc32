"""How good an engine is while it trains: what a classifier learns from its rows, and whether a class has collapsed."""

from dataclasses import dataclass

import numpy as np
import torch

from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.random import global_seed
from makeweight.core.ranges import Count
from makeweight.data.labelled import Labelled
from makeweight.data.scores import score
from makeweight.generators import Engine
from makeweight.generators.networks.encoders import JointClassifier
from makeweight.learn.training import TrainingParams, fit_network, predict


class QualityParams(Section):
    """Synthetic rows per class, and how the classifier is trained on them."""

    evaluations: Count
    """How often during the training the engine is evaluated; the best state is kept."""
    patience: Count | None
    """Evaluations without a better score after which a training ends, in its second half only; null: none."""
    synthetic_per_class: Count
    training: TrainingParams


@dataclass(frozen=True)
class Evaluator:
    """Evaluates an engine on the real validation split, and says which classes have collapsed."""

    config: QualityParams
    train: Labelled
    validation: Labelled
    seed: int
    device: torch.device

    def __call__(self, engine: Engine) -> tuple[float, list[int]]:
        """The score of `train_on_synthetic`, and the indices of collapsed classes."""
        recall, synthetic = train_on_synthetic(engine, self.validation, self.config, self.seed, self.device)
        found = collapsed(synthetic, self.train, len(engine.classes))
        if found:
            names = ", ".join(f"{engine.classes[label]} ({'+'.join(found[label])})" for label in sorted(found))
            say(f"train_gan {engine.name}: collapse, the synthetic rows of a class hardly vary: {names}")
        return recall, sorted(found)


def train_on_synthetic(
    engine: Engine, validation: Labelled, config: QualityParams, seed: int, device: torch.device
) -> tuple[float, Labelled]:
    """Balanced accuracy on the real validation split of a classifier trained on synthetic rows only, and those rows."""
    labels = np.repeat(np.arange(len(engine.classes)), config.synthetic_per_class)
    synthetic = Labelled(engine.generate(labels, seed), labels)
    with global_seed(seed):
        classifier = JointClassifier(engine.specs, len(engine.classes))
        fitted = fit_network(classifier, synthetic, validation, config.training, seed, device)
    predicted = predict(fitted.network, validation.inputs, device).argmax(1)
    return score(validation.labels, predicted, engine.classes).macro_recall, synthetic


def variety(rows: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Mean variance within each class over all numbers of one modality, `(classes,)`; NaN below 2 rows."""
    result = np.full(classes, np.nan)
    for label in range(classes):
        own = rows[labels == label].astype(np.float32)
        if len(own) > 1:
            result[label] = own.var(0).mean()
    return result


def collapsed(synthetic: Labelled, train: Labelled, classes: int, share: float = 0.1) -> dict[int, list[str]]:
    """Classes, and in which modalities, whose synthetic rows vary less than `share` of what their train rows do."""
    found: dict[int, list[str]] = {}
    for name, rows in synthetic.inputs.items():
        # A class whose train rows are all equal may have equal synthetic rows: nothing over nothing is no alarm.
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = variety(rows, synthetic.labels, classes) / variety(train.inputs[name], train.labels, classes)
        for label in np.flatnonzero(ratio < share):
            found.setdefault(int(label), []).append(name)
    return found
