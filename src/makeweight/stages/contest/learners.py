"""One learner per view, each with the same effort whatever the train split holds."""

from collections.abc import Callable
from typing import Any

from makeweight.core.params import Section
from makeweight.learn.training import TrainingParams
from makeweight.stages.contest.networks import ImageParams, TabularParams, learn_image, learn_tabular, learn_text
from makeweight.stages.contest.task import Predictions, Task
from makeweight.stages.contest.trees import TreesParams, learn_trees


class LearnersParams(Section):
    """One section per view."""

    image: ImageParams
    tabular: TabularParams
    text: TrainingParams
    trees: TreesParams


LEARNERS: dict[str, Callable[[Task, Any], Predictions]] = {
    "image": learn_image,
    "tabular": learn_tabular,
    "text": learn_text,
    "trees": learn_trees,
}
"""View -> its learner; the learner's parameters have the same name in `LearnersParams`."""

VIEWS = {"image": "image", "tabular": "tabular", "trees": "tabular", "text": "text"}
"""View -> the modality that it learns from."""
