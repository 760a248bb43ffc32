"""What learns from a balanced split: one learner per view, each with the same effort whatever the split."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.balance.smote import Smote
from makeweight.balance.train_split import TrainSplit
from makeweight.core.params import Section
from makeweight.data.labelled import Labelled
from makeweight.learn import classifiers, network_files, training
from makeweight.learn.augment import AUGMENTATIONS
from makeweight.learn.classifiers import OfModality
from makeweight.learn.training import Augment, Fitted, Loss, TrainingParams, fit_network, predict

SMALLEST = 1e-7
"""Probabilities are kept this far from 0 before their logarithm is taken."""


class TreesParams(Section):
    """Gradient-boosted trees; the number of trees is chosen on validation."""

    iterations: int
    patience: int
    learning_rate: float
    leaves: int


class ImageParams(TrainingParams):
    """The small residual network: how it learns, and its first channels."""

    width: int


class TabularParams(TrainingParams):
    """The network with one hidden layer: how it learns, and the width of the layer."""

    hidden: int


class LearnersParams(Section):
    """One section per view."""

    image: ImageParams
    tabular: TabularParams
    text: TrainingParams
    trees: TreesParams


@dataclass(frozen=True)
class Answer:
    """Class probabilities on validation and test rows, float32 `(n, classes)`, and the network if there is one."""

    validation: np.ndarray
    test: np.ndarray
    network: nn.Module | None = None
    description: Mapping[str, Any] = field(default_factory=dict)
    """What it takes to build the network again."""
    steps: int = 0
    """Gradient steps that were made; trees make none."""

    def check(self) -> "Answer":
        """The answer itself.

        Raises:
            FloatingPointError: a probability is NaN or infinite.
        """
        if not (np.isfinite(self.validation).all() and np.isfinite(self.test).all()):
            raise FloatingPointError("a predicted probability is not a number")
        return self


@dataclass(frozen=True)
class Task:
    """A balanced train split of one modality with the real splits it is examined on."""

    train: TrainSplit
    validation: Labelled
    test: Labelled
    seed: int
    device: torch.device


def learn_image(task: Task, config: ImageParams) -> Answer:
    """The small residual network."""
    return answer_of(task, config, "small_resnet", width=config.width)


def learn_tabular(task: Task, config: TabularParams) -> Answer:
    """One hidden layer."""
    return answer_of(task, config, "nn", hidden=config.hidden)


def learn_text(task: Task, config: TrainingParams) -> Answer:
    """Logistic regression."""
    return answer_of(task, config, "linear")


def answer_of(task: Task, config: TrainingParams, kind: str, **options: Any) -> Answer:
    """Train a network of this kind on the split and answer on both real splits."""
    torch.manual_seed(task.seed)
    ((modality, array),) = task.train.rows.inputs.items()
    description = {"kind": kind, "modality": modality, "shape": list(array.shape[1:]), "options": options}
    fitted = train_on(network_files.build(description, task.train.classes), task, config)
    steps = fitted.steps + (refit(fitted.network, task, config) if task.train.refit else 0)
    validation, test = (predict(fitted.network, rows.inputs, task.device) for rows in (task.validation, task.test))
    return Answer(validation, test, fitted.network, description, steps).check()


def train_on(network: nn.Module, task: Task, config: TrainingParams) -> Fitted:
    """Train as the split asks for: its loss, its augmentations, its mixing."""
    return fit_network(
        network,
        task.train.rows,
        task.validation,
        config,
        task.seed,
        task.device,
        loss=loss_of(task.train, task.device),
        augment=augment_of(task.train),
        mixup=task.train.mixup,
    )


def refit(network: nn.Module, task: Task, config: TrainingParams) -> int:
    """Let the last layer learn anew, from the features of real rows, every class drawn alike; how many steps it took.

    The layers before it stay as they are; the split's own loss and prior would count the balance twice.
    """
    real = task.train.rows.take(~task.train.made)
    body, last = apart(network)
    counts = np.bincount(real.labels, minlength=task.train.classes)
    train, validation = (featured(body, rows, task.device) for rows in (real, task.validation))
    torch.manual_seed(task.seed)
    head = classifiers.linear("features", train.inputs["features"].shape[1:], task.train.classes)
    each_class_alike = 1 / counts[real.labels]
    fitted = fit_network(head, train, validation, config, task.seed, task.device, row_weights=each_class_alike)
    last.load_state_dict(apart(head)[1].state_dict())
    return fitted.steps


def learn_image_by_smote(task: Task, config: ImageParams, smote: Smote, target: np.ndarray) -> Answer:
    """SMOTE in feature space: the network learns from the split as it is, its last layer from interpolated features.

    The features of the train rows are interpolated up to the target, and a new last layer learns from them, as in
    decoupled training (Kang et al. 2020). `task.train` is the split before balancing.
    """
    first = learn_image(task, config)
    body, _ = apart(first.network)
    train, validation, test = (
        featured(body, rows, task.device) for rows in (task.train.rows, task.validation, task.test)
    )
    unbalanced = TrainSplit(train, task.train.classes, task.train.made)
    balanced = smote.balance(unbalanced, target, np.random.default_rng(task.seed))
    last = answer_of(Task(balanced, validation, test, task.seed, task.device), config, "linear")
    return replace(last, network=None, description={}, steps=first.steps + last.steps)


def apart(network: nn.Module | None) -> tuple[OfModality, nn.Module]:
    """The layers before the last, and the last."""
    assert isinstance(network, OfModality) and isinstance(network.layers, nn.Sequential)
    return OfModality(network.modality, network.layers[:-1]), network.layers[-1]


def featured(body: nn.Module, rows: Labelled, device: torch.device) -> Labelled:
    """The rows with what the layers before the last make of them, as `features`, float32 `(n, width)`."""
    body.eval()
    made = training.answers(lambda batch: body(batch).float(), rows.inputs, device)
    return Labelled({"features": made.numpy()}, rows.labels)


def loss_of(split: TrainSplit, device: torch.device) -> Loss:
    """Cross-entropy with the split's class weights and its prior added to the logits."""
    weights = (
        None if split.class_weights is None else torch.tensor(split.class_weights, dtype=torch.float32, device=device)
    )
    offsets = None if split.prior is None else torch.tensor(np.log(split.prior), dtype=torch.float32, device=device)

    def loss(logits: Tensor, labels: Tensor) -> Tensor:
        adjusted = logits if offsets is None else logits + offsets
        if weights is None:
            return F.cross_entropy(adjusted, labels)
        # Its own mean would divide by the batch's weights: a rare row would count for less beside other rare ones.
        each = F.cross_entropy(adjusted, labels, weight=weights, reduction="none")
        return each.mean()

    return loss


