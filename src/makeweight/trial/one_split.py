"""The contest on one split: every way of balancing, its decision rule chosen out of fold, scores on the test rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from sklearn.metrics import average_precision_score

from makeweight import generators
from makeweight.balance.arm import DECISION_RULE, FULL_BALANCE, NONE, Arm
from makeweight.balance.balancers import BALANCERS
from makeweight.balance.generated import Generated
from makeweight.balance.sampler import settings_of
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import Balancer, full_balance, real_split
from makeweight.core import workers
from makeweight.data.folds import fold_numbers, out_of_fold
from makeweight.data.labelled import Labelled
from makeweight.data.scores import log_loss, score
from makeweight.learn.decision_rule import DecisionRule, choose_rule
from makeweight.learn.fusion import fuse
from makeweight.learn.trees import TreesParams
from makeweight.learn.views import VIEWS
from makeweight.stages.contest.linear import learn_linear
from makeweight.stages.contest.origins import nearest_rows
from makeweight.stages.contest.task import Task
from makeweight.stages.contest.trees import learn_trees
from makeweight.stages.learners.search import LinearParams, search_strength, search_trees
from makeweight.trial.rows import SplitRows, TrialRows

FOLDS = 3
STEPS = 500
"""Updates of an engine, as GANSampler's."""
CPU = torch.device("cpu")
STRENGTHS = {"image": LinearParams(strengths=(0.003, 0.01, 0.03)), "tabular": LinearParams(strengths=(0.1, 1.0, 10.0))}
TREES = TreesParams(learning_rates=(0.08,), max_leaf_nodes=(8, 15), trees=(40, 80, 120))
FEWER_TREES = TreesParams(learning_rates=(0.16,), max_leaf_nodes=(8,), trees=(20, 40))
"""For more than `MANY_CLASSES`: boosting grows a tree for each."""
MANY_CLASSES = 4
LEVELS, FURTHEST = 32, 3.9
"""Steps of a normal score, and the largest one, for trees."""

Probabilities = Mapping[str, np.ndarray]
"""View -> class probabilities `(n, classes)`."""


@dataclass(frozen=True)
class Contest:
    """What stays the same on every split."""

    rows: TrialRows
    labels: np.ndarray
    """Class index of each row."""
    units: np.ndarray
    """Rows of one unit never straddle splits or folds."""
    classes: tuple[str, ...]
    rare: np.ndarray
    """bool `(classes,)`: the classes that the rare recall and the average precision are of."""
    arms: tuple[Arm, ...]

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines whose rows some arm takes."""
        return tuple(dict.fromkeys(engine for arm in self.arms for engine in arm.engines))

    @property
    def jobs(self) -> int:
        """Pieces of work on one split, as a progress bar counts them."""
        learned = sum(arm.name != DECISION_RULE for arm in self.arms)
        return len(self.engines) + len(self.rows.views) + learned * (FOLDS + 1)


@dataclass(frozen=True)
class Scores:
    """One arm on one split, from 0 to 1."""

    macro_f1: float
    average_precision: float
    rare_recall: float
    held_out_macro_f1: float
    """Of the train rows out of fold."""
    rule: DecisionRule


def run_split(
    contest: Contest, train: np.ndarray, test: np.ndarray, seed: int, tick: Callable[[], None]
) -> dict[str, Scores]:
    """Return arm -> scores; an arm that cannot be learned on this split is missing."""
    rows = contest.rows.split(train, test, seed)
    labels, count = contest.labels[train], len(contest.classes)
    folds = fold_numbers(labels, contest.units[train], FOLDS, seed)
    learned = Labelled(rows.train, labels)

    def prepare(name: str) -> Any:
        if name in contest.engines:
            return engine_rows(rows, labels, contest.classes, name, seed)
        return chosen_parameters(learned, folds, count, name, seed)

    first = (*contest.engines, *contest.rows.views)
    prepared = dict(zip(first, workers.run_all(prepare, first, CPU, tick), strict=True))
    pools = {name: prepared[name] for name in contest.engines}
    chosen = {name: prepared[name] for name in contest.rows.views}
    origins = {name: nearest_rows(pool, learned) for name, pool in pools.items()}
    arms = [arm for arm in contest.arms if arm.name != DECISION_RULE]
    jobs = [(arm, fold) for fold in (None, *np.unique(folds).tolist()) for arm in arms]

    def work(job: tuple[Arm, int | None]) -> Probabilities | None:
        arm, fold = job
        kept = np.ones(len(labels), dtype=bool) if fold is None else folds != fold
        # Their engine has seen the rows of the fold: what is nearest to one of them is not learned from.
        apart = {name: pool.take(kept[origins[name]]) for name, pool in pools.items()}
        unseen = rows.test if fold is None else learned.take(~kept).inputs
        return predictions(learned.take(kept), unseen, balancer(arm, apart, rows), count, chosen, seed)

    found = dict(zip([(arm.name, fold) for arm, fold in jobs], workers.run_all(work, jobs, CPU, tick), strict=True))
    failed = {name for (name, _), part in found.items() if part is None}
    known = {key: part for key, part in found.items() if part is not None and key[0] not in failed}
    held_out = {arm.name: held_out_of(arm.name, known, folds) for arm in arms if arm.name not in failed}
    weights = best_weights(held_out[NONE], labels)
    tested = {name: fused(known[name, None], weights) for name in held_out}
    fused_out = {name: fused(part, weights) for name, part in held_out.items()}
    return scored(contest, fused_out, tested, labels, contest.labels[test], seed)


def held_out_of(
    arm: str, found: Mapping[tuple[str, int | None], Probabilities], folds: np.ndarray
) -> dict[str, np.ndarray]:
    """Return each view's predictions of the train rows out of fold."""
    parts = {fold: part for (name, fold), part in found.items() if name == arm and fold is not None}
    views = next(iter(parts.values()))
    return {view: out_of_fold({fold: part[view] for fold, part in parts.items()}, folds) for view in views}


