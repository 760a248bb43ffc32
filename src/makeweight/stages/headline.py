"""The stage `headline`: the dozen numbers and words that DVC shows of a run by default, metrics/headline.json."""

from collections.abc import Sequence

from makeweight.core import outputs, params
from makeweight.core.errors import InputError
from makeweight.core.progress import say
from makeweight.results.key_facts import best_synthetic
from makeweight.results.run import Run
from makeweight.results.values import Interval
from makeweight.results.verdict import POINTS, Verdict


def headline(run: Run, verdict: Verdict, engines: Sequence[str]) -> tuple[dict[str, float], dict[str, str]]:
    """Numbers and words: the arm to use, its score and gain, the best synthetic arm, rows kept, a score per engine.

    Scores and differences are shares of macro-F1 on the test split. What does not exist in this run is left out: the
    difference from the decision rule of the rule itself, or that of `none` from itself.

    Args:
        run: for the scores beside the verdict.
        verdict: of the headline view.
        engines: those that were trained.
    """
    told: dict[str, float] = {}
    words = {"recommended": verdict.recommended}
    score = run.score(verdict.recommended).macro_f1
    if score is not None:
        told["macro_f1"] = score.mean / POINTS
    recommended, best = verdict.result(verdict.line), best_synthetic(verdict)
    if recommended is not None:
        told |= difference("against_none", recommended.against_none.difference)
        if recommended.against_rule is not None:
            told |= difference("against_rule", recommended.against_rule.difference)
    if best is not None:
        claim = best.against_rule or best.against_none
        against = "against_rule" if best.against_rule else "against_none"
        words["synthetic.best"] = verdict.recommended if best.arm == verdict.line else best.arm
        told |= difference(f"synthetic.{against}", claim.difference)
    kept = (run.folders.numbers("clean") or {}).get("samples_out")
    if kept is not None:
        told["rows_kept"] = kept
    for engine in engines:
        numbers = run.folders.numbers("train_gan", engine) or {}
        if "validation.train_on_synthetic" in numbers:
            told[f"{engine}.train_on_synthetic"] = numbers["validation.train_on_synthetic"]
    return told, words


def difference(name: str, interval: Interval) -> dict[str, float]:
    """Mean and ends of a difference in points, as shares."""
    share = interval.scaled(1 / POINTS)
    return {f"{name}.mean": share.mean, f"{name}.low": share.low, f"{name}.high": share.high}


def main() -> None:
    """Read the verdict and what led to it; write the headline.

    Raises:
        InputError: there is no verdict.
    """
    run = Run()
    verdict = run.verdict
    if verdict is None:
        raise InputError("plots/verdict/verdict.json: no such file; `dvc repro verdict` writes it")
    numbers, words = headline(run, verdict, list(params.names("engines")))
    outputs.write_metrics("headline", numbers, words=words)
    say(", ".join(f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}"
                  for name, value in {**words, **numbers}.items()))  # fmt: skip


if __name__ == "__main__":
    main()
