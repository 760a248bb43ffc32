"""Training samples per class, real and synthetic."""

from markupsafe import Markup

from makeweight.results import charts
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter


def render(run: Run) -> Markup:
    """One bar for the real samples of a class, and one for those of every engine."""
    sizes = run.class_sizes
    if not sizes:
        return Markup("")
    engines = sorted({engine for size in sizes for engine in size.synthetic})
    rows = [
        (size.label, {"real": size.real, **{series_name(engine): rows for engine, rows in size.synthetic.items()}})
        for size in sizes
    ]
    return charts.bars(rows, ["real", *map(series_name, engines)])


def series_name(engine: str) -> str:
    """What the legend calls an engine's samples."""
    return f"synthetic, {engine}"


CHAPTER = Chapter(
    "classes",
    "Class counts before and after",
    "Training samples per class. Synthetic: all that an engine made for all experiments together; the contest below "
    "says how many of them a way of balancing adds. None are ever added to the validation and test splits.",
    ("split",),
    render,
)
