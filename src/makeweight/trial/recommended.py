"""What to use: a decision rule with its numbers, class weights, or a sampler that is fitted to the given rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from imblearn.over_sampling import RandomOverSampler

from makeweight.balance.arm import DECISION_RULE, FULL_BALANCE, NONE, Arm
from makeweight.balance.sampler import GANSampler
from makeweight.balance.sampler_content import Content
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import real_split
from makeweight.core.errors import InputError
from makeweight.data.labelled import Labelled
from makeweight.learn.decision_rule import DecisionRule, favoured
from makeweight.trial.claims import Finding, recommended
from makeweight.trial.pictures import PictureRows
from makeweight.trial.rows import TrialRows


@dataclass(frozen=True)
class Rule:
    """A decision rule for the probabilities of any model that learned from rows as they are (or were balanced).

    The mean of the rules that were chosen on each split.
    """

    classes: np.ndarray
    """The classes in the order of the probabilities' columns, as scikit-learn sorts them."""
    rule: DecisionRule

    def predict(self, probabilities: Any) -> np.ndarray:
        """Return the class of every row.

        Args:
            probabilities: `(n, classes)`, as `predict_proba` returns them.

        Raises:
            InputError: they have another number of columns.
        """
        given = np.asarray(probabilities, dtype=float)
        if given.ndim != 2 or given.shape[1] != len(self.classes):
            raise InputError(f"probabilities: shape {given.shape}; right would be (rows, {len(self.classes)})")
        return self.classes[self.rule.decide(given)]

    @property
    def threshold(self) -> tuple[Any, float] | None:
        """Of two classes: the one that the rule favours, and the probability above which it is predicted."""
        above = self.rule.threshold()
        if above is None:
            return None
        index, least = favoured(above)
        return self.classes[index], least

    @property
    def factors(self) -> dict[Any, float]:
        """Class -> what its probability is multiplied by before the largest is taken; the smallest is 1."""
        biases = self.rule.biases - self.rule.biases.min()
        return dict(zip(self.classes.tolist(), np.exp(biases).round(4).tolist(), strict=True))

    def __repr__(self) -> str:
        if self.threshold is None:
            return f"Rule(factors={self.factors})"
        name, above = self.threshold
        return f"Rule(predict {str(name)!r} where its probability is above {above:.3f})"


@dataclass(frozen=True)
class ClassWeights:
    """Weights of the classes, for a learner that takes `class_weight`."""

    class_weight: Mapping[Any, float]


class TableSmote(GANSampler):
    """SMOTE with gaps and categories (SMOTENC), between quantiles; a sampler as all of imbalanced-learn's."""

    _parameter_constraints: ClassVar[dict[str, Any]] = GANSampler._parameter_constraints

    def _train(self, content: Content, labels: np.ndarray, classes: list[str], seed: int) -> Any:
        layouts = {content.spec.modality: content.spec} if content.spec.blocks else {}
        return Between(Labelled({content.spec.modality: content.encoded}, labels), layouts, len(classes))


@dataclass(frozen=True)
class Between:
    """Rows between given ones, with the interface of an engine."""

    rows: Labelled
    layouts: Mapping[str, Any]
    classes: int

    def generate(self, labels: np.ndarray, seed: int) -> dict[str, np.ndarray]:
        """Return encoded rows of these classes, in their order."""
        split = real_split(self.rows, self.classes)
        target = split.counts + np.bincount(labels, minlength=self.classes)
        found = Smote(layouts=self.layouts).balance(split, target, np.random.default_rng(seed))
        added = found.rows.take(found.synthetic)
        order = np.empty(len(labels), dtype=int)
        order[np.argsort(labels, kind="stable")] = np.argsort(added.labels, kind="stable")
        return {name: array[order] for name, array in added.inputs.items()}


@dataclass(frozen=True)
class Advice:
    """The arm to use, and the object that does it."""

    arm: str
    tool: Any
    """A `Rule`, `ClassWeights`, or a fitted sampler with `fit_resample`."""
    rule: Rule
    """The decision rule of the arm; for `none` the largest probability."""


def recommendation_of(
    finding: Finding, names: np.ndarray, given: Any, labels: np.ndarray, rows: TrialRows, seed: int
) -> Advice:
    """Return what to use on the rows that were given."""
    arm = recommended(finding)
    rule = Rule(names, mean_rule(finding, arm))
    if arm in (NONE, DECISION_RULE):
        return Advice(arm, rule, rule)
    if arm == "class_weights":
        counts = np.array([(labels == name).sum() for name in names])
        weights = (counts.sum() / (len(names) * counts)).round(6)
        return Advice(arm, ClassWeights(dict(zip(names.tolist(), weights.tolist(), strict=True))), rule)
    sampler = sampler_of(Arm.parse(arm), labels, rows, seed)
    return Advice(arm, sampler.fit(given, labels), rule)


def sampler_of(arm: Arm, labels: np.ndarray, rows: TrialRows, seed: int) -> Any:
    """Return the sampler that does what an arm does."""
    if arm.name == "random_oversampling":
        return RandomOverSampler(random_state=seed)
    shape = rows.content.shape if isinstance(rows, PictureRows) else None
    if arm.name == "smote":
        return TableSmote(random_state=seed, picture_shape=shape)
    names, counts = np.unique(labels, return_counts=True)
    share = (FULL_BALANCE if arm.amount is None else arm.amount) / FULL_BALANCE
    wanted = {
        name: int(count + round(share * (counts.max() - count))) for name, count in zip(names, counts, strict=True)
    }
    return GANSampler(engine=arm.engines[0], sampling_strategy=wanted, picture_shape=shape, random_state=seed)


def mean_rule(finding: Finding, arm: str) -> DecisionRule:
    """Return the mean of an arm's rules on all splits."""
    rules = [one.rule for one in finding.scores[arm]]
    biases = np.mean([rule.biases for rule in rules], axis=0)
    return DecisionRule(float(np.mean([rule.tau for rule in rules])), biases, float(np.mean([r.kept for r in rules])))
