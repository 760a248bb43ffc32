"""The charts of a run: typed values of the reader in, charts of the kit out. Report and application show the same."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.results import charts
from makeweight.results.charts import Line, Point, Row
from makeweight.results.choice import Choice, arm_points
from makeweight.results.classifiers import ArmConfusion, Confusion
from makeweight.results.cleaning import ClassSize, Cleaning, Step
from makeweight.results.decisions import FUSION, view_title
from makeweight.results.fewshot import Accuracy
from makeweight.results.markup import join, readable, tag
from makeweight.results.run import Run
from makeweight.results.trainings import Curve, Training
from makeweight.results.verdict import HELPS, HURTS, INCONCLUSIVE, ArmResult, ClassChange, Dose, Verdict

TONES = {HELPS: "good", INCONCLUSIVE: "plain", HURTS: "bad"}
"""Word of the verdict -> tone of its row."""
MEANINGS = {
    HELPS: "helps: better than doing nothing by more than chance",
    INCONCLUSIVE: "inconclusive: no clear difference from doing nothing",
    HURTS: "hurts: worse than doing nothing by more than chance",
}
"""What the words of the verdict, and the colours of the chart of all arms, mean."""
BESIDE_RULE = {
    HELPS: "better than the rule",
    INCONCLUSIVE: "no clear difference from the rule",
    HURTS: "worse than the rule",
}
"""Word against the decision rule -> what is written below the name of an arm."""
CHANGES_NOTE = (
    "The rarest class comes first. Blue: more of its test samples are found; orange: fewer. A frame: the interval of "
    "this cell leaves out 0; the many cells are not corrected for, so that some frames come by chance."
)
NORM = "norm_"
"""What the names of curves of gradient norms begin with."""


def arm_intervals(verdict: Verdict, label: str, is_brief: bool = False) -> Markup:
    """Every arm's difference to `none`, the best first, coloured by its word; the decision rule has its own mark.

    A brief chart says below an arm's name only whether it is the recommended one.
    """
    ordered = sorted(verdict.arms, key=lambda result: -result.against_none.difference.mean)
    rows = [
        Row(
            readable(result.arm),
            result.against_none.difference,
            TONES.get(result.against_none.word, "plain"),
            brief_note(result, verdict) if is_brief else note_on(result, verdict),
            marked=result.arm == DECISION_RULE,
        )
        for result in ordered
    ]
    return charts.intervals(rows, label)


def words_legend() -> Markup:
    """What the words of the verdict mean, in the colours that they have in the chart of all arms."""
    items = [tag("li", meaning, class_=TONES[word]) for word, meaning in MEANINGS.items()]
    return tag("ul", join(items), class_="words chart")


def interval_label(alpha: float | None) -> str:
    """What the axis of the chart of all arms says: unit, reference, and the level of the intervals if known."""
    if alpha is None:
        return "macro-F1 against doing nothing, points, with intervals"
    return f"macro-F1 against doing nothing, points ({100 * (1 - alpha):g} % intervals)"


def brief_note(result: ArmResult, verdict: Verdict) -> str:
    """`recommended`, or nothing."""
    return "recommended" if result.arm == verdict.recommended else ""


def arms_plane(run: Run, verdict: Verdict, choice: Choice | None = None) -> Markup:
    """Every arm by macro-F1 and recall of rare classes, with the names of those that matter for the choice."""
    other = None if choice is None else choice.other.arm
    marks = [
        Point(
            readable(point.arm),
            point.macro_f1.mean,
            point.rare_recall.mean,
            "good" if point.arm == verdict.recommended else "bad" if point.arm == other else "plain",
            strong=point.arm in (NONE, verdict.recommended, other),
        )
        for point in arm_points(run, verdict)
    ]
    return charts.points(marks, "macro-F1, points", "recall of rare classes, points")


def note_on(result: ArmResult, verdict: Verdict) -> str:
    """The line below an arm's name: its words against doing nothing and the decision rule, and what was chosen."""
    arm, parts = result.arm, [result.against_none.word]
    if result.against_rule is not None:
        parts.append(BESIDE_RULE[result.against_rule.word])
    if arm == verdict.recommended:
        parts.append("recommended")
    if arm == verdict.best_simple:
        parts.append("best simple way on validation")
    if arm in verdict.chosen.values():
        parts.append("chosen on validation for its engine")
    return ", ".join(parts)


def dose_response(doses: Sequence[Dose]) -> Markup:
    """Scores against the amount of synthetic rows, one line and band per engine; nothing where there are no doses."""
    if not doses:
        return Markup("")
    x_label = "synthetic rows, % of what a full balance needs"
    engines = list(dict.fromkeys(dose.engine for dose in doses))
    by_engine = {engine: [dose for dose in doses if dose.engine == engine] for engine in engines}
    panels = []
    for title, score in (("macro-F1, points", "macro_f1"), ("recall of rare classes, points", "minority_recall")):
        curves = []
        for engine, own in by_engine.items():
            known = [(dose.amount, interval) for dose in own if (interval := getattr(dose, score)) is not None]
            ends = ([getattr(interval, end) for _, interval in known] for end in ("mean", "low", "high"))
            curves.append(Line(readable(engine), [amount for amount, _ in known], *ends))
        panels.append(charts.lines(curves, x_label, title))
    return tag("div", join(panels), class_="pair")


