"""Tables with shaded cells. The shade is a class, in twenty steps, since a strict page forbids `style` attributes."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from makeweight.core.names import shortened
from makeweight.results.charts.interval_chart import text_of
from makeweight.results.markup import join, readable, signed, tag
from makeweight.results.values import Interval

STEPS = 20


def heat_table(
    labels: Sequence[str], counts: Sequence[Sequence[int]], rows: str = "actual", columns: str = "predicted"
) -> Markup:
    """A confusion matrix: counts, shaded by their share of the row; the diagonal is framed."""
    corner = tag("th", f"{rows} \u2193 / {columns} \u2192", scope="col", class_="corner")
    lines = [tag("tr", join([corner, *(column_head(label) for label in labels)]))]
    for row, label in enumerate(labels):
        total = sum(counts[row]) or 1
        cells = [heat_cell(count, count / total, column == row) for column, count in enumerate(counts[row])]
        lines.append(tag("tr", join([row_head(label), *cells])))
    return scrolled(lines)


def heat_cell(count: int, share: float, is_diagonal: bool) -> Markup:
    """One count; nothing for 0."""
    classes = [shade(share), "diagonal" if is_diagonal else ""]
    return tag("td", f"{count}" if count else "", class_=" ".join(filter(None, classes)))


def change_table(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], Interval],
    counts: Mapping[str, int] | None = None,
) -> Markup:
    """Signed changes by (row, column), shaded by their size; framed where the interval leaves out 0.

    `counts` are the test samples of a row, shown beside its name.
    """
    limit = max([1.0, *(abs(cell.mean) for cell in cells.values())])
    head = [tag("td", class_="corner")]
    head += [column_head("test samples")] if counts else []
    head += [*(column_head(readable(name)) for name in columns)]
    lines = [tag("tr", join(head))]
    for row in rows:
        changes = [change_cell(cells.get((row, column)), limit) for column in columns]
        count = [tag("td", f"{counts[row]:,}" if row in counts else "", class_="count")] if counts else []
        lines.append(tag("tr", join([row_head(row), *count, *changes])))
    return scrolled(lines)


def change_cell(change: Interval | None, limit: float) -> Markup:
    """One change, its interval on hover; an empty cell where there is none."""
    if change is None:
        return tag("td")
    classes = ["gain" if change.mean > 0 else "loss", shade(abs(change.mean) / limit)]
    classes += ["sure"] if change.low > 0 or change.high < 0 else []
    return tag("td", signed(change.mean, 0), class_=" ".join(classes), title=text_of(change, is_difference=True))


def shade(share: float) -> str:
    """The class of a share from 0 to 1."""
    return f"shade-{round(STEPS * share)}"


def column_head(name: str) -> Markup:
    """The head of a column, its text turned upwards."""
    return tag("th", tag("span", shortened(name)), scope="col", **whole_name(name))


def row_head(name: str) -> Markup:
    """The head of a row."""
    return tag("th", shortened(name), scope="row", **whole_name(name))


def whole_name(name: str) -> dict[str, str]:
    """The attribute that shows the whole name on hover, where it does not stand in the cell."""
    return {} if shortened(name) == name else {"title": name}


def scrolled(lines: Sequence[Markup]) -> Markup:
    """The table, which scrolls sideways where there is no room."""
    table = tag("table", join(lines), class_="heat")
    return Markup('<div class="chart scroll" tabindex="0" role="group" aria-label="table of classes">{}</div>').format(
        table
    )
