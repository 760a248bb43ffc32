"""How the engines learned."""

from markupsafe import Markup

from makeweight.results import figures
from makeweight.results.markup import join
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter, details, figure, titled

FEWEST_POINTS = 2
"""Of a curve that is worth a panel."""


def render(run: Run) -> Markup:
    """Validation scores of all engines in one chart, then the losses and last pictures of each."""
    trainings = run.trainings
    parts = []
    if scores := figures.validation_scores(trainings):
        parts.append(titled("Trained on synthetic, tested on validation", scores))
    for training in trainings:
        losses = [curve for curve in training.losses if len(curve.steps) >= FEWEST_POINTS]
        if losses:
            parts.append(titled(f"{training.engine}: curves", figures.loss_curves(losses)))
        for grid in run.training_grids(training.engine):
            title = f"Synthetic pictures of {training.engine} at the end of its training, a row per class"
            parts.append(details(title, figure(grid, title)))
    return join(parts)


CHAPTER = Chapter(
    "training",
    "How the engines learned",
    "The checkpoint that is kept is chosen by its score on the validation split, not by its loss.",
    ("train_gan",),
    render,
)
