"""The parts of the page, and the elements that they are made of."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

import pandas as pd
from markupsafe import Markup
from PIL import Image

from makeweight.results.markup import cell_text, join, tag
from makeweight.results.run import Run

LARGE_PICTURE = 40_000
"""Bytes of a PNG from which on its pixels are not kept exactly where they need not be."""
QUALITY = 75
MOST_ROWS = 100
"""Rows that the page shows of a series that no chapter shows in words of its own."""


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    anchor: str
    title: str
    lead: str
    body: Markup


@dataclass(frozen=True)
class Chapter:
    """How to make a section: its stages, the first of which is named where it is missing, and what renders it."""

    anchor: str
    title: str
    lead: str
    stages: tuple[str, ...]
    render: Callable[[Run], Markup]

    def section(self, run: Run) -> Section:
        """The section; pictures and series of its stages that `render` did not ask for come last."""
        body = self.render(run) or not_made_yet(self.stages[0])
        others = [other_file(parts, run) for stage in self.stages for parts in run.folders.not_shown(stage)]
        return Section(self.anchor, self.title, self.lead, join([body, *others]))


def other_file(parts: tuple[str, ...], run: Run) -> Markup:
    """A picture or a series, to be opened under its path; nothing for a series without rows, and for other files."""
    path = "/".join(["plots", *parts])
    if path.endswith(".png"):
        return details(path, figure(run.folders.picture(*parts), path))
    series = run.folders.series(*parts) if path.endswith(".csv") else None
    if series is None or series.empty:
        return Markup("")
    title = path if len(series) <= MOST_ROWS else f"{path}: the first {MOST_ROWS} of {len(series):,} rows"
    return details(title, table(series.head(MOST_ROWS)))


def not_made_yet(stage: str) -> Markup:
    """The note in the place of a missing part."""
    return tag("p", Markup("Not made yet: <code>dvc repro {}</code>").format(stage), class_="missing")


def facts(pairs: Sequence[tuple[str, str]]) -> Markup:
    """A few big numbers with their names."""
    items = [tag("div", join([tag("dt", name), tag("dd", value)])) for name, value in pairs]
    return tag("dl", join(items), class_="facts")


def picture_address(png: bytes, is_exact: bool = True) -> str:
    """A picture as an address, so that the page needs no other file.

    Args:
        png: the picture.
        is_exact: whether each pixel is kept; else a large picture is written at the quality of a good photograph.
    """
    small = as_webp(png, is_exact or len(png) <= LARGE_PICTURE)
    kind, content = ("webp", small) if len(small) < len(png) else ("png", png)
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def as_webp(png: bytes, is_exact: bool) -> bytes:
    """A PNG as WebP, a third smaller with the same pixels, and a fifth of its size with nearly the same."""
    buffer = BytesIO()
    with Image.open(BytesIO(png)) as picture:
        picture.save(buffer, "WEBP", lossless=is_exact, quality=QUALITY, method=6)
    return buffer.getvalue()


def figure(png: bytes | None, description: str, caption: str = "", is_exact: bool = False) -> Markup:
    """A picture with its description, loaded as it comes into view; nothing where there is no picture."""
    if png is None:
        return Markup("")
    image = Markup('<img src="{}" alt="{}" loading="lazy" decoding="async">')
    image = image.format(picture_address(png, is_exact), description)
    return tag("figure", join([image, tag("figcaption", caption or description)]))


def table(
    rows: pd.DataFrame, text_columns: Sequence[str] = (), best: Sequence[bool] | None = None, digits: int = 3
) -> Markup:
    """A table; `text_columns` and the first column are on the left, `best` marks rows."""
    on_left = {*text_columns, rows.columns[0]}
    classes = ["words-column" if name in on_left else "" for name in rows.columns]
    head = [tag("th", str(name), scope="col", class_=side) for name, side in zip(rows.columns, classes, strict=True)]
    body = []
    for index, values in enumerate(rows.itertuples(index=False)):
        cells = [tag("td", cell_text(value, digits), class_=side) for value, side in zip(values, classes, strict=True)]
        body.append(tag("tr", join(cells), class_="best" if best is not None and best[index] else ""))
    whole = tag("table", join([tag("thead", tag("tr", join(head))), tag("tbody", join(body))]))
    return Markup('<div class="scroll" tabindex="0" role="group" aria-label="table: {}">{}</div>').format(
        rows.columns[0], whole
    )


def table_of(lines: Sequence[dict[str, object]], text_columns: Sequence[str] = (), digits: int = 3) -> Markup:
    """A table of lines with the same columns; nothing without lines."""
    return table(pd.DataFrame(lines, dtype=object), text_columns, digits=digits) if lines else Markup("")


def details(title: str, body: Markup, is_open: bool = False) -> Markup:
    """Something that opens on demand."""
    inside = join([tag("summary", title), body])
    return Markup("<details open>{}</details>").format(inside) if is_open else tag("details", inside)


def titled(title: str, body: Markup) -> Markup:
    """Something below a small title."""
    return tag("div", join([tag("h3", title), body]))
