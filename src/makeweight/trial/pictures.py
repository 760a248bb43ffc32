"""Pictures as learners and engines read them: patch features of squares of bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from makeweight.balance.sampler_pictures import PictureContent
from makeweight.core.errors import InputError
from makeweight.data.labelled import Inputs
from makeweight.learn.patches import PatchFeatures, PatchParams
from makeweight.trial.rows import SplitRows

PATCHES = PatchParams(
    side=32, patch_size=6, filters=100, threshold=0.25, pictures_to_learn=2000, patches_to_learn=30_000
)
"""As in the pipeline, with half of its filters: the time for a picture halves, and little is lost."""


@dataclass(frozen=True)
class PictureRows:
    """Pictures of one size."""

    encoded: np.ndarray
    """uint8 `(n, channels, size, size)`."""
    content: PictureContent
    notes: tuple[str, ...] = ()
    views: tuple[str, ...] = ("image",)

    @classmethod
    def of(cls, rows: np.ndarray, shape: Sequence[int] | None) -> "PictureRows":
        """Read an array of pictures; their range of numbers becomes that of bytes.

        Raises:
            InputError: the shape is not one of pictures, or pixels are missing.
        """
        content = PictureContent.fit(rows, shape)
        return cls(content.encoded, content, content.told)

    def __len__(self) -> int:
        return len(self.encoded)

    @property
    def width(self) -> int:
        """Numbers of a row: its patch features."""
        return 8 * PATCHES.filters

    def taken(self, rows: np.ndarray) -> "PictureRows":
        """The rows at these positions."""
        return PictureRows(self.encoded[rows], self.content, self.notes)

    def split(self, train: np.ndarray, test: np.ndarray, seed: int) -> SplitRows:
        """Both parts as patch features, whose filters are learned from the train pictures."""
        own = self.encoded[train]
        features = PatchFeatures.fit(own, PATCHES, seed)

        def as_read(rows: np.ndarray) -> Inputs:
            return {"image": features.transform(rows)}

        unseen = {"image": features.transform(self.encoded[test])}
        return SplitRows({"image": features.transform(own)}, unseen, own, self.content.spec, as_read, {})


def as_array(given: Any) -> Any:
    """Return a list of pictures of Pillow, or of arrays, as one array; anything else as it is.

    Raises:
        InputError: the pictures differ in size.
    """
    if not isinstance(given, list | tuple) or not given:
        return given
    is_pillow = hasattr(given[0], "convert") and hasattr(given[0], "size")
    if not is_pillow and np.ndim(given[0]) < 2:
        return given
    pictures = [np.asarray(one.convert("RGB") if hasattr(one, "convert") else one) for one in given]
    shapes = {picture.shape for picture in pictures}
    if len(shapes) > 1:
        one, other = sorted(shapes)[:2]
        raise InputError(f"X: pictures of several sizes, {one} and {other}; all of one size would be right")
    return np.stack(pictures)
