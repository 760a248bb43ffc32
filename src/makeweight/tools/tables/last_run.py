"""Tables of the last run: the headline, sample counts, the contest, E1 and E2, few-shot."""

from collections.abc import Sequence

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.results.classifiers import CLASSIFIERS, REAL, SYNTHETIC, ClassifierScore
from makeweight.results.fewshot import Accuracy
from makeweight.results.markup import cell_text
from makeweight.results.run import Run
from makeweight.results.verdict import ArmResult, Claim, Verdict
from makeweight.tools.tables.markdown import interval_text, markdown_table

NO_RUN = "No run yet: `make repro`."
SHOTS = (1, 5, 20)
IN_SHORT = ("recommendation", "share_of_rule", "group")
"""The verdict's sentences that a short account needs."""


def headline(run: Run) -> str:
    """What the verdict says in short, and the few arms that matter, with intervals.

    These are none, the decision rule alone, the best simple arm, the recommended one, and each engine's chosen one.
    """
    verdict = run.verdict
    if verdict is None:
        return NO_RUN
    roles = {NONE: "as the data are"} | ({DECISION_RULE: "no further row"} if verdict.has_rule else {})
    roles.setdefault(verdict.best_simple, "best simple arm on validation")
    roles.setdefault(verdict.recommended, "recommended")
    for engine, arm in verdict.chosen.items():
        roles.setdefault(
            engine_arm(engine, arm, verdict), f"{'chosen' if arm != NONE else 'best on test'} for {engine}"
        )
    rows = []
    for arm, role in roles.items():
        result = verdict.result(arm)
        changes = [claim_text(result.against_none if result else None)]
        changes += [claim_text(result.against_rule if result else None)] if verdict.has_rule else []
        name = f"**`{arm}`**" if arm == verdict.recommended else f"`{arm}`"
        rows.append([f"{name} ({role})", interval_text(run.score(arm).macro_f1), *changes])
    heads = ["way of balancing", "macro-F1, points", "against none"]
    heads += ["against the decision rule"] if verdict.has_rule else []
    said = [verdict.sentences[name] for name in IN_SHORT if name in verdict.sentences]
    return "\n\n".join([part for part in (" ".join(said), markdown_table(heads, rows)) if part])


def engine_arm(engine: str, arm: str, verdict: Verdict) -> str:
    """The arm that stands for an engine: the chosen one, else the best of its own on the test split; `none` without."""
    own = [result for result in verdict.arms if Arm.parse(result.arm).only_engine == engine]
    if arm != NONE or not own:
        return arm
    return max(own, key=lambda result: result.against_none.difference.mean).arm


def claim_text(claim: Claim | None) -> str:
    """`helps: +10.6 (+4.3 to +16.9)`; empty where nothing is compared."""
    if claim is None:
        return ""
    mean, low, high = (f"{end:+.1f}" for end in (claim.difference.mean, claim.difference.low, claim.difference.high))
    return f"{claim.word}: {mean} ({low} to {high})"


def results(run: Run) -> str:
    """All tables of the last run."""
    blocks = [counts(run), contest(run), classifiers(run), few_shot(run)]
    return "\n\n".join(block for block in blocks if block) or NO_RUN


def counts(run: Run) -> str:
    """How many samples there are at each step."""
    ingest, cleaning, sizes = run.ingest, run.cleaning, run.split_sizes
    known: list[tuple[str, float | None]] = [("samples found", ingest.samples if ingest else None)]
    if cleaning is not None:
        known += [("kept by cleaning", cleaning.samples_out), ("classes", cleaning.classes)]
        known.append(("largest to smallest class", cleaning.imbalance_ratio))
    if sizes is not None:
        known += [(f"in the {name} split", getattr(sizes, name)) for name in ("train", "validation", "test")]
    parts = [f"{name}: {cell_text(value, 1)}" for name, value in known if value is not None]
    return f"{'; '.join(parts)}." if parts else ""


