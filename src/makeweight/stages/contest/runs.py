"""All trainings of one arm: every view with every seed, and the late fusion of the views."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from makeweight.balance.smote import Smote
from makeweight.balance.train_split import Balancer, full_balance, real_split
from makeweight.core import workers
from makeweight.data import samples
from makeweight.data.encoded import Encoded
from makeweight.learn.fusion import fuse, fusion_weights
from makeweight.stages.contest.arms import PreparedArm
from makeweight.stages.contest.learners import LEARNERS, VIEWS, LearnersParams
from makeweight.stages.contest.smote_features import learn_image_by_smote
from makeweight.stages.contest.task import Predictions, Task

FUSION = "fusion"

SLOWEST_FIRST = ("image", "trees", "tabular", "text")
"""The order in which views are trained, so that several workers end together."""


@dataclass(frozen=True)
class Outcome:
    """The predictions of one view with one seed, or why there are none."""

    seed: int
    view: str
    predictions: Predictions | None
    failure: str = ""


def run_arm(
    arm: PreparedArm, data: Encoded, learners: LearnersParams, seeds: Sequence[int], device: torch.device
) -> list[Outcome]:
    """Every view with every seed, and the late fusion of the views where there are several."""
    train, validation, test = (data.split(name) for name in samples.SPLITS)
    split = real_split(train, len(data.classes))
    target = full_balance(train.labels, len(data.classes))
    views = [view for view in SLOWEST_FIRST if VIEWS[view] in data.modalities]

    def work(job: tuple[str, int]) -> Outcome:
        view, seed = job
        modality = VIEWS[view]
        task = Task(split.of(modality), validation.only(modality), test.only(modality), seed, device)
        try:
            return Outcome(seed, view, learn(arm.balancer, view, task, target, learners))
        except FloatingPointError as failure:
            return Outcome(seed, view, None, str(failure))

    outcomes = workers.run_all(work, [(view, seed) for view in views for seed in seeds], device)
    return outcomes + fusions(outcomes, validation.labels, views)


def learn(balancer: Balancer, view: str, task: Task, target: np.ndarray, config: LearnersParams) -> Predictions:
    """Balance the train split and train the view's learner on it; all views of a seed add the same rows.

    SMOTE alone balances the features of pictures, not the pictures. `task.train` is the split before balancing.
    """
    if view == "image" and isinstance(balancer, Smote):
        return learn_image_by_smote(task, config.image, balancer, target)
    balanced = replace(task, train=balancer.balance(task.train, target, np.random.default_rng(task.seed)))
    return LEARNERS[view](balanced, getattr(config, view))


def fusions(outcomes: Sequence[Outcome], labels: np.ndarray, views: Sequence[str]) -> list[Outcome]:
    """The late fusion of each seed; none where there is one view only, or where a view of the seed failed."""
    if len(views) < 2:
        return []
    fused = []
    for seed in sorted({outcome.seed for outcome in outcomes}):
        complete = [one.predictions for one in outcomes if one.seed == seed and one.predictions is not None]
        if len(complete) < len(views):
            fused.append(Outcome(seed, FUSION, None, "a view of this seed failed"))
        else:
            fused.append(Outcome(seed, FUSION, fuse_predictions(complete, labels)))
    return fused


def fuse_predictions(views: Sequence[Predictions], labels: np.ndarray) -> Predictions:
    """The late fusion of the views' predictions, with weights chosen on the validation rows of these labels."""
    weights = fusion_weights([view.validation for view in views], labels)
    validation = fuse([view.validation for view in views], weights)
    test = fuse([view.test for view in views], weights)
    return Predictions(validation.astype(np.float32), test.astype(np.float32)).check()
