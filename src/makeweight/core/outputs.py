"""The only writer of metrics/ and plots/: flat JSON of numbers, CSV tables, PNG pictures, each written atomically."""

import math
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makeweight.core import files, paths

if TYPE_CHECKING:  # together a second to import: stages that write numbers only do without
    import pandas as pd
    from matplotlib.figure import Figure
    from PIL import Image


DIGITS = 6
"""Significant digits of numbers under metrics/ and plots/: more would differ from one kind of processor to another."""


def metrics_path(stage: str, cell: str | None = None) -> Path:
    """Return metrics/<stage>.json, or metrics/<stage>/<cell>.json."""
    return paths.METRICS / (f"{stage}.json" if cell is None else f"{stage}/{cell}.json")


def write_metrics(
    stage: str, numbers: Mapping[str, float], cell: str | None = None, words: Mapping[str, str] | None = None
) -> None:
    """Write a flat mapping of dotted names to finite numbers; integers stay integers, others are `stable`.

    Args:
        stage: whose numbers they are.
        numbers: by name.
        cell: of the stage, where it has cells.
        words: such as the name of an arm, which DVC shows beside the numbers.

    Raises:
        ValueError: a number is NaN or infinite, which JSON cannot write.
    """
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise ValueError(f"metric {stage}:{name} is {number}")
    flat = {name: python_number(number) for name, number in numbers.items()} | dict(words or {})
    files.write_json(metrics_path(stage, cell), dict(sorted(flat.items())))


def python_number(number: float) -> int | float:
    """Return a number of any numeric library as `int`, or as a `stable` float."""
    return int(number) if float(number).is_integer() and not isinstance(number, float) else stable(float(number))


def stable(number: float) -> float:
    """Return a number with `DIGITS` significant digits, and the whole part in full; never a negative zero."""
    if number == 0 or not math.isfinite(number):
        return number + 0.0
    return round(number, max(0, DIGITS - 1 - math.floor(math.log10(abs(number))))) + 0.0


def stable_values(value: Any) -> Any:
    """Return a record with every float in it `stable`, however deep."""
    if isinstance(value, Mapping):
        return {key: stable_values(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [stable_values(one) for one in value]
    return stable(value) if isinstance(value, float) else value


def write_record(stage: str, name: str, record: Mapping[str, Any]) -> None:
    """Write a record of words and numbers below plots/, floats as `stable` as in metrics; `name` ends in .json."""
    files.write_json(plot_path(stage, name), stable_values(record))


def plot_path(stage: str, name: str, cell: str | None = None) -> Path:
    """Return plots/<stage>/<name>, or plots/<stage>/<cell>/<name>."""
    return paths.PLOTS / stage / name if cell is None else paths.PLOTS / stage / cell / name


def write_csv(stage: str, name: str, table: "pd.DataFrame", cell: str | None = None) -> None:
    """Write a table that `dvc plots` can draw, numbers as `stable` as in metrics; `name` ends in .csv.

    What a spreadsheet would run as a formula has an apostrophe, which the reader in `results` takes off.
    """
    from makeweight.core import formulas

    text = formulas.guarded(table).to_csv(index=False, float_format=float_text, lineterminator="\n")
    files.write_text(plot_path(stage, name, cell), text)


def float_text(number: float) -> str:
    """Return a `stable` number in its shortest form, whole ones without a point."""
    return f"{stable(number):.15g}"


def write_png(stage: str, name: str, picture: "Figure | Image.Image", cell: str | None = None) -> None:
    """Write a figure or a picture as PNG whose bytes depend on the content only; `name` ends in .png."""
    with files.replacing(plot_path(stage, name, cell)) as partial:
        partial.write_bytes(png_bytes(picture))


def png_bytes(picture: "Figure | Image.Image") -> bytes:
    """Return a picture as PNG; each text of a figure as it is written: a class may be called `$x`, no formula."""
    from PIL import Image

    buffer = BytesIO()
    if isinstance(picture, Image.Image):
        picture.save(buffer, format="PNG", optimize=True)
        return buffer.getvalue()
    import matplotlib
    from matplotlib.text import Text

    for text in picture.findobj(lambda artist: isinstance(artist, Text)):
        assert isinstance(text, Text)
        text.set_parse_math(False)
    with matplotlib.rc_context({"text.parse_math": False}):  # for texts that are made while it is drawn
        picture.savefig(buffer, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    return buffer.getvalue()