def class_changes(changes: Sequence[ClassChange], sizes: Sequence[ClassSize] = ()) -> Markup:
    """Classes by arms, the change of recall in each cell; nothing where there are none.

    With the sizes of classes, the rarest comes first, and test samples stand beside the names.
    """
    if not changes:
        return Markup("")
    labels = list(dict.fromkeys(change.label for change in changes))
    arms = list(dict.fromkeys(change.arm for change in changes))
    real = {size.label: size.real for size in sizes}
    tests = {size.label: size.test for size in sizes if size.test is not None}
    labels.sort(key=lambda label: real.get(label, 0))
    return charts.change_table(labels, arms, {(change.label, change.arm): change.change for change in changes}, tests)


def confusion_matrix(confusion: Confusion) -> Markup:
    """Actual classes by predicted ones."""
    return charts.heat_table(confusion.labels, confusion.counts)


def confusion_title(confusion: Confusion) -> str:
    """What a confusion matrix is of, in words."""
    return f"{confusion.classifier}, trained on {confusion.trained_on}, tested on {confusion.tested_on}"


def arm_confusions(run: Run) -> list[tuple[str, Markup]]:
    """Title and matrix of the recommended arm, then of `none`: the rarest class first, where sizes are known."""
    real = {size.label: size.real for size in run.class_sizes}
    return [(arm_confusion_title(one, run), arm_confusion(one, real)) for one in run.arm_confusions()]


def arm_confusion_title(confusion: ArmConfusion, run: Run) -> str:
    """`decision rule, recommended: all views together, 3 random starts counted together`."""
    verdict = run.verdict
    name = "none (the data as they are)" if confusion.arm == NONE else readable(confusion.arm)
    if verdict is None:
        return name
    seeds = run.seeds(verdict.view)
    view = "all views together" if verdict.view == FUSION else view_title(verdict.view)
    counted = f", {seeds} random starts counted together" if seeds is not None and seeds > 1 else ""
    recommended = ", recommended" if confusion.arm == verdict.recommended else ""
    return f"{name}{recommended}: {view}{counted}"


def arm_confusion(confusion: ArmConfusion, real: Mapping[str, int]) -> Markup:
    """Actual classes by predicted ones, in the order of their training samples."""
    order = sorted(range(len(confusion.labels)), key=lambda index: real.get(confusion.labels[index], 0))
    counts = [[confusion.counts[row][column] for column in order] for row in order]
    return charts.heat_table([confusion.labels[index] for index in order], counts)


def cleaning_funnel(cleaning: Cleaning) -> Markup:
    """What is left after each rule that dropped something; the others are named below."""
    told = list(cleaning.steps[:1])
    idle: list[Step] = []
    for before, step in pairwise(cleaning.steps):
        (told if step.rows != before.rows else idle).append(step)
    chart = charts.bars([(readable(step.rule), {"rows": step.rows}) for step in told], ["rows"], digits=0)
    names = ", ".join(readable(step.rule) for step in idle)
    return join([chart, tag("p", f"Rules that dropped nothing: {names}.", class_="note quiet")]) if idle else chart


def validation_scores(trainings: Sequence[Training]) -> Markup:
    """The validation score of every engine over its training."""
    curves = []
    for training in trainings:
        if training.scores is not None and training.scores.steps:
            last = max(training.scores.steps)
            share = [round(100 * step / last) for step in training.scores.steps]
            curves.append(Line(training.engine, share, training.scores.values))
    return charts.lines(curves, "share of the training, %", "balanced accuracy", from_zero=True)


def loss_curves(losses: Sequence[Curve]) -> Markup:
    """One small panel per curve; the gradient norms of all modalities share one, since they should be alike."""
    norms = [curve for curve in losses if curve.name.startswith(NORM)]
    groups = [[curve] for curve in losses if curve not in norms] + ([norms] if norms else [])
    panels = []
    for group in groups:
        curves = [Line(readable(curve.name.removeprefix(NORM)), curve.steps, curve.values) for curve in group]
        name = readable(group[0].name) if group[0] not in norms else norm_title(group)
        panels.append(charts.lines(curves, "step", name))
    return tag("div", join(panels), class_="trio")


def norm_title(norms: Sequence[Curve]) -> str:
    """What the panel of the gradient norms is called; the legend names the modalities where there are several."""
    return "gradient norm by modality" if len(norms) > 1 else f"gradient norm, {norms[0].name.removeprefix(NORM)}"


def fewshot_accuracies(accuracies: Sequence[Accuracy]) -> list[tuple[str, Markup]]:
    """One interval chart per setting with its title, the best method first."""
    settings = sorted({(accuracy.way, accuracy.shot) for accuracy in accuracies})
    charted = []
    for way, shot in settings:
        own = [accuracy for accuracy in accuracies if (accuracy.way, accuracy.shot) == (way, shot)]
        ordered = sorted(own, key=lambda accuracy: -accuracy.accuracy.mean)
        rows = [Row(readable(accuracy.method), accuracy.accuracy) for accuracy in ordered]
        title = f"{way}-way {shot}-shot (chance: {own[0].chance:.0f} %)"
        charted.append((title, charts.intervals(rows, "accuracy, %", reference=None)))
    return charted