def augment_of(split: TrainSplit) -> Augment | None:
    """The split's augmentations one after the other."""
    if not split.augmentations:
        return None

    def augment(batch: dict[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        for name in split.augmentations:
            batch = AUGMENTATIONS[name](batch, rng)
        return batch

    return augment


def learn_trees(task: Task, config: TreesParams) -> Answer:
    """Gradient-boosted trees on the vectors; trees are added until validation gains no more.

    Class weights become row weights; a prior divides the probabilities afterwards; mixing means nothing to trees.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    split = task.train
    (name,) = split.rows.inputs
    model = HistGradientBoostingClassifier(
        max_iter=config.iterations,
        learning_rate=config.learning_rate,
        max_leaf_nodes=config.leaves,
        early_stopping=True,
        n_iter_no_change=config.patience,
        # Trees draw nothing at random from a split this size: the seed decides on the order of features that tie.
        max_features=0.8,
        random_state=task.seed,
    )
    model.fit(
        split.rows.inputs[name],
        split.rows.labels,
        sample_weight=None if split.class_weights is None else split.class_weights[split.rows.labels],
        X_val=task.validation.inputs[name],
        y_val=task.validation.labels,
    )
    answers = []
    for rows in (task.validation, task.test):
        probabilities = np.zeros((len(rows), split.classes), dtype=np.float32)
        probabilities[:, model.classes_] = model.predict_proba(rows.inputs[name])
        answers.append(corrected(probabilities, split.prior))
    return Answer(answers[0], answers[1]).check()


LEARNERS: dict[str, Callable[[Task, Any], Answer]] = {
    "image": learn_image,
    "tabular": learn_tabular,
    "text": learn_text,
    "trees": learn_trees,
}
"""View -> what learns it; its parameters stand under the same name in `LearnersParams`."""


def corrected(probabilities: np.ndarray, prior: np.ndarray | None) -> np.ndarray:
    """Probabilities divided by the class shares, made to sum to 1 again."""
    if prior is None:
        return probabilities
    adjusted = probabilities / prior
    return (adjusted / adjusted.sum(1, keepdims=True)).astype(np.float32)


def fuse(answers: Mapping[str, Answer], labels: np.ndarray) -> Answer:
    """Late fusion: the views' log-probabilities, each times its weight, summed and made to sum to 1 again."""
    weights = list(fusion_weights(answers, labels).values())
    validation = np.stack([logs_of(answer.validation) for answer in answers.values()])
    test = np.stack([logs_of(answer.test) for answer in answers.values()])
    fused = [softmax(np.tensordot(weights, logs, axes=1)).astype(np.float32) for logs in (validation, test)]
    return Answer(fused[0], fused[1]).check()


def fusion_weights(answers: Mapping[str, Answer], labels: np.ndarray) -> dict[str, float]:
    """View -> its weight in the late fusion, chosen on validation.

    The weights, none negative, minimise the validation log-loss with every class counting the same (a convex problem).
    """
    validation = np.stack([logs_of(answer.validation) for answer in answers.values()])
    counts = np.bincount(labels, minlength=validation.shape[2])
    importance = 1 / counts[labels]
    importance /= importance.sum()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        pooled = softmax(np.tensordot(weights, validation, axes=1))
        own = np.arange(len(labels)), labels
        value = -np.sum(importance * np.log(np.maximum(pooled[own], SMALLEST)))
        slopes = [np.sum(importance * ((pooled * view).sum(1) - view[own])) for view in validation]
        return float(value), np.array(slopes)

    start = np.full(len(validation), 1 / len(validation))
    found = minimize(loss, start, jac=True, bounds=[(0, None)] * len(validation), method="L-BFGS-B")
    weights = found.x if found.x.sum() > 0 else start
    return dict(zip(answers, weights.tolist(), strict=True))


def logs_of(probabilities: np.ndarray) -> np.ndarray:
    """Their logarithms; that of 0 too is a number."""
    return np.log(np.maximum(probabilities, SMALLEST))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)
