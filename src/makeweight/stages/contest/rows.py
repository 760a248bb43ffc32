"""The rows of a view as its learner reads them: features where there are some, else as the codecs encoded them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from makeweight.data import samples
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled
from makeweight.learn import views
from makeweight.learn.learners_folder import read_features
from makeweight.stages.contest.origins import nearest_rows

PIXELS = "pixels"
"""Beside features, the pictures that they were computed from, where an arm changes pictures."""


@dataclass(frozen=True)
class ViewRows:
    """All real rows of a view, split by split, and synthetic rows by file."""

    splits: Mapping[str, Labelled]
    pools: Mapping[str, Labelled]

    def origins(self) -> dict[str, np.ndarray]:
        """File of synthetic rows -> the number of the train row that each is nearest to, int `(n,)`."""
        train = without_pixels(self.splits["train"])
        return {name: nearest_rows(without_pixels(pool), train) for name, pool in self.pools.items()}

    def apart(self, origins: Mapping[str, np.ndarray], held_out: np.ndarray) -> "ViewRows":
        """The rows without the synthetic ones that are nearest to a train row where `held_out`, bool `(n,)`, is true.

        An engine is trained on all train rows. What it made of the held-out ones would tell a learner about them, and
        predictions out of fold would look better than those of new rows.
        """
        pools = {name: pool.take(~held_out[origins[name]]) for name, pool in self.pools.items()}
        return replace(self, pools=pools)


def read_view_rows(view: str, data: Encoded, pools: Mapping[str, Labelled], with_pixels: bool) -> ViewRows:
    """The rows of a view.

    Args:
        view: a name in `learn.views.VIEWS`.
        data: the encoded real rows.
        pools: synthetic rows as the codecs encode them, by file in data/sample.
        with_pixels: whether pictures are wanted beside their features.
    """
    modality = views.VIEWS[view]
    if view not in views.FEATURES:
        splits = {name: data.split(name).only(modality) for name in samples.SPLITS}
        return ViewRows(splits, {name: pool.only(modality) for name, pool in pools.items()})
    labels = {name: data.labels(name) for name in samples.SPLITS}
    real = read_features("real", modality)
    inputs: dict[str, dict[str, Any]] = {name: {modality: real[data.rows(name)]} for name in samples.SPLITS}
    added = {name: {modality: read_features(name, modality)} for name in pools}
    if with_pixels and modality == "image":
        for name in samples.SPLITS:
            inputs[name][PIXELS] = np.asarray(data.arrays[modality][data.rows(name)])
        for name, pool in pools.items():
            added[name][PIXELS] = pool.inputs[modality]
    return ViewRows(
        {name: Labelled(inputs[name], labels[name]) for name in samples.SPLITS},
        {name: Labelled(added[name], pools[name].labels) for name in pools},
    )


def without_pixels(rows: Labelled) -> Labelled:
    """The rows without pictures beside their features."""
    return Labelled({name: array for name, array in rows.inputs.items() if name != PIXELS}, rows.labels)
