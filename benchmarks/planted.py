"""Known truths put to the verdict: identical arms must show no difference, a gain of 3 points must be found.

Statistics only: predictions are sampled, nothing is trained. Each sample has a difficulty that all arms and seeds
share and a class that it is mistaken for; each arm and seed adds its own noise. So errors agree about as those of
trained networks do (`agreement_of_seeds`: how often two seeds of one arm predict the same). A gain of 3 points is a
higher threshold of difficulty, set so that the expected macro-F1 is 0.03 higher.

    python benchmarks/planted.py
"""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

import record
from makeweight.stages.verdict.bootstrap import bootstrap
from makeweight.stages.verdict.claims import HELPS, HURTS, INCONCLUSIVE, claims
from makeweight.stages.verdict.predictions import ArmPredictions

REPEATS = 100
ARMS = 10
SEEDS = 5
CLASSES = 10
ROWS = 3000
UNITS = 2200
SHARES = np.array([0.18] * 5 + [0.02] * 5)
"""Five rare classes."""
OWN = 0.35
"""Standard deviation of an arm's and seed's own noise beside the shared difficulty of deviation 1."""
SEED_STD = 0.03
"""Standard deviation of what a whole seed of an arm is better or worse by, in the same unit: noise of the training."""
TAKEN_FOR = 0.7
"""Share of the wrong predictions that name the class that the sample is taken for."""
BOOTSTRAP_SAMPLES = 1000
FAMILY_WISE_ALPHA = 0.03


def threshold_for(accuracy: float) -> float:
    """The difficulty up to which a prediction is right, so that this share of predictions is."""
    return float(norm.ppf(accuracy) * np.sqrt(1 + OWN**2 + SEED_STD**2))


def expected_macro_f1(accuracy: float) -> float:
    """Macro-F1 when every class has this recall and wrong predictions fall evenly on the other classes."""
    wrong = (1 - accuracy) * SHARES
    claimed = accuracy * SHARES + (wrong.sum() - wrong) / (CLASSES - 1)
    return float(np.mean(2 * accuracy * SHARES / (SHARES + claimed)))


def accuracy_for(macro_f1: float) -> float:
    """The recall that gives this macro-F1."""
    return float(brentq(lambda accuracy: expected_macro_f1(accuracy) - macro_f1, 0.2, 0.999))


def sample_predictions(thresholds: np.ndarray, rng: np.random.Generator) -> ArmPredictions:
    """Predictions of one arm per threshold for one test split, in units of one class and of similar difficulty."""
    units = np.concatenate([np.arange(UNITS), rng.integers(0, UNITS, ROWS - UNITS)])
    labels = rng.choice(CLASSES, UNITS, p=SHARES)[units]
    difficulty = np.sqrt(0.7) * rng.normal(size=UNITS)[units] + np.sqrt(0.3) * rng.normal(size=ROWS)
    shape = len(thresholds), SEEDS, ROWS
    noisy = difficulty + OWN * rng.normal(size=shape) + SEED_STD * rng.normal(size=(*shape[:2], 1))
    taken_for = (labels + rng.integers(1, CLASSES, ROWS)) % CLASSES
    wrong = np.where(rng.random(shape) < TAKEN_FOR, taken_for, (labels + rng.integers(1, CLASSES, shape)) % CLASSES)
    predicted = np.where(noisy < thresholds[:, None, None], labels, wrong)
    names = ("none", *(f"arm {number}" for number in range(1, len(thresholds))))
    return ArmPredictions(names, labels, units, predicted, CLASSES)


def words(thresholds: np.ndarray, repeat: int) -> tuple[list[str], float]:
    """The words against `none`, and how often two seeds of `none` agree."""
    predictions = sample_predictions(thresholds, np.random.default_rng([7, repeat]))
    scores = bootstrap(predictions, SHARES < 1 / CLASSES, BOOTSTRAP_SAMPLES, FAMILY_WISE_ALPHA, repeat)
    agreement = float(np.mean(predictions.predicted[0, 0] == predictions.predicted[0, 1]))
    return [claim.word for claim in claims(scores, "none").values()], agreement


def main() -> None:
    """Both truths, and how often an arm that loses 3 points is found to hurt."""
    base = 0.6
    threshold = threshold_for(accuracy_for(base))
    same = np.full(ARMS, threshold)
    one_gains, one_loses = same.copy(), same.copy()
    one_gains[1] = threshold_for(accuracy_for(base + 0.03))
    one_loses[1] = threshold_for(accuracy_for(base - 0.03))
    results: dict[str, list] = {"identical": [], "gain": [], "loss": []}
    agreements = []
    for repeat in range(REPEATS):
        identical, agreement = words(same, repeat)
        results["identical"].append(identical)
        agreements.append(agreement)
        results["gain"].append(words(one_gains, 1000 + repeat)[0])
        results["loss"].append(words(one_loses, 2000 + repeat)[0])
    record.write(
        "planted",
        {
            "repeats": REPEATS,
            "arms": ARMS,
            "seeds": SEEDS,
            "test_rows": ROWS,
            "family_wise_alpha": FAMILY_WISE_ALPHA,
            "classes": CLASSES,
            "base.macro_f1": base,
            "agreement_of_seeds": round(float(np.mean(agreements)), 4),
            "identical.inconclusive": float(np.mean([set(arms) == {INCONCLUSIVE} for arms in results["identical"]])),
            "identical.inconclusive_per_arm": float(
                np.mean([np.mean(np.array(arms) == INCONCLUSIVE) for arms in results["identical"]])
            ),
            "gain_of_3_points.found": float(np.mean([arms[0] == HELPS for arms in results["gain"]])),
            "gain_of_3_points.others_wrongly_named": float(
                np.mean([set(arms[1:]) != {INCONCLUSIVE} for arms in results["gain"]])
            ),
            "loss_of_3_points.found": float(np.mean([arms[0] == HURTS for arms in results["loss"]])),
        },
    )


if __name__ == "__main__":
    main()
