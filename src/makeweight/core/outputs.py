"""The only writer of metrics/ and plots/: flat JSON numbers, CSV tables and PNG pictures, each written atomically."""

import math
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from makeweight.core import files, formulas, paths

matplotlib.rcParams["text.parse_math"] = False  # a class may be called `$x`, which is no formula


def metrics_path(stage: str, cell: str | None = None) -> Path:
    """Return metrics/<stage>.json, or metrics/<stage>/<cell>.json."""
    return paths.METRICS / (f"{stage}.json" if cell is None else f"{stage}/{cell}.json")


def write_metrics(stage: str, numbers: Mapping[str, float], cell: str | None = None) -> None:
    """Write a flat mapping of dotted names to finite numbers; integers stay integers, others keep 6 decimals.

    Raises:
        ValueError: a number is NaN or infinite, which JSON cannot write.
    """
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise ValueError(f"metric {stage}:{name} is {number}")
    flat = {name: python_number(numbers[name]) for name in sorted(numbers)}
    files.write_json(metrics_path(stage, cell), flat)


def python_number(number: float) -> int | float:
    """Return a number of any numeric library as `int`, or as `float` with 6 decimals."""
    return int(number) if float(number).is_integer() and not isinstance(number, float) else round(float(number), 6)


def plot_path(stage: str, name: str, cell: str | None = None) -> Path:
    """Return plots/<stage>/<name>, or plots/<stage>/<cell>/<name>."""
    return paths.PLOTS / stage / name if cell is None else paths.PLOTS / stage / cell / name


def write_csv(stage: str, name: str, table: pd.DataFrame, cell: str | None = None) -> None:
    """Write a table that `dvc plots` can draw, with six significant digits; `name` ends in .csv.

    What a spreadsheet would run as a formula has an apostrophe, which the reader in `results` takes off.
    """
    text = formulas.guarded(table).to_csv(index=False, float_format="%.6g", lineterminator="\n")
    files.write_text(plot_path(stage, name, cell), text)


def write_png(stage: str, name: str, picture: Figure | Image.Image, cell: str | None = None) -> None:
    """Write a figure or a picture as PNG whose bytes depend on the content only; `name` ends in .png."""
    buffer = BytesIO()
    if isinstance(picture, Figure):
        picture.savefig(buffer, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    else:
        picture.save(buffer, format="PNG", optimize=True)
    with files.replacing(plot_path(stage, name, cell)) as partial:
        partial.write_bytes(buffer.getvalue())
