"""Real and synthetic samples on one plane."""

from markupsafe import Markup

from makeweight.results import charts
from makeweight.results.markup import join, readable, tag
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter, details, table_of


def render(run: Run) -> Markup:
    """How pure the neighbourhoods are, and one small plane per class."""
    embedding = run.embedding
    if embedding is None:
        return Markup("")
    lines: list[dict[str, object]] = [
        {
            "source": readable(one.source),
            "points": one.rows,
            "purity on the plane": one.purity,
            "purity before t-SNE": one.purity_before_tsne,
            "silhouette": one.silhouette,
        }
        for one in embedding.sources
    ]
    parts = [table_of(lines)]
    if lines:
        parts.append(tag("p", "Purity: the share of a point's neighbours that are of its class.", class_="note"))
    if embedding.points is not None:
        parts.append(charts.source_planes(embedding.points, "real-points"))
        parts.append(details("By class", charts.planes(embedding.points, "all-points")))
    return join(parts)


CHAPTER = Chapter(
    "tsne",
    "Real and synthetic on one plane",
    "The plane is made of training samples alone; the others are placed on it afterwards.",
    ("tsne",),
    render,
)
