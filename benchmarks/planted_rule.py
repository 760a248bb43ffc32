"""Known truths about the decision rule put to the verdict: arms that only move the threshold, and one that knows more.

Probabilities are sampled, nothing is trained. Each sample has evidence for its class, in part shared by all arms and
seeds; a model's probabilities are the true ones given its evidence, but for the priors: `none` counts them too much, as
learners of few rare rows do. An arm that *moves the threshold* has the evidence of `none` and counts priors less, as
repeated rows or class weights make a model do: with a rule that is chosen out of fold, it is worth what the rule alone
is worth. An arm that *knows more* has stronger evidence, so much that its macro-F1 under
the best rule is 3 points higher.

    python benchmarks/planted_rule.py

A trial is told as a threshold where the rule is recommended and no word but inconclusive stands against it: one word
for each of five arms, and one for each of two engines. `arm_told` counts these words singly. Why a trial is missed: the
words of arms, and those of engines, are each wrong in at most three trials of a hundred by chance with test rows; and
rules are chosen on finitely many train rows, so that the rule of `decision_rule` itself is sometimes an unlucky one.
`unlucky_rule` counts trials in which another arm's rule, its models being as good, is truly better by a point.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.data.scores import macro_f1_of
from makeweight.learn.decision_rule import DecisionRule, choose_rule
from makeweight.learn.fusion import softmax
from makeweight.stages.verdict.bootstrap import BootstrapScores, bootstrap
from makeweight.stages.verdict.claims import HELPS, INCONCLUSIVE
from makeweight.stages.verdict.judge import Verdict, arms_of_engines, judge
from makeweight.stages.verdict.predictions import ArmPredictions

REPEATS = 100
SEEDS = 5
ROWS = {"train": 2500, "validation": 1500, "test": 3000}
SHARES = np.array([0.18] * 5 + [0.02] * 5)
"""Five rare classes of ten."""
BASE = 0.6
"""Macro-F1 of the decision rule."""
GAIN = 0.03
POINT = 0.01
LARGE = 20_000
"""Rows on which rules are truly compared."""
OWN = 0.35
"""Standard deviation of an arm's and seed's own noise in the evidence, of 1 in all."""
BOOTSTRAP_SAMPLES = 500
FAMILY_WISE_ALPHA = 0.03
TAUS = np.linspace(0, 1.5, 16)


@dataclass(frozen=True)
class Planted:
    """One arm: how strong its evidence is, and how much of the log prior it lacks; below 0: counts it too much."""

    strength: float
    moved: float = -0.6


def evidence(labels: np.ndarray, strength: float, noise: np.ndarray) -> np.ndarray:
    """Log-likelihoods of the classes `(..., n, classes)`: noise of deviation 1, higher for the true class."""
    return strength * (strength * np.eye(len(SHARES))[labels] + noise)


def best_macro_f1(strength: float) -> float:
    """Macro-F1 of this evidence with the best `tau`, on a large sample that is the same for every strength."""
    rng = np.random.default_rng(11)
    labels = rng.choice(len(SHARES), 60_000, p=SHARES)
    logs = evidence(labels, strength, rng.normal(size=(len(labels), len(SHARES))))
    decided = np.stack([(logs + (1 - tau) * np.log(SHARES)).argmax(1) for tau in TAUS])
    return float(macro_f1_of(decided, labels, len(SHARES)).max())


def strength_for(macro_f1: float) -> float:
    """How strong the evidence must be for this macro-F1."""
    return float(brentq(lambda strength: best_macro_f1(strength) - macro_f1, 0.5, 6.0, xtol=1e-3))


def sample(
    arms: Mapping[str, Planted], rows: int, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Labels `(n,)`, and each arm's probabilities `(seeds, n, classes)`; the rule has those of `none`."""
    labels = rng.choice(len(SHARES), rows, p=SHARES)
    shared = np.sqrt(1 - OWN**2) * rng.normal(size=(rows, len(SHARES)))
    found: dict[str, np.ndarray] = {}
    for name, arm in arms.items():
        if name == DECISION_RULE:
            found[name] = found[NONE]
            continue
        noise = shared + OWN * rng.normal(size=(SEEDS, rows, len(SHARES)))
        found[name] = softmax(evidence(labels, arm.strength, noise) + (1 - arm.moved) * np.log(SHARES))
    return labels, found


def chosen_rules(arms: Mapping[str, Planted], repeat: int, rng: np.random.Generator) -> dict[str, DecisionRule]:
    """A rule per arm, chosen on the train rows' probabilities with the first seed."""
    labels, probabilities = sample(arms, ROWS["train"], rng)
    prior = np.bincount(labels, minlength=len(SHARES)) / len(labels)
    return {arm: choose_rule(part[0], labels, prior, repeat) for arm, part in probabilities.items() if arm != NONE}


def unlucky(arms: Mapping[str, Planted], rules: Mapping[str, DecisionRule], repeat: int) -> bool:
    """Whether another arm's rule is better by a point on rows so many that luck with them does not matter."""
    labels, probabilities = sample(arms, LARGE, np.random.default_rng([17, repeat]))
    scores = {
        arm: macro_f1_of(np.stack([rules[arm].decide(seed) for seed in probabilities[arm]]), labels, len(SHARES)).mean()
        for arm in rules
    }
    return bool(max(scores.values()) - scores[DECISION_RULE] > POINT)


