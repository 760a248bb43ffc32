"""Does distribution calibration beat the decision rule? One hypothesis, on rows of CIFAR-10 that no arm was chosen on.

    MAKEWEIGHT_DATA=... python benchmarks/confirm.py --folder FOLDER                # all draws of both kinds of rows
    MAKEWEIGHT_DATA=... python benchmarks/confirm.py --folder FOLDER --kinds tenth --draws 5

In arms.py, one of twenty arms gained a point over the best simple one: `distribution_calibration+weight_30`, by the
contest's rule, three classes at a tenth, one draw of train rows. The best of many is better than it is. So the
hypothesis was written down before any row below was looked at:

    By the contest's rule, with three classes at a tenth, `distribution_calibration+weight_30` has a higher macro-F1
    than `decision_rule`, and than the simple arm that is best on validation rows. Both are confirmed where the 95 %
    interval is above 0; the aim of +1.0 is reached where the mean is at least that as well.

The long tail, the other rules and the other arms are looked at beside, each interval by itself.

Train and validation rows are drawn, of each class as many as in arms.py, from the 35,600 train pictures that arms.py
did not use; a draw has a seed of its own. What a confirmed gain is worth on other rows than the first ones is then
known, for this learner and this set. The patch features are those of arms.py: they were learned without labels from
its train rows, as was the strength of the penalty. The test part is the same, and always whole. So an interval has two
sources: test rows (a paired bootstrap, draws averaged) and draws (Student's t; two of them share few rare rows). The
ceiling predicts the most probable class: its classes are balanced, which leaves a rule nothing to do where those of the
test rows are, too; `matched` has no ceiling.

There are three readings. `contest`: the contest's rule, which expects test rows in the shares of the train rows, on
test rows in equal shares: what arms.py found the gain by. `matched`: the same rule on test rows that are weighted to
the shares that it expects. `equal`: the rule for equal shares on test rows in equal shares.
"""

import argparse
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from scipy import stats

import picture_sets
import record
from arms import FOLDS, Bench, Rows, class_sizes, cut, kept_in, patch_features, rows_by_class, rules_of
from arms_scores import BOOTSTRAP_SAMPLES, CEILING, SEED
from makeweight.core import runtime
from makeweight.core.progress import say
from makeweight.data.folds import fold_numbers
from makeweight.data.labelled import Labelled
from makeweight.learn.decision_rule import logarithms
from makeweight.results.confirmation import BEST_SIMPLE, CONTEST, EQUAL, HYPOTHESIS, MATCHED, RULE

CLASSES = 10
DRAWS = 10
STRENGTH = 0.01
"""Of the penalty: what the search chose in both of the first measurements."""
SIMPLE = (RULE, "class_weights", "smote", "random_oversampling", "mixup")
"""The under-sampling ensemble, a fit of ten models, was five points behind the rule in the first measurement."""
ARMS = (*SIMPLE, HYPOTHESIS, "distribution_calibration", CEILING, "distribution_calibration+weight_15")
READINGS = (CONTEST, MATCHED, EQUAL)

Decided = Mapping[str, np.ndarray]
"""Reading -> macro-F1 of one draw's decisions with each bootstrap sample of test rows; the first is of all rows."""