def contest(run: Run) -> str:
    """The sentences of the verdict, and every arm."""
    verdict = run.verdict
    if verdict is None:
        return ""
    heads = ["way of balancing", "macro-F1", *(["argmax", "average precision"] if verdict.has_rule else [])]
    heads += ["recall of rare classes", "against none", *(f"against {name}" for name in references(verdict))]
    heads += ["synthetic rows", "training steps"]
    table = markdown_table(heads, [contest_row(arm, run, verdict) for arm in verdict.arm_names])
    left_out = [f"Left out, `{arm}`: {reason}." for arm, reason in verdict.left_out.items()]
    return "\n\n".join([*(f"> {sentence}" for sentence in verdict.sentences.values()), table, *left_out])


def contest_row(arm: str, run: Run, verdict: Verdict) -> list[str]:
    """One arm's scores, words and costs."""
    score, cost, result = run.score(arm), run.cost(arm), verdict.result(arm)
    claims = [] if result is None else [result.against_none, *references_of(result, verdict)]
    words = [claim.word if claim else "" for claim in claims] or [""] * (1 + len(references(verdict)))
    beside = run.scores_beside(arm, verdict.view)
    further = [cell_text(value, 1) for value in (beside.argmax_macro_f1, beside.average_precision)]
    scores = [
        interval_text(score.macro_f1),
        *(further if verdict.has_rule else []),
        interval_text(score.minority_recall),
    ]
    return [f"`{arm}`", *scores, *words, cell_text(cost.rows), cell_text(cost.steps)]


def references(verdict: Verdict) -> list[str]:
    """The arms beside `none` that all others are compared with: the decision rule, and the best simple arm."""
    names = [DECISION_RULE] if verdict.has_rule else []
    return names + ([verdict.best_simple] if verdict.best_simple not in names else [])


def references_of(result: ArmResult, verdict: Verdict) -> list[Claim | None]:
    """The claims of an arm against these references."""
    return [result.against_rule if name == DECISION_RULE else result.against_simple for name in references(verdict)]


def classifiers(run: Run) -> str:
    """Classifiers trained on real and on synthetic samples, tested on their own kind, and the latter on real ones."""
    scores = {(score.trained_on, score.classifier, score.tested_on): score for score in (*run.own_kind, *run.across)}
    rows = []
    for classifier in CLASSIFIERS:
        if (REAL, classifier, REAL) in scores:
            own, synthetic, across = (
                scores.get(key)
                for key in ((REAL, classifier, REAL), (SYNTHETIC, classifier, SYNTHETIC), (SYNTHETIC, classifier, REAL))
            )
            ratio = cell_text(across.ratio if across else None)
            rows.append([f"`{classifier}`", *pair(own), *pair(synthetic), *pair(across), ratio])
    heads = ["classifier", "E1 real: accuracy", "macro-F1", "E1 synthetic: accuracy", "macro-F1"]
    heads += ["E2 synthetic on real: accuracy", "macro-F1", "ratio"]
    return markdown_table(heads, rows) if rows else ""


def pair(score: ClassifierScore | None) -> list[str]:
    """Accuracy and macro-F1; empty where they were not measured."""
    return ["", ""] if score is None else [cell_text(score.accuracy), cell_text(score.macro_f1)]


def few_shot(run: Run) -> str:
    """Five-way accuracy per method and shot, per labeling."""
    tables = [shots(f"few-shot, labeling {one.labeling}", one.accuracies, 5) for one in run.fewshot]
    return "\n\n".join(table for table in tables if table)


def shots(title: str, accuracies: Sequence[Accuracy], way: int) -> str:
    """Accuracy per method and shot; nothing where there is none of so many ways."""
    known = {(one.method, one.shot): one.accuracy for one in accuracies if one.way == way}
    methods = sorted({method for method, _ in known})
    rows = [[f"`{method}`", *(interval_text(known.get((method, shot))) for shot in SHOTS)] for method in methods]
    return markdown_table([title, *(f"{way}-way {shot}-shot" for shot in SHOTS)], rows) if rows else ""
