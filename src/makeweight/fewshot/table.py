"""Method x way x shot with intervals, and the distance from the plain prototype of a classifier's features."""

import numpy as np
import pandas as pd

from makeweight.fewshot import scores

REFERENCE = "cnn_prototype"
COLUMNS = ["method", "way", "shot", "mean", "low", "high", "over_prototype", "over_low", "over_high", "chance"]

Accuracies = dict[str, dict[str, np.ndarray]]
"""Method -> setting (`5_way_1_shot`) -> accuracies `(repeats, episodes)`."""


def stack(repeats: list[Accuracies]) -> Accuracies:
    """Repeats under each other; a setting that some repeat could not ask is left out."""
    return {
        method: {
            setting: np.stack([one[method][setting] for one in repeats])
            for setting in settings
            if all(setting in one[method] for one in repeats)
        }
        for method, settings in repeats[0].items()
    }


def tabulate(accuracies: Accuracies) -> pd.DataFrame:
    """One row per method and setting; the difference is paired, episode by episode or repeat by repeat."""
    rows = []
    for method, settings in accuracies.items():
        for setting, found in settings.items():
            way, shot = (int(part) for part in setting.split("_")[::2][:2])
            over = scores.interval(found - accuracies[REFERENCE][setting])
            rows.append(
                {
                    "method": method,
                    "way": way,
                    "shot": shot,
                    **scores.interval(found),
                    "over_prototype": over["mean"],
                    "over_low": over["low"],
                    "over_high": over["high"],
                    "chance": 1 / way,
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["shot", "way"], kind="stable", ignore_index=True)


def measure(accuracies: Accuracies) -> dict[str, float]:
    """The table as flat metrics: `<method>.<n>_way_<k>_shot.{mean,low,high}` and `.over_cnn_prototype.…`."""
    numbers: dict[str, float] = {}
    for row in tabulate(accuracies).to_dict("records"):
        name = f"{row['method']}.{row['way']}_way_{row['shot']}_shot"
        numbers |= {f"{name}.{bound}": float(row[bound]) for bound in ("mean", "low", "high")}
        if row["method"] != REFERENCE:
            over = {"mean": "over_prototype", "low": "over_low", "high": "over_high"}
            numbers |= {f"{name}.over_{REFERENCE}.{bound}": float(row[key]) for bound, key in over.items()}
    return numbers