class Draw(Bench):
    """One draw of train and validation rows, with the features of all unused rows at hand."""

    def __init__(self, folder: Path, kind: str, number: int, unused: Labelled, test: Labelled) -> None:
        self.folder, self.number = folder, number
        rng = np.random.default_rng([SEED, number])
        orders = [rng.permutation(np.flatnonzero(unused.labels == name)) for name in range(CLASSES)]
        parts = cut(orders, class_sizes(kind))
        self.real = {name: unused.take(rows) for name, rows in parts.items()} | {"test": test}
        self.setup: Any = SimpleNamespace(chosen={"image": {"strength": STRENGTH}}, networks=None)
        self.pools = {}
        self.chosen: dict[str, Mapping[str, np.ndarray]] = {}

    def probabilities(self, name: str) -> Mapping[str, np.ndarray]:
        """Class probabilities of validation and test rows, and of train rows out of fold (not for the ceiling)."""
        path, seed = self.folder / f"{name}.npz", SEED * 1000 + self.number
        if not path.is_file():
            train = self.real["balanced" if name == CEILING else "train"]
            held_out = np.zeros((len(train), CLASSES), dtype=np.float32)
            if name != CEILING:
                folds = fold_numbers(train.labels, np.arange(len(train)), FOLDS, seed)
                for fold in range(FOLDS):
                    model = self.fit(name, train.take(folds != fold), seed)
                    held_out[folds == fold] = model(train.take(folds == fold))
            model = self.fit(name, train, seed)
            found = {part: model(self.real[part]) for part in ("validation", "test")}
            np.savez(path, held_out=held_out, **found)
            say(f"{self.folder.name}, {name}")
        with np.load(path) as arrays:
            return dict(arrays)

    def rules(self, name: str, held_out: np.ndarray) -> Mapping[str, np.ndarray]:
        """Reading -> what is added to the log-probabilities."""
        if name == CEILING:
            return dict.fromkeys(READINGS, np.zeros(CLASSES))
        if name in self.chosen:
            return self.chosen[name]
        labels = self.real["train"].labels
        prior = np.bincount(labels, minlength=CLASSES) / len(labels)
        rules = rules_of(held_out, labels, prior)
        self.chosen[name] = rules | {MATCHED: rules[CONTEST]}
        return self.chosen[name]

    def scores(self, name: str, part: str, counts: np.ndarray) -> Decided:
        """Macro-F1 of an arm on validation or test rows, with each row counted so often `(samples, n)`."""
        found = self.probabilities(name)
        labels, train = self.real[part].labels, self.real["train"].labels
        shares = np.bincount(train, minlength=CLASSES) / len(train)
        scores = {}
        for reading, biases in self.rules(name, found["held_out"]).items():
            decided = (logarithms(found[part]) + biases).argmax(1)
            weights = shares[labels] if reading == MATCHED else np.ones(len(labels))
            scores[reading] = weighted_macro_f1(decided, labels, weights, counts)
        return scores


