"""All trainings of one arm: every view with every seed and fold, the decision rules, the late fusion of the views."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from makeweight.balance.train_split import Balancer, TrainSplit, full_balance, real_split
from makeweight.core import workers
from makeweight.data.encoded import Encoded
from makeweight.data.folds import out_of_fold
from makeweight.data.labelled import Labelled
from makeweight.learn import views
from makeweight.learn.views import FUSION
from makeweight.stages.contest.accept import with_accepted
from makeweight.stages.contest.arms import PreparedArm
from makeweight.stages.contest.changed_pictures import with_changed_pictures
from makeweight.stages.contest.decide import Decisions, choose_decisions
from makeweight.stages.contest.learners import NetworksParams, learn_view
from makeweight.stages.contest.resnet_features import FeatureWay, learn_resnet_by_features
from makeweight.stages.contest.rows import ViewRows, read_view_rows, without_pixels
from makeweight.stages.contest.soft_labels import with_soft_labels
from makeweight.stages.contest.task import Learned, Predictions, Task, check_finite

SLOWEST_FIRST = ("resnet", "image", "trees", "text", "mlp", "tabular")
"""The order in which views are trained, so that several workers end together."""


@dataclass(frozen=True)
class Setup:
    """How every arm is trained, whatever it adds."""

    views: tuple[str, ...]
    folds: int
    """Of the train rows: predictions out of fold choose decision rules and fusion weights."""
    chosen: Mapping[str, Mapping[str, float]]
    """View -> the parameters that the stage `learners` chose."""
    networks: NetworksParams


@dataclass(frozen=True)
class Outcome:
    """The predictions of one view with one seed, or why there are none."""

    seed: int
    view: str
    predictions: Predictions | None
    failure: str = ""


@dataclass(frozen=True)
class ArmRun:
    """All that an arm predicted, and how it decides."""

    outcomes: tuple[Outcome, ...]
    decisions: Decisions
    held_out: Mapping[str, np.ndarray]
    """View -> class probabilities of the train rows out of fold `(n, classes)`."""


@dataclass(frozen=True)
class Job:
    """One training: of a view with a seed, on all train rows or on those outside a fold."""

    view: str
    seed: int
    fold: int | None = None


def run_arm(arm: PreparedArm, data: Encoded, setup: Setup, seeds: Sequence[int], device: torch.device) -> ArmRun:
    """Every view with every seed, and the late fusion of the views where there are several.

    A view that gives the same result with every seed is trained once. Predictions out of fold take the first seed, and
    no synthetic row that is nearest to a row of the fold: its engine has seen that row.
    """
    names = views.present(setup.views, data.modalities)
    rows = {view: read_view_rows(view, data, arm.pools, arm.arm.augments) for view in names}
    origins = {view: rows[view].origins() for view in names}
    labels = data.labels("train")
    folds = data.train_folds(setup.folds, seeds[0])
    jobs = [job for view in SLOWEST_FIRST if view in names for job in jobs_of(view, arm, seeds, folds)]

    def work(job: Job) -> Predictions | np.ndarray | str:
        try:
            own = rows[job.view] if job.fold is None else rows[job.view].apart(origins[job.view], folds == job.fold)
            return train_and_predict(job, arm, own, folds, len(data.classes), setup, device)
        except FloatingPointError as failure:
            return str(failure)

    done = dict(zip(jobs, workers.run_all(work, jobs, device), strict=True))
    predicted = {view: held_out_of(view, done, folds) for view in names}
    held_out = {view: part for view, part in predicted.items() if part is not None}
    decisions = choose_decisions(held_out, labels, device)
    outcomes = [outcome_of(view, seed, done) for view in names for seed in seeds]
    if len(names) > 1:
        outcomes += [fused(seed, outcomes, decisions, names) for seed in seeds]
    return ArmRun(tuple(outcomes), decisions, held_out)


def jobs_of(view: str, arm: PreparedArm, seeds: Sequence[int], folds: np.ndarray) -> list[Job]:
    """The trainings of a view."""
    same = view in views.LINEAR and not arm.arm.is_random
    whole = [Job(view, seed) for seed in (seeds[:1] if same else seeds)]
    return whole + [Job(view, seeds[0], int(fold)) for fold in np.unique(folds)]


def train_and_predict(
    job: Job, arm: PreparedArm, rows: ViewRows, folds: np.ndarray, classes: int, setup: Setup, device: torch.device
) -> Predictions | np.ndarray:
    """Predict validation and test rows by a model of all train rows, or a fold by a model of the other folds."""
    train, validation, test = (rows.splits[name] for name in ("train", "validation", "test"))
    kept = train if job.fold is None else train.take(folds != job.fold)
    task = Task(real_split(kept, classes), without_pixels(validation), job.seed, device)
    learned = learn(job.view, task, arm.balancer(rows.pools), full_balance(kept.labels, classes), setup)
    if job.fold is not None:
        return check_finite(learned.predict(without_pixels(train.take(folds == job.fold))))
    on_validation, on_test = (learned.predict(without_pixels(split)) for split in (validation, test))
    return Predictions(on_validation, on_test, learned.model, learned.steps, learned.rejected).check()


def learn(view: str, task: Task, balancer: Balancer, target: np.ndarray, setup: Setup) -> Learned:
    """Balance the train split and train the view's learner on it; all views of a seed add the same rows.

    `task.train` is the split before balancing. A network on pictures gets new rows of
    its own features where the way of balancing acts on features.
    """
    if view == "resnet" and isinstance(balancer, FeatureWay):
        return learn_resnet_by_features(task, setup.networks.resnet, balancer, target)
    balanced = balancer.balance(task.train, target, np.random.default_rng(task.seed))
    if view == "image":
        balanced = with_changed_pictures(balanced, task.seed)
    asked = balanced.accept
    balanced = with_learned_choices(view, task, balanced, setup)
    if balanced.bags:
        return learn_bags(view, task, balanced, setup)
    learned = learn_view(view, replace(task, train=balanced), setup.chosen, setup.networks)
    return replace(learned, rejected=balanced.warnings.get("accept_rows_rejected", 0) if asked else None)


def with_learned_choices(view: str, task: Task, balanced: TrainSplit, setup: Setup) -> TrainSplit:
    """The split after what the view's learner decides on synthetic rows: which are kept, and under which classes."""

    def fit(train: TrainSplit) -> Callable[[Labelled], np.ndarray]:
        return learn_view(view, replace(task, train=train), setup.chosen, setup.networks).predict

    if balanced.accept and balanced.synthetic.any():
        balanced = with_accepted(balanced, fit, task.seed)
    if balanced.soft_labels and balanced.synthetic.any():
        teacher = fit(replace(task.train, rows=without_pixels(task.train.rows)))
        balanced = with_soft_labels(balanced, teacher(balanced.rows.take(balanced.synthetic)))
    return balanced