def engine_rows(rows: SplitRows, labels: np.ndarray, classes: Sequence[str], name: str, seed: int) -> Labelled:
    """Return what an engine of the train rows generates for a full balance, as learners read it."""
    modality = rows.engine_spec.modality
    data, context = Labelled({modality: rows.engine_train}, labels), generators.TrainingContext(seed, CPU)
    trainer = generators.start(
        name, data, {modality: rows.engine_spec}, list(classes), settings_of(name), STEPS, context
    )
    for _ in range(STEPS):
        trainer.step()
    counts = np.bincount(labels, minlength=len(classes))
    wanted = np.repeat(np.arange(len(classes)), np.where(counts > 0, counts.max() - counts, 0))
    return Labelled(rows.as_read(trainer.averaged.generate(wanted, seed)[modality]), wanted)


def chosen_parameters(train: Labelled, folds: np.ndarray, classes: int, view: str, seed: int) -> Mapping[str, float]:
    """Return the parameters of a learner with the best predictions out of fold, as the stage `learners` finds them."""
    own = train.only(VIEWS[view])
    if view == "trees":
        return search_trees(own, folds, classes, FEWER_TREES if classes > MANY_CLASSES else TREES, seed).parameters
    return search_strength(own, folds, classes, STRENGTHS[view]).parameters


def balancer(arm: Arm, pools: Mapping[str, Labelled], rows: SplitRows) -> Balancer:
    """Return an arm's way of balancing."""
    (part,) = arm.parts
    if part.is_engine:
        return Generated(pools[part.name], (FULL_BALANCE if part.amount is None else part.amount) / FULL_BALANCE)
    return Smote(layouts=rows.layouts) if part.name == "smote" else BALANCERS[part.name]()


def predictions(
    kept: Labelled,
    unseen: Any,
    balancer: Balancer,
    classes: int,
    chosen: Mapping[str, Mapping[str, float]],
    seed: int,
) -> Probabilities | None:
    """Return what each learner predicts for unseen rows; None where it cannot be trained."""
    target, found, splits = full_balance(kept.labels, classes), {}, {}
    for view, parameters in chosen.items():
        modality = VIEWS[view]
        if modality not in splits:
            real = real_split(kept.only(modality), classes)
            splits[modality] = balancer.balance(real, target, np.random.default_rng(seed))
        split, x = splits[modality], unseen[modality]
        if view == "trees":
            levels = {modality: rounded(split.rows.inputs[modality])}
            split, x = replace(split, rows=replace(split.rows, inputs=levels)), rounded(x)
        task = Task(split, kept.only(modality), seed, CPU)
        try:
            learned = learn_trees(task, parameters) if view == "trees" else learn_linear(task, parameters["strength"])
            found[view] = learned.predict(Labelled({modality: x}, np.zeros(0, dtype=int)))
        except (FloatingPointError, ValueError):
            return None
    return found


def rounded(x: np.ndarray) -> np.ndarray:
    """Return encoded numbers (normal scores) in 250 levels.

    Trees put numbers into 255 bins anyway; of more different ones with weights scikit-learn finds the bins so slowly
    that it takes longer than to grow the trees.
    """
    return np.clip(np.round(x * LEVELS) / LEVELS, -FURTHEST, FURTHEST)


def best_weights(held_out: Probabilities, labels: np.ndarray) -> dict[str, float]:
    """Return the weight of each view: one of them alone or all alike, whichever has the smallest loss out of fold.

    The loss is that of rows alike and the weights sum to 1, so that the fused probabilities are about right, and a
    threshold on them can be used with other models.
    """
    views = list(held_out)
    candidates = [dict.fromkeys(views, 1 / len(views)), *({one: float(one == view) for one in views} for view in views)]
    return min(candidates, key=lambda weights: log_loss(fused(held_out, weights), labels))


def fused(probabilities: Probabilities, weights: Mapping[str, float]) -> np.ndarray:
    """Return the views' probabilities as one, `(n, classes)`."""
    return fuse([probabilities[view] for view in weights], list(weights.values()))


def scored(
    contest: Contest,
    held_out: Probabilities,
    tested: Probabilities,
    labels: np.ndarray,
    test_labels: np.ndarray,
    seed: int,
) -> dict[str, Scores]:
    """Return the scores of every arm; `none` decides for the largest probability, all others by their rule."""
    count = len(contest.classes)
    found = {}
    for arm in contest.arms:
        source = NONE if arm.name == DECISION_RULE else arm.name
        if source not in tested:
            continue
        plain = arm.name == NONE
        rule = DecisionRule.argmax(count) if plain else choose_rule(held_out[source], labels, seed=seed)
        decided = score(test_labels, rule.decide(tested[source]), count)
        found[arm.name] = Scores(
            decided.macro_f1,
            precision_of(tested[source], test_labels, contest.rare),
            decided.recall_of(contest.rare),
            score(labels, rule.decide(held_out[source]), count).macro_f1,
            rule,
        )
    return found


def precision_of(probabilities: np.ndarray, labels: np.ndarray, rare: np.ndarray) -> float:
    """Return the mean average precision of the rare classes that the labels have, each against all others."""
    present = [name for name in np.flatnonzero(rare) if (labels == name).any()]
    return float(np.mean([average_precision_score(labels == name, probabilities[:, name]) for name in present] or [0]))
