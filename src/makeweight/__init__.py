"""Makeweight: balance a data set with synthetic samples, and measure whether that helped."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from makeweight.balance.sampler import GANSampler
    from makeweight.trial.compare import compare

__version__ = "0.1.0"
__all__ = ["GANSampler", "__version__", "compare"]


def __getattr__(name: str) -> Any:
    """Import what is used when it is first used: stages import this package, and not all of them need torch."""
    if name == "GANSampler":
        from makeweight.balance.sampler import GANSampler

        return GANSampler
    if name == "compare":
        from makeweight.trial.compare import compare

        return compare
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