def learn_bags(view: str, task: Task, split: TrainSplit, setup: Setup) -> Learned:
    """Train a learner on each of several smaller splits; predictions are averaged."""
    members = []
    for bag in split.bags:
        members.append(learn_view(view, replace(task, train=split.take(bag)), setup.chosen, setup.networks))
    steps = sum(member.steps for member in members)
    return Learned(lambda rows: np.mean([member.predict(rows) for member in members], axis=0), steps=steps)


def held_out_of(view: str, done: Mapping[Job, Predictions | np.ndarray | str], folds: np.ndarray) -> np.ndarray | None:
    """The predictions of all train rows out of fold `(n, classes)`; None where a fold failed."""
    results = {job.fold: result for job, result in done.items() if job.view == view and job.fold is not None}
    parts = {fold: result for fold, result in results.items() if isinstance(result, np.ndarray)}
    return out_of_fold(parts, folds) if len(parts) == len(results) else None


def outcome_of(view: str, seed: int, done: Mapping[Job, Predictions | np.ndarray | str]) -> Outcome:
    """The outcome of a view with a seed; that of the first seed where all are the same."""
    result = done.get(Job(view, seed))
    if result is None:
        result = next(one for job, one in done.items() if job.view == view and job.fold is None)
    if isinstance(result, Predictions):
        return Outcome(seed, view, result)
    return Outcome(seed, view, None, str(result))


def fused(seed: int, outcomes: Sequence[Outcome], decisions: Decisions, names: Sequence[str]) -> Outcome:
    """The late fusion of a seed; none where a view of the seed failed, or out of fold."""
    complete = {one.view: one.predictions for one in outcomes if one.seed == seed and one.predictions is not None}
    fusion = decisions.fusion
    if len(complete) < len(names) or fusion is None or len(fusion.weights) < len(names):
        return Outcome(seed, FUSION, None, "a view of this seed failed")
    validation = fusion.plain({view: one.validation for view, one in complete.items()})
    test = fusion.plain({view: one.test for view, one in complete.items()})
    return Outcome(seed, FUSION, Predictions(validation, test).check())
