"""The contest's learners in E1 and E2, beside the three networks: what the networks' scores are to be held against."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled
from makeweight.learn import views
from makeweight.learn.learners_folder import read_features
from makeweight.learn.linear_model import LinearModel
from makeweight.learn.trees import fit_chosen_trees
from makeweight.stages.classify.splits import Splits
from makeweight.stages.classify.training import ORIGINS, Classifier

VIEWS = ("text", "image", "trees", "tabular")
"""Those of the contest's views that take seconds, in the order of the tables."""


def input_name(view: str) -> str:
    """The input of the rows that a view learns from: the features of its modality, or the rows as they are encoded."""
    modality = views.VIEWS[view]
    return f"features of {modality}" if view in views.FEATURES else modality


def with_features(data: Encoded, name: str, rows: Labelled, chosen: np.ndarray | None = None) -> Labelled:
    """The rows with the features that the stage `learners` computed for them.

    They were fitted on the real train rows without labels: the same for both origins, so that only labels and rows
    differ.

    Args:
        data: the encoded real rows.
        name: of the rows in data/learners: `real`, or an engine.
        rows: as the codecs encode them.
        chosen: which of the rows there these are; None: all.
    """
    inputs: dict[str, Any] = dict(rows.inputs)
    for view in views.FEATURES:
        if views.VIEWS[view] in data.modalities:
            array = read_features(name, views.VIEWS[view])
            inputs[input_name(view)] = array if chosen is None else array[chosen]
    return Labelled(inputs, rows.labels)


def train_learner(
    origin: str, view: str, splits: Mapping[str, Splits], classes: int, chosen: Mapping[str, float], seed: int
) -> Classifier:
    """Fit one learner on one origin's train rows and predict the test rows of both origins; it decides by argmax."""
    name, train = input_name(view), splits[origin]["train"]
    model: Any
    if view == "trees":
        model = fit_chosen_trees(train.inputs[name], train.labels, classes, chosen, seed)
    else:
        model = LinearModel.fit(train.inputs[name], train.labels, classes, chosen["strength"])
    tests = {tested_on: splits[tested_on]["test"].inputs[name] for tested_on in ORIGINS}
    return Classifier(origin, view, {tested_on: model.predict(x).argmax(1) for tested_on, x in tests.items()})
