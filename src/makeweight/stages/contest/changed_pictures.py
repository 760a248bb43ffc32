"""Repeated pictures that an arm changes at random, for a learner that reads features of pictures."""

from dataclasses import replace

import numpy as np
import torch

from makeweight.balance.train_split import TrainSplit
from makeweight.core import paths
from makeweight.data.labelled import Labelled
from makeweight.learn.augment import AUGMENTATIONS
from makeweight.learn.features import Features
from makeweight.learn.training import as_picture
from makeweight.stages.contest.rows import PIXELS, without_pixels

BATCH = 256


def with_changed_pictures(split: TrainSplit, seed: int) -> TrainSplit:
    """The split with the features of changed pictures in the place of repeated ones', and without pixels.

    A network sees a repeated picture changed otherwise each time; features are computed once.
    """
    if PIXELS not in split.rows.inputs:
        return split
    rows = without_pixels(split.rows)
    if split.augmentations and split.synthetic.any():
        pictures = changed(split.rows.inputs[PIXELS][split.synthetic], split.augmentations, seed)
        features = np.array(rows.inputs["image"])
        features[split.synthetic] = Features.load(paths.LEARNERS).of_pictures(pictures)
        rows = Labelled({"image": features}, rows.labels)
    first = None if split.first is None else without_pixels(split.first)
    return replace(split, rows=rows, augmentations=(), first=first)


def changed(pictures: np.ndarray, augmentations: tuple[str, ...], seed: int) -> np.ndarray:
    """Each picture changed once, uint8 `(n, channels, size, size)`."""
    rng = torch.Generator().manual_seed(seed)
    parts = []
    for start in range(0, len(pictures), BATCH):
        batch = {"image": as_picture(torch.from_numpy(pictures[start : start + BATCH]))}
        for name in augmentations:
            batch = AUGMENTATIONS[name](batch, rng)
        parts.append(batch["image"].add(1).mul(127.5).round().clamp(0, 255).byte().contiguous().numpy())
    return np.concatenate(parts)
