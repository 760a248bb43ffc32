"""The distribution of an uploaded column as small bars, before anything is done with it."""

from __future__ import annotations

from markupsafe import Markup

from makeweight.app.columns import Column
from makeweight.app.csv_table import Upload
from makeweight.results.markup import join, tag

BARS = 12
MOST_STATES = 8
"""Most bars of a column of categories; the other states are told as a number."""
WIDTH, HEIGHT = 96, 28


def shape_of(upload: Upload, column: Column) -> Markup:
    """Plot a column: numbers in equal steps from the smallest to the largest, categories by frequency."""
    import numpy as np

    cells = upload.table[column.name]
    values = column.reading.values.dropna().to_numpy(float) if column.kind in ("number", "whole") else np.empty(0)
    values = values[np.isfinite(values)]
    if len(values) > 1 and values.min() < values.max():
        counts, edges = np.histogram(values, bins=BARS)
        return bars([int(count) for count in counts], f"{edges[0]:.6g} to {edges[-1]:.6g}")
    states = cells[cells.astype(bool)].value_counts()
    if column.kind != "category" or not len(states):
        return Markup("")
    others = f", {len(states) - MOST_STATES} more" if len(states) > MOST_STATES else ""
    told = ", ".join(f"{name} {count:,}" for name, count in states.head(3).items())
    return bars([int(count) for count in states.head(MOST_STATES)], f"most frequent: {told}{others}")


def bars(counts: list[int], label: str) -> Markup:
    """Render counts as bars."""
    step, most = WIDTH / len(counts), max(counts) or 1
    marks = [
        tag("rect", x=round(step * index, 2), y=round(HEIGHT * (1 - count / most), 2), width=round(0.85 * step, 2),
            height=round(HEIGHT * count / most, 2))
        for index, count in enumerate(counts)
    ]  # fmt: skip
    size: dict[str, str | float] = {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "width": WIDTH, "height": HEIGHT}
    return tag("svg", join(marks), role="img", aria_label=label, class_="shape", **size)
