"""What the engines make, to look at: sheets of pictures on public data, and whole listings of the last run."""

import re
from pathlib import Path

from makeweight.core.names import shortened
from makeweight.results.benchmarks import FOLDER
from makeweight.results.markup import cell_text
from makeweight.results.picture_sheets import read_picture_sheets
from makeweight.results.run import Run
from makeweight.tools.tables.last_run import NO_RUN
from makeweight.tools.tables.markdown import markdown_table
from makeweight.tools.tables.public import NOT_MEASURED, link

LISTING = ("title", "description", "origin", "price")
LONGEST = 90
"""Letters of a cell; the middle of longer texts is left out."""
MARKS = re.compile(r"([\\`*_{}\[\]<>|])")
"""What Markdown would not show as it stands."""


def sheets(folder: Path = FOLDER, page: Path = Path("docs")) -> str:
    """One sheet per data set, a row per engine, as seen from the page's folder; then the updates of each engine."""
    found = read_picture_sheets(folder)
    if not found.sheets:
        return NOT_MEASURED
    shown = [f"**{path.stem}**\n\n![{path.stem}, a row per engine]({link(path, page)})" for path in found.sheets]
    rows = [[one.data, one.engine, cell_text(one.updates, 0), cell_text(one.seconds, 0)] for one in found.trainings]
    table = [markdown_table(["data set", "engine", "updates", "seconds"], rows, words=2)] if rows else []
    return "\n\n".join([*shown, *table])


def listings(run: Run, page: Path = Path("docs")) -> str:
    """Whole samples of each engine, as the stage `sample` chose them: the pictures side by side, then the texts."""
    parts = []
    for engine in (synthetic.engine for synthetic in run.synthetic):
        rows = [
            [str(place), *(cell(example.values.get(name)) for name in ("label", *LISTING))]
            for place, example in enumerate(run.examples(engine), 1)
        ]
        if rows:
            picture = run.folders.plots / "sample" / engine / "listings.png"
            parts.append(f"**{engine}**")
            parts += [f"![The pictures of the listings below]({link(picture, page)})"] if picture.is_file() else []
            parts.append(markdown_table(["", "class", *LISTING], rows, words=1 + len(LISTING)))
    return "\n\n".join(parts) or NO_RUN


def cell(value: object) -> str:
    """A value as text in a table: one line, not too long, with marks of Markdown shown as they stand."""
    line = " ".join(cell_text(value).split())
    return MARKS.sub(r"\\\1", shortened(line, LONGEST))
