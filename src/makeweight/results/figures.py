"""The charts of a run: typed values of the reader in, charts of the kit out. Report and application show the same."""

from collections.abc import Sequence

from markupsafe import Markup

from makeweight.balance.arm import DECISION_RULE
from makeweight.results import charts
from makeweight.results.charts import Line, Row
from makeweight.results.classifiers import Confusion
from makeweight.results.cleaning import Cleaning
from makeweight.results.fewshot import Accuracy
from makeweight.results.markup import join, readable, tag
from makeweight.results.trainings import Curve, Training
from makeweight.results.verdict import HELPS, HURTS, INCONCLUSIVE, ArmResult, ClassChange, Dose, Verdict

TONES = {HELPS: "good", INCONCLUSIVE: "plain", HURTS: "bad"}
"""Word of the verdict -> tone of its row."""
BESIDE_RULE = {HELPS: "better than the rule", INCONCLUSIVE: "not told from the rule", HURTS: "worse than the rule"}
"""Word against the decision rule -> what is written below the name of an arm."""
NORM = "norm_"
"""What the names of curves of gradient norms begin with."""


def arm_intervals(verdict: Verdict, label: str) -> Markup:
    """Every arm's difference to `none`, the best first, coloured by its word; the decision rule has its own mark."""
    ordered = sorted(verdict.arms, key=lambda result: -result.against_none.difference.mean)
    rows = [
        Row(
            readable(result.arm),
            result.against_none.difference,
            TONES.get(result.against_none.word, "plain"),
            note_on(result, verdict),
            marked=result.arm == DECISION_RULE,
        )
        for result in ordered
    ]
    return charts.intervals(rows, label)


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
            curves.append(Line(engine, [amount for amount, _ in known], *ends))
        panels.append(charts.lines(curves, x_label, title))
    return tag("div", join(panels), class_="pair")


def class_changes(changes: Sequence[ClassChange]) -> Markup:
    """Classes by arms, the change of recall in each cell; nothing where there are none."""
    if not changes:
        return Markup("")
    labels = list(dict.fromkeys(change.label for change in changes))
    arms = list(dict.fromkeys(change.arm for change in changes))
    return charts.change_table(labels, arms, {(change.label, change.arm): change.change for change in changes})


def confusion_matrix(confusion: Confusion) -> Markup:
    """Actual classes by predicted ones."""
    return charts.heat_table(confusion.labels, confusion.counts)


def confusion_title(confusion: Confusion) -> str:
    """What a confusion matrix is of, in words."""
    return f"{confusion.network}, trained on {confusion.trained_on}, tested on {confusion.tested_on}"


def cleaning_funnel(cleaning: Cleaning) -> Markup:
    """What is left after each rule."""
    return charts.bars([(readable(step.rule), {"rows": step.rows}) for step in cleaning.steps], ["rows"], digits=0)


def validation_scores(trainings: Sequence[Training]) -> Markup:
    """The validation score of every engine over its training."""
    curves = []
    for training in trainings:
        if training.scores is not None and training.scores.steps:
            last = max(training.scores.steps)
            share = [round(100 * step / last) for step in training.scores.steps]
            curves.append(Line(training.engine, share, training.scores.values))
    return charts.lines(curves, "share of the training, %", "balanced accuracy")


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
