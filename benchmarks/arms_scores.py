"""Scores of arms that may win: gains over the best simple arm, on pictures and in a run of the pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.balance.arm import CEILING
from makeweight.data import samples
from makeweight.data.scores import macro_f1_of

SEED, BOOTSTRAP_SAMPLES = 20, 1000
SIMPLE = ("decision_rule", "class_weights", "undersampling_ensemble", "smote", "random_oversampling", "mixup")


@dataclass(frozen=True)
class Scored:
    """An arm's decisions on test rows by each rule, and its scores."""

    decided: dict[str, np.ndarray]
    """Rule -> class by seed `(seeds, n)`."""
    validation: dict[str, float]
    numbers: dict[str, float]


def bootstrapped(decided: np.ndarray, labels: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Macro-F1, the mean over seeds, of each of the same random draws of units of test rows `(draws,)`."""
    most = int(units.max()) + 1
    drawn = np.random.default_rng(SEED).multinomial(most, np.full(most, 1 / most), BOOTSTRAP_SAMPLES)
    counts = drawn.astype(np.float32)[:, units]
    one_hot = np.eye(int(labels.max()) + 1, dtype=np.float32)
    actual, scores = one_hot[labels], []
    for one in decided:
        predicted = one_hot[one]
        hits, total = counts @ (predicted * actual), counts @ (predicted + actual)
        scores.append((2 * hits / np.maximum(total, 1)).mean(1))
    return np.mean(scores, axis=0)


def compared(arm: Scored, other: Scored, rule: str, labels: np.ndarray, units: np.ndarray) -> dict[str, float]:
    """The mean difference of macro-F1 between two arms, and its 95 % interval over units of test rows."""
    draws = [bootstrapped(one.decided[rule], labels, units) for one in (arm, other)]
    low, high = np.quantile(draws[0] - draws[1], (0.025, 0.975))
    mean = arm.numbers[f"{rule}.score"] - other.numbers[f"{rule}.score"]
    return {"mean": round(mean, 6), "low": round(float(low), 6), "high": round(float(high), 6)}


def gains(found: Mapping[str, Scored], rule: str, labels: np.ndarray, units: np.ndarray) -> dict[str, float | str]:
    """The best simple arm by this rule, and every other arm's gain over it, also as a share of the headroom."""
    best = max((name for name in SIMPLE if name in found), key=lambda name: found[name].validation[rule])
    results: dict[str, float | str] = {f"best_simple.{rule}": best}
    key = f"{rule}.score"
    room = found[CEILING].numbers[key] - found[best].numbers[key] if CEILING in found else 0.0
    if CEILING in found:
        results[f"headroom.{rule}"] = round(room, 6)
    for name, arm in found.items():
        if name != best:
            gained = compared(arm, found[best], rule, labels, units)
            results |= {f"{name}.{rule}.gain.{end}": value for end, value in gained.items()}
            if CEILING in found:
                results[f"{name}.{rule}.headroom_share"] = round(gained["mean"] / room, 4)
    return results


def of_the_catalogue(folder: Path) -> dict[str, float | str]:
    """Scores of a run's arms by the rules of their fused views, and gains over its best simple arm."""
    found, labels = {}, np.zeros(0, dtype=int)
    split = samples.read(folder / "data" / "split" / "samples.parquet", ["id", "mw_unit"]).table.set_index("id")
    units = np.zeros(0, dtype=int)
    for path in sorted((folder / "data" / "contest").glob("*/predictions.parquet")):
        name, table = path.parent.name, pd.read_parquet(path)
        table = table[table["view"] == "fusion"].sort_values(["seed", "id"], kind="stable")
        codes = {label: code for code, label in enumerate(sorted(table["label"].unique()))}
        column, scores = "predicted" if name == "none" else "tuned", {}
        decided = {}
        for part in ("validation", "test"):
            own = table[table["split"] == part]
            seeds = own["seed"].nunique()
            actual = own["label"].map(codes).to_numpy().reshape(seeds, -1)[0]
            decided[part] = own[column].map(codes).to_numpy().reshape(seeds, -1)
            scores[part] = float(macro_f1_of(decided[part], actual, len(codes)).mean())
            if part == "test":
                labels = actual
                units = np.unique(split.loc[own["id"].iloc[: len(actual)], "mw_unit"], return_inverse=True)[1]
        numbers = {"contest.score": scores["test"], "seeds": len(decided["test"])}
        found[name] = Scored({"contest": decided["test"]}, {"contest": scores["validation"]}, numbers)
    results: dict[str, float | str] = {"rows.test": len(labels)}
    for name, arm in found.items():
        results |= {f"{name}.{key}": round(value, 6) for key, value in arm.numbers.items()}
    return results | gains(found, "contest", labels, units)
