"""Power transform, centring and unit length of points: what every prototype method does to its points first.

Power transform as in Yang et al. 2021, "Free lunch for few-shot learning" (Tukey's ladder of powers); centring and unit
length as in Wang et al. 2019, "SimpleShot".
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from makeweight.core.params import Section
from makeweight.core.ranges import SomeWeight


class NormalisationParams(Section):
    """The three steps, in this order."""

    power: SomeWeight
    """Each coordinate's absolute value is raised to this power and keeps its sign; 1 changes nothing."""
    centre: bool
    """Subtract the mean of the base rows."""
    unit_length: bool
    """Scale each point to length 1."""


UNIT_LENGTH = NormalisationParams(power=1.0, centre=False, unit_length=True)
"""How points are seen by a metric loss, and by the pair score of a siamese network."""


def variants(config: NormalisationParams) -> dict[str, NormalisationParams]:
    """The steps one after the other, so that a table can say what each one adds."""
    steps = {"none": NormalisationParams(power=1.0, centre=False, unit_length=False), "unit_length": UNIT_LENGTH}
    steps["centre_unit_length"] = UNIT_LENGTH.model_copy(update={"centre": True})
    power = config.power if config.power != 1 else 0.5
    steps["power_centre_unit_length"] = NormalisationParams(power=power, centre=True, unit_length=True)
    return steps


@dataclass(frozen=True)
class Normalisation:
    """The steps, fitted on base rows."""

    config: NormalisationParams
    centre: Tensor
    """`(width,)` mean of the base rows after the power transform."""

    @classmethod
    def fit(cls, base: Tensor, config: NormalisationParams) -> "Normalisation":
        """Fit on the points `(n, width)` of base rows."""
        return cls(config, powered(base, config.power).mean(0))

    def __call__(self, points: Tensor) -> Tensor:
        """Normalised points `(n, width)`."""
        points = powered(points, self.config.power)
        if self.config.centre:
            points = points - self.centre
        return F.normalize(points) if self.config.unit_length else points


def powered(points: Tensor, power: float) -> Tensor:
    """Absolute values raised to a power, with the sign that they had."""
    return points if power == 1 else torch.sign(points) * points.abs().pow(power)
