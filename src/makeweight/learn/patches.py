"""Features of pictures without a trained network: how strongly whitened patches answer to centroids of train patches.

Coates, Lee and Ng 2011, "An analysis of single-layer networks in unsupervised feature learning"; both signs of a soft
threshold as in Coates and Ng 2011, "The importance of encoding versus training". No label is used.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from makeweight.core import files, workers
from makeweight.core.params import Section
from makeweight.core.ranges import Count, Pixels, Size, Weight
from makeweight.core.reading import reading

PATCH_VARIANCE = 10.0
"""Added to a patch's variance (grey levels 0 to 255), so that flat patches do not become pure noise."""
WHITENING_VARIANCE = 0.1
"""Added to the variance of each principal component of the patches before whitening."""
SMALLEST_STD = 0.01
"""Added to a feature's standard deviation, so that features that hardly vary stay small."""
PATCH_STRIDE = 3
"""Centroids are learned from every third patch of a row and column: neighbours are almost equal."""
BATCH = {"cpu": 4, "cuda": 256}
"""Pictures per convolution; on a processor so few that the maps stay in its cache, which is twice as fast as 16."""
PART = 400
"""Pictures that one process works on at a time, with one thread: two threads share so little work badly."""


class PatchParams(Section):
    """How patch features are learned and computed."""

    side: Pixels
    """Pictures with a longer side are shrunk to this many pixels first, by means of areas."""
    patch_size: Pixels
    """Side of a patch in pixels; small pictures get smaller patches, see `patch_side`."""
    filters: Size
    """Number of centroids; a picture has 8 features for each: 2 signs in 4 quadrants."""
    threshold: Weight
    """Answers nearer to zero than this count as zero."""
    pictures_to_learn: Count
    """At most so many train pictures, chosen at random, give patches, and each feature's mean and deviation."""
    patches_to_learn: Count
    """At most so many patches, chosen at random, give the whitening and the centroids."""


