"""What the stage `learners` wrote, for the stages that train classifiers: features of rows, chosen parameters."""

from typing import Any

from makeweight.core import paths
from makeweight.core.reading import read_record
from makeweight.learn.features import read_array


def read_parameters() -> dict[str, dict[str, int | float]]:
    """View -> the parameters that were chosen by predictions out of fold on real train rows."""
    return read_record(paths.LEARNERS / "parameters.json", dict[str, dict[str, int | float]])


def read_features(rows: str, modality: str) -> Any:
    """The features of one modality, float32 `(n, width)`, dense or sparse.

    Args:
        rows: `real`, or a file of synthetic rows in data/sample.
        modality: `image` or `text`.
    """
    return read_array(paths.LEARNERS / f"{rows}.{modality}")