def verdict_on(
    arms: Mapping[str, Planted],
    repeat: int,
    bootstrap_samples: int = BOOTSTRAP_SAMPLES,
    rules: Mapping[str, DecisionRule] | None = None,
) -> Verdict:
    """The verdict, with a rule per arm; `rules` are those of the same arms and repeat, where they are known already."""
    rng = np.random.default_rng([13, repeat])
    if rules is None:
        rules = chosen_rules(arms, repeat, rng)
    else:
        sample(arms, ROWS["train"], rng)
    scores: list[BootstrapScores] = []
    for split in ("validation", "test"):
        labels, probabilities = sample(arms, ROWS[split], rng)
        decided = [
            [rules[arm].decide(seed) if arm in rules else seed.argmax(1) for seed in part]
            for arm, part in probabilities.items()
        ]
        predictions = ArmPredictions(tuple(arms), labels, np.arange(len(labels)), np.array(decided), len(SHARES))
        scores.append(bootstrap(predictions, SHARES < 0.1, bootstrap_samples, FAMILY_WISE_ALPHA, repeat))
    return judge("fusion", scores[0], scores[1], arms_of_engines(map(Arm.parse, arms)))


def only_threshold() -> dict[str, Planted]:
    """Every arm beyond the rule moves the threshold and does nothing else."""
    same = strength_for(BASE)
    moved = {"class_weights": 1.0, "smote": 0.8, "flow_50": 0.3, "flow_100": 1.0, "gan_100": 0.6}
    return {NONE: Planted(same), DECISION_RULE: Planted(same)} | {arm: Planted(same, moved[arm]) for arm in moved}


def one_knows_more() -> dict[str, Planted]:
    """As `only_threshold`, but `flow_100` gains 3 points under the best rule."""
    return only_threshold() | {"flow_100": Planted(strength_for(BASE + GAIN), 1.0)}


def told_as_threshold(verdict: Verdict) -> bool:
    """Whether the rule is recommended, and no arm or engine is said to be better or worse than it."""
    words = {claim.word for arm, claim in verdict.against_rule.items() if arm != NONE}
    return verdict.choices.recommended == DECISION_RULE and words == {INCONCLUSIVE}


def words_told(verdict: Verdict) -> list[bool]:
    """Of each arm and engine whether it is said to be neither better nor worse than the rule."""
    return [claim.word == INCONCLUSIVE for arm, claim in verdict.against_rule.items() if arm != NONE]


def main() -> None:
    """Both truths, and how often the gain is found among all arms, as the engine's choice, and recommended."""
    import record

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=REPEATS, help="trials in which arms only move the threshold")
    parser.add_argument("--gains", type=int, default=REPEATS, help="trials in which one arm knows more")
    arguments = parser.parse_args()
    repeats, gains = range(arguments.repeats), range(arguments.gains)
    moves, knows_more = only_threshold(), one_knows_more()
    threshold, unlucky_rule = [], []
    for repeat in repeats:
        rules = chosen_rules(moves, repeat, np.random.default_rng([13, repeat]))
        threshold.append(verdict_on(moves, repeat, rules=rules))
        unlucky_rule.append(unlucky(moves, rules, repeat))
    missed = [not told_as_threshold(verdict) for verdict in threshold]
    gain = [verdict_on(knows_more, 1000 + repeat) for repeat in gains]
    rule = [verdict.against_none[DECISION_RULE] for verdict in threshold]
    record.write(
        "planted_rule",
        {
            "repeats": len(repeats),
            "gain_of_3_points.repeats": len(gains),
            "seeds": SEEDS,
            "test_rows": ROWS["test"],
            "classes": len(SHARES),
            "arms": len(only_threshold()),
            "family_wise_alpha": FAMILY_WISE_ALPHA,
            "rule.macro_f1": BASE,
            "rule.gain": round(float(np.mean([claim.interval.mean for claim in rule])), 4),
            "rule.helps": share([claim.word == HELPS for claim in rule]),
            "threshold.told": share([told_as_threshold(verdict) for verdict in threshold]),
            "threshold.arm_told": share([told for verdict in threshold for told in words_told(verdict)]),
            "threshold.unlucky_rule": share(unlucky_rule),
            "threshold.unlucky_rule_where_missed": share(
                [one for one, miss in zip(unlucky_rule, missed, strict=True) if miss]
            ),
            "threshold.recommended_rule": share([one.choices.recommended == DECISION_RULE for one in threshold]),
            "threshold.arm_said_to_help": share(
                [any(one.against_rule[arm].word == HELPS for arm in one.against_rule) for one in threshold]
            ),
            "gain_of_3_points.measured": round(
                float(np.mean([one.against_rule["flow_100"].interval.mean for one in gain])), 4
            ),
            "gain_of_3_points.found": share([one.against_rule["flow_100"].word == HELPS for one in gain]),
            "gain_of_3_points.found_of_engine": share([one.against_rule["flow"].word == HELPS for one in gain]),
            "gain_of_3_points.recommended": share([one.choices.recommended == "flow_100" for one in gain]),
            "gain_of_3_points.detectable": round(
                float(np.mean([one.against_rule["flow_100"].interval.detectable for one in gain])), 4
            ),
        },
    )


def share(found: list[bool]) -> float:
    """The share of trials in which something was found; 0 of none."""
    return round(float(np.mean(found)), 4) if found else 0.0


if __name__ == "__main__":
    main()