def weighted_macro_f1(decided: np.ndarray, labels: np.ndarray, weights: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Macro-F1 `(samples,)` of rows that weigh so much and are counted so often in each sample."""
    one_hot = np.eye(CLASSES, dtype=np.float32)
    actual, predicted = one_hot[labels] * weights[:, None].astype(np.float32), one_hot[decided]
    hits = counts @ (actual * predicted)
    total = counts @ (actual + predicted * weights[:, None].astype(np.float32))
    return (2 * hits / np.maximum(total, 1e-9)).mean(1)


def interval(differences: np.ndarray) -> dict[str, float]:
    """Mean and 95 % interval of differences `(draws, samples)`, of which the first sample is of all rows.

    The variance of the mean is that over test rows, draws averaged, and that over draws; the degrees of freedom are
    those of Satterthwaite, with the bootstrap's as without end. One draw has no interval.
    """
    of_draws, mean = differences[:, 0], float(differences[:, 0].mean())
    if len(of_draws) < 2:
        return {"mean": round(mean, 6)}
    by_draw = float(of_draws.var(ddof=1)) / len(of_draws)
    variance = float(differences[:, 1:].mean(0).var(ddof=1)) + by_draw
    freedom = (len(of_draws) - 1) * (variance / by_draw) ** 2 if by_draw else np.inf
    margin = float(stats.t.ppf(0.975, freedom)) * variance**0.5
    return {"mean": round(mean, 6), "low": round(mean - margin, 6), "high": round(mean + margin, 6)}


def pooled(tests: Sequence[Mapping[str, Decided]], checks: Sequence[Mapping[str, Decided]]) -> dict[str, float | str]:
    """Scores, gains over the rule and over the best simple arm, and shares of the headroom, of all draws together."""
    results: dict[str, float | str] = {"draws": len(tests)}
    for reading in READINGS:
        measured = [name for name in tests[0] if (name, reading) != (CEILING, MATCHED)]
        scores = {name: np.stack([one[name][reading] for one in tests]) for name in measured}
        best = [max(one, key=lambda name: one[name][reading][0]) for one in checks]
        results[f"{BEST_SIMPLE}.{reading}"] = ", ".join(best)
        references = {
            RULE: scores[RULE],
            BEST_SIMPLE: np.stack([scores[name][draw] for draw, name in enumerate(best)]),
        }
        results[f"{BEST_SIMPLE}.{reading}.score"] = round(float(references[BEST_SIMPLE][:, 0].mean()), 6)
        for name, own in scores.items():
            results[f"{name}.{reading}.score"] = round(float(own[:, 0].mean()), 6)
            for reference, other in references.items():
                if name != reference:
                    key = f"{name}.{reading}.over_{reference}"
                    results |= {f"{key}.{end}": value for end, value in interval(own - other).items()}
                    room = float((scores[CEILING] - other)[:, 0].mean()) if CEILING in scores else 0.0
                    if room > 0:
                        results[f"{key}.headroom_share"] = round(float((own - other)[:, 0].mean()) / room, 4)
                    results |= {
                        f"{key}.draw_{number + 1}": round(float(value), 6)
                        for number, value in enumerate((own - other)[:, 0])
                        if name == HYPOTHESIS
                    }
    return results


@cache
def bootstrap_counts(rows: int) -> np.ndarray:
    """How often each row is counted `(samples, n)`: once each first, then as drawn with replacement."""
    drawn = np.random.default_rng(SEED).multinomial(rows, np.full(rows, 1 / rows), BOOTSTRAP_SAMPLES)
    return np.concatenate([np.ones((1, rows)), drawn]).astype(np.float32)


def read_features(folder: Path) -> tuple[Labelled, Labelled]:
    """The features of the train pictures that arms.py did not use, and of the test part."""
    pictures, labels = picture_sets.read("cifar10", "train")
    order = rows_by_class(labels)
    first = np.concatenate([rows[240:1440][:size] for rows, size in zip(order, class_sizes("tenth"), strict=True)])
    rest = np.concatenate([rows[1440:] for rows in order])
    features = patch_features(folder, pictures[first])

    def read(name: str, rows: Rows) -> Labelled:
        array = kept_in(folder, f"{name}.x", lambda: features.transform(rows.pictures).astype(np.float16))
        return Labelled({"image": array.astype(np.float32)}, rows.labels)

    unused = read("unused", Rows(pictures[rest], labels[rest]))
    return unused, read("test", Rows(*picture_sets.read("cifar10", "test")))


def main() -> None:
    """Train what is not there yet, then write all numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where features and predictions are kept")
    parser.add_argument("--kinds", nargs="*", default=["tenth", "long-tail"])
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--arms", nargs="*", default=list(ARMS))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    runtime.prepare(SEED)
    torch.set_num_threads(1)
    unused, test = read_features(arguments.folder)
    for kind in arguments.kinds:
        tests, checks = [], []
        for number in range(1, arguments.draws + 1):
            folder = arguments.folder / f"{kind}.{number}"
            folder.mkdir(exist_ok=True)
            draw = Draw(folder, kind, number, unused, test)
            counts = bootstrap_counts(len(test))
            tests.append({name: draw.scores(name, "test", counts) for name in arguments.arms})
            once = np.ones((1, len(draw.real["validation"])), dtype=np.float32)
            simple = [name for name in SIMPLE if name in arguments.arms]
            checks.append({name: draw.scores(name, "validation", once) for name in simple})
            own = {f"{kind}.{key}": value for key, value in pooled(tests, checks).items()}
            record.add("confirm", {f"{kind}.commit": record.commit(), **own}, renewed=f"{kind}.")


if __name__ == "__main__":
    main()
