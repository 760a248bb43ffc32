"""Method x way x shot with intervals, and how far each method is from the one to beat."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from makeweight.stages.fewshot import scores

Accuracies = dict[str, dict[str, np.ndarray]]
"""Method -> setting (`5_way_1_shot`) -> accuracies `(repeats, episodes)`."""

BOUNDS = ("mean", "low", "high")


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


def compare(accuracies: Accuracies, reference: str) -> Iterator[tuple[str, str, dict[str, float], dict[str, float]]]:
    """Method, setting, accuracy, and the paired difference to the reference (by episode, or by repeat)."""
    for method, settings in accuracies.items():
        for setting, found in settings.items():
            yield method, setting, scores.interval(found), scores.interval(found - accuracies[reference][setting])


def columns(reference: str) -> list[str]:
    """Of the table."""
    over = f"over_{reference}"
    return ["method", "way", "shot", *BOUNDS, over, f"{over}_low", f"{over}_high", "chance"]


def tabulate(accuracies: Accuracies, reference: str) -> pd.DataFrame:
    """One row per method and setting."""
    rows = []
    for method, setting, found, over in compare(accuracies, reference):
        way, shot = (int(part) for part in setting.split("_")[::2][:2])
        rows.append([method, way, shot, *(found[b] for b in BOUNDS), *(over[b] for b in BOUNDS), 1 / way])
    table = pd.DataFrame(rows, columns=columns(reference))
    return table.sort_values(["shot", "way"], kind="stable", ignore_index=True)


def measure(accuracies: Accuracies, reference: str) -> dict[str, float]:
    """The table as flat metrics: `<method>.<n>_way_<k>_shot.{mean,low,high}` and `.over_<reference>.…`."""
    numbers: dict[str, float] = {}
    for method, setting, found, over in compare(accuracies, reference):
        numbers |= {f"{method}.{setting}.{bound}": found[bound] for bound in BOUNDS}
        if method != reference:
            numbers |= {f"{method}.{setting}.over_{reference}.{bound}": over[bound] for bound in BOUNDS}
    return numbers