@dataclass(frozen=True)
class PatchFeatures:
    """Features of pictures of one size, fitted on train pictures."""

    side: int
    threshold: float
    filters: np.ndarray
    """float32 `(filters, channels, patch, patch)`: whitened centroids of length 1, without the mean of each filter."""
    offsets: np.ndarray
    """float32 `(filters,)`: each filter's answer to the mean patch."""
    means: np.ndarray
    stds: np.ndarray
    """float32 `(8 * filters,)`: the train features' standard deviations, `SMALLEST_STD` more."""

    @classmethod
    def fit(cls, pictures: np.ndarray, config: PatchParams, seed: int) -> "PatchFeatures":
        """Learn filters, means and deviations from train pictures, uint8 `(n, channels, height, width)`."""
        rng = np.random.default_rng(seed)
        if len(pictures) > config.pictures_to_learn:
            pictures = pictures[np.sort(rng.choice(len(pictures), config.pictures_to_learn, replace=False))]
        shrunk = prepared(pictures, config.side)
        channels, size = shrunk.shape[1], patch_side(min(shrunk.shape[2:]), config.patch_size)
        patches = some_patches(shrunk, size, config.patches_to_learn, rng)
        filters, offsets = learned_filters(patches, config.filters, seed)
        filters = filters.reshape(-1, channels, size, size)
        zeros, ones = (np.full(8 * len(filters), value, dtype=np.float32) for value in (0, 1))
        plain = cls(config.side, config.threshold, filters, offsets, zeros, ones).transform(pictures)
        means = plain.mean(0, dtype=np.float64).astype(np.float32)
        stds = (plain.std(0, dtype=np.float64) + SMALLEST_STD).astype(np.float32)
        return cls(config.side, config.threshold, filters, offsets, means, stds)

    def transform(self, pictures: np.ndarray, device: str | torch.device = "cpu") -> np.ndarray:
        """Return the standardised features of uint8 pictures, float32 `(n, 8 * filters)`.

        A feature is the root of the mean over a quadrant of one filter's answers above the threshold, or below minus
        the threshold. The root keeps rare strong answers from outweighing all else.
        """
        place = torch.device(device)
        starts = range(0, len(pictures), PART)
        parts = workers.run_all(lambda start: self.answered(pictures[start : start + PART], place), starts, place)
        features = np.concatenate(parts) if parts else np.empty((0, 8 * len(self.filters)), dtype=np.float32)
        features -= self.means
        features /= self.stds
        return features

    def answered(self, pictures: np.ndarray, device: torch.device) -> np.ndarray:
        """Return the features before they are standardised."""
        features = np.empty((len(pictures), 8 * len(self.filters)), dtype=np.float32)
        filters, offsets = (torch.from_numpy(array).to(device) for array in (self.filters, self.offsets))
        size = BATCH[device.type]
        for start in range(0, len(pictures), size):
            batch = prepared(pictures[start : start + size], self.side).to(device)
            features[start : start + size] = pooled(answers(batch, filters, offsets), self.threshold).cpu().numpy()
        return features

    def save(self, path: Path) -> None:
        """Write everything as one .npz file."""
        with files.replacing(path) as partial, partial.open("wb") as file:
            np.savez(file, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "PatchFeatures":
        """Read what `save` wrote."""
        with reading(path), np.load(path, allow_pickle=False) as arrays:
            side, threshold = int(arrays["side"]), float(arrays["threshold"])
            return cls(side, threshold, *(arrays[name] for name in ("filters", "offsets", "means", "stds")))


def patch_side(picture: int, requested: int) -> int:
    """Return the side of patches for pictures of this side: at most a quarter of it, but at least 3 pixels.

    So a quadrant has room for several patches; 24 pixels and more have the usual 6, 8 pixels have 3.
    """
    return min(requested, max(3, picture // 4), picture)


def prepared(pictures: np.ndarray, side: int) -> Tensor:
    """Return pictures as float32 around zero, those with a side longer than `side` shrunk by means of areas."""
    values = torch.from_numpy(np.array(pictures)).float() - 127.5
    longest = max(values.shape[2:])
    if longest <= side:
        return values
    size = [max(1, round(length * side / longest)) for length in values.shape[2:]]
    return F.interpolate(values, size=size, mode="area")


def some_patches(pictures: Tensor, size: int, most: int, rng: np.random.Generator) -> np.ndarray:
    """Return at most `most` patches, each with mean 0 and variance below 1, float32 `(n, channels * size * size)`."""
    columns = F.unfold(pictures, size, stride=PATCH_STRIDE)
    patches = columns.transpose(1, 2).reshape(-1, columns.shape[1]).numpy()
    if len(patches) > most:
        patches = patches[rng.choice(len(patches), most, replace=False)]
    patches = patches - patches.mean(1, keepdims=True)
    return patches / np.sqrt(patches.var(1, keepdims=True) + PATCH_VARIANCE)


def learned_filters(patches: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return filters `(filters, values)` and offsets `(filters,)`: a patch is answered by `filters @ patch - offsets`.

    The whitening (ZCA) is folded into the filters. There are fewer than `count` where there are fewer patches.
    """
    import warnings

    from sklearn.cluster import MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    mean = patches.mean(0)
    centred = patches - mean
    values, vectors = np.linalg.eigh(centred.T.astype(np.float64) @ centred / max(1, len(patches) - 1))
    whitening = (vectors / np.sqrt(np.maximum(values, 0) + WHITENING_VARIANCE)) @ vectors.T
    whitened = (centred @ whitening).astype(np.float32)
    kmeans = MiniBatchKMeans(min(count, len(patches)), n_init=1, batch_size=1024, max_iter=10, random_state=seed)
    with warnings.catch_warnings():
        # Pictures of one colour have fewer distinct patches than centroids: then some centroids are equal.
        warnings.simplefilter("ignore", ConvergenceWarning)
        centroids = kmeans.fit(whitened).cluster_centers_.astype(np.float64)
    centroids /= np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-12)
    filters = centroids @ whitening
    offsets = filters @ mean
    # A patch's own mean is taken away by a filter whose values sum to zero.
    filters -= filters.mean(1, keepdims=True)
    return filters.astype(np.float32), offsets.astype(np.float32)


def answers(pictures: Tensor, filters: Tensor, offsets: Tensor) -> Tensor:
    """Return each filter's answer to each normalised patch, `(n, filters, rows, columns)`."""
    values, size = filters[0].numel(), filters.shape[2]
    ones = torch.ones(1, 1, size, size, device=pictures.device) / values
    mean = F.conv2d(pictures.sum(1, keepdim=True), ones)
    squares = F.conv2d(pictures.square().sum(1, keepdim=True), ones)
    std = (squares - mean.square()).clamp(min=0).add(PATCH_VARIANCE).sqrt()
    return F.conv2d(pictures, filters).div_(std).sub_(offsets[:, None, None])


def pooled(maps: Tensor, threshold: float) -> Tensor:
    """Return the root of the mean answer above the threshold, of both signs, per quadrant, `(n, 8 * filters)`.

    The maps are overwritten: new memory for each step can take more time than the step.
    """
    above = F.relu_(maps - threshold)
    below = F.relu_(maps.neg_().sub_(threshold))
    row, column = (max(1, length // 2) for length in maps.shape[2:])
    halves = [(slice(row), slice(column)), (slice(row, None), slice(column))]
    halves += [(slice(row), slice(column, None)), (slice(row, None), slice(column, None))]
    means = [sign[:, :, rows, columns].mean((2, 3)) for rows, columns in halves for sign in (above, below)]
    return torch.cat(means, 1).sqrt_()
