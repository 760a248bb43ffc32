"""An estimate with its interval."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A mean with the interval around it."""

    mean: float
    low: float
    high: float
    p: float = 1.0
    """The chance of a mean as far from 0 if the truth were 0; 1 where it was not computed."""
    detectable: float = 0.0
    """The smallest true difference that would be shown in 80 of 100 experiments; 0 where it was not computed."""

    def points(self) -> "Interval":
        """The same in points of a hundred."""
        return Interval(100 * self.mean, 100 * self.low, 100 * self.high, self.p, 100 * self.detectable)
