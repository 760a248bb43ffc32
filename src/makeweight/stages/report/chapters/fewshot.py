"""Few-shot learning: classes that no network has seen."""

from collections.abc import Sequence

from markupsafe import Markup

from makeweight.results import figures
from makeweight.results.fewshot import FewShot, Verification, findings
from makeweight.results.markup import join, readable, tag
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter, figure, table_of, titled

NOTHING = (
    "Nothing to try it on: it needs pictures, classes of this labeling (fine: those of the card's fine_label), and "
    "enough of them for some to be left out of training."
)


def render(run: Run) -> Markup:
    """Methods by setting with intervals, verification, and an episode in pictures, per labeling."""
    return join([render_labeling(one, run) for one in run.fewshot])


def render_labeling(one: FewShot, run: Run) -> Markup:
    """One labeling."""
    title = tag("h3", f"Labeling {readable(one.labeling)}")
    if one.is_empty:
        return join(
            [
                title,
                tag(
                    "p",
                    NOTHING,
                    class_="note",
                ),
            ]
        )
    charted = [titled(setting, chart) for setting, chart in figures.fewshot_accuracies(one.accuracies)]
    said = tag("ul", join([tag("li", sentence) for sentence in findings(one)]))
    parts = [title, said, tag("div", join(charted), class_="pair"), verification_table(one.verification)]
    for name, png in run.fewshot_pictures(one.labeling).items():
        parts.append(figure(png, f"{readable(name)}, labeling {one.labeling}"))
    return join(parts)


def verification_table(scores: Sequence[Verification]) -> Markup:
    """Pair accuracy, area under the curve and equal error rate per method."""
    lines: list[dict[str, object]] = [
        {
            "method": readable(score.method),
            "accuracy": score.accuracy,
            "roc auc": score.roc_auc,
            "equal error rate": score.eer,
        }
        for score in scores
    ]
    return titled("Same class or not: verification of pairs", table_of(lines)) if lines else Markup("")


CHAPTER = Chapter(
    "fewshot",
    "Classes never trained on",
    "Accuracy in episodes over classes that no network has seen, with 95 % intervals.",
    ("fewshot",),
    render,
)
