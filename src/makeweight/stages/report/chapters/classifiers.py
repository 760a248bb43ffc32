"""Experiments E1 and E2: the same classifiers on real and on synthetic samples."""

from collections.abc import Sequence

from markupsafe import Markup

from makeweight.results import charts, figures
from makeweight.results.charts import Line
from makeweight.results.classifiers import REAL, SYNTHETIC, ClassifierScore, Confusion, LearningCurve
from makeweight.results.markup import join, readable, tag
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter, details, table_of, titled

SHOWN_CLASSIFIER = "image"
"""The classifier whose confusion matrices are open from the start."""


def render(run: Run) -> Markup:
    """Scores on their own kind, then across, learning curves, confusion matrices."""
    if not run.own_kind:
        return Markup("")
    parts = [tag("h3", "E1: trained and tested on its own kind"), own_table(run.own_kind)]
    to_real = [score for score in run.across if score.tested_on == REAL]
    to_synthetic = [score for score in run.across if score.tested_on == SYNTHETIC]
    if to_real:
        parts += [tag("h3", "E2: trained on synthetic, tested on real"), across_table(to_real)]
        note = "Ratio: its accuracy divided by that of the same classifier trained on real samples."
        parts.append(tag("p", note, class_="note"))
    if to_synthetic:
        parts += [tag("h3", "The other way: trained on real, tested on synthetic"), across_table(to_synthetic)]
    if run.learning_curves:
        parts += [tag("h3", "How each network learned"), curve_charts(run.learning_curves)]
    return join([*parts, confusion_matrices(run.confusions)])


def own_table(scores: Sequence[ClassifierScore]) -> Markup:
    """One line per origin and classifier."""
    return table_of(
        [
            {
                "trained on": f"{score.trained_on}, {score.classifier}",
                "accuracy": score.accuracy,
                "macro-F1": score.macro_f1,
                "weighted F1": score.weighted_f1,
                "epochs": score.epochs,
            }
            for score in scores
        ]
    )


def across_table(scores: Sequence[ClassifierScore]) -> Markup:
    """One line per classifier; the ratio where there is one."""
    lines: list[dict[str, object]] = [
        {"classifier": score.classifier, "accuracy": score.accuracy, "macro-F1": score.macro_f1} for score in scores
    ]
    for line, score in zip(lines, scores, strict=True):
        if score.ratio is not None:
            line["ratio"] = score.ratio
    return table_of(lines)


def curve_charts(curves: Sequence[LearningCurve]) -> Markup:
    """Training loss and validation score by epoch, one line per origin and network."""
    panels = []
    for column in ("train_loss", "validation_macro_f1"):
        rendered = [
            Line(f"{curve.trained_on}, {curve.network}", curve.epochs, getattr(curve, column))
            for curve in curves
            if getattr(curve, column)
        ]
        panels.append(charts.lines(rendered, "epoch", readable(column), from_zero=True))
    return tag("div", join(panels), class_="pair")


def confusion_matrices(confusions: Sequence[Confusion]) -> Markup:
    """Those of the shown classifier tested on real samples, and the others to be opened."""
    if not confusions:
        return Markup("")
    shown = [one for one in confusions if one.classifier == SHOWN_CLASSIFIER and one.tested_on == REAL]
    first = shown or confusions[:2]
    rendered = {one: titled(figures.confusion_title(one), figures.confusion_matrix(one)) for one in confusions}
    parts = [tag("h3", "Confusion matrices"), *(rendered[one] for one in first)]
    others = [rendered[one] for one in confusions if one not in first]
    if others:
        parts.append(details(f"{len(others)} more confusion matrices", tag("div", join(others), class_="pair")))
    return join(parts)


CHAPTER = Chapter(
    "classify",
    "Classifiers on real and on synthetic samples",
    "The contest's learners (text, image, trees, tabular) and networks learn from equally many samples of each origin: "
    "only the origin differs. All decide by the largest probability.",
    ("classify",),
    render,
)
