"""The types of numbers in parameters: each states its range, so that one out of it is refused where it is read.

The upper ends are far above what anybody uses: what is above them would fill the memory, or overflow, hours later.
"""

from typing import Annotated, TypeVar

from pydantic import Field

MOST = 10**9

LARGEST_SEED = 2**31 - 1

Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
"""Of random numbers; numpy accepts none from 2**32 on, and stages add small numbers to it."""
Count = Annotated[int, Field(ge=1, le=MOST)]
CountOrNone = Annotated[int, Field(ge=0, le=MOST)]
"""How many, where none is a choice."""
TwoOrMore = Annotated[int, Field(ge=2, le=65_536)]
Folds = Annotated[int, Field(ge=2, le=1000)]
"""Of a cross-validation: with one, no row could be predicted by a model that has not seen it."""
Size = Annotated[int, Field(ge=1, le=65_536)]
"""Of a layer or a vector, in numbers; of a group of rows or of pieces."""
Pixels = Annotated[int, Field(ge=1, le=16_384)]
"""Of an edge."""

Share = Annotated[float, Field(ge=0, le=1)]
SomeShare = Annotated[float, Field(gt=0, le=1)]
PartShare = Annotated[float, Field(gt=0, lt=1)]
"""Neither nothing nor all."""
Decay = Annotated[float, Field(ge=0, lt=1)]
"""Of a moving average: with 1 it would never move."""
HalfShare = Annotated[float, Field(ge=0, le=0.5)]
CropShare = Annotated[float, Field(ge=0, lt=0.5)]
"""Of a picture, cropped off a side."""
LearningRate = Annotated[float, Field(gt=0, le=1)]

Amount = Annotated[float, Field(ge=0, le=MOST)]
SomeAmount = Annotated[float, Field(gt=0, le=MOST)]
Weight = Annotated[float, Field(ge=0, le=1e6)]
"""Of a term in a sum, or a standard deviation: 0 switches it off."""
SomeWeight = Annotated[float, Field(gt=0, le=1e6)]
Factor = Annotated[float, Field(ge=1, le=1e6)]
"""A number of times."""
Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]
"""Any place on a line."""
Number = Annotated[float, Field(ge=-1e15, le=1e15)]
"""Any."""
Perplexity = Annotated[float, Field(ge=1, le=10_000)]
"""Of t-SNE: about how many neighbours a point has."""

T = TypeVar("T")
Several = Annotated[tuple[T, ...], Field(min_length=1)]
"""One or more."""
