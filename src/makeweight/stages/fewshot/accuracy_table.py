"""Accuracies by method, way and shot with intervals, and their differences to a reference method."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from makeweight.stages.fewshot import scores

Accuracies = dict[str, dict[str, np.ndarray]]
"""Method -> setting (`5_way_1_shot`) -> accuracies `(repeats, episodes)`."""

BOUNDS = ("mean", "low", "high")


def stack(repeats: list[Accuracies]) -> Accuracies:
    """Accuracies `(episodes,)` of each repeat as one array; a setting that a repeat lacks is left out."""
    return {
        method: {
            setting: np.stack([one[method][setting] for one in repeats])
            for setting in settings
            if all(setting in one[method] for one in repeats)
        }
        for method, settings in repeats[0].items()
    }


def intervals(accuracies: Accuracies, reference: str) -> Iterator[tuple[str, str, dict[str, float], dict[str, float]]]:
    """Method, setting, interval of the accuracy, interval of the paired difference to the reference."""
    for method, settings in accuracies.items():
        for setting, accuracy in settings.items():
            difference = accuracy - accuracies[reference][setting]
            yield method, setting, scores.interval(accuracy), scores.interval(difference)


def columns(reference: str) -> list[str]:
    """The columns that `tabulate` gives."""
    difference = f"minus_{reference}"
    return ["method", "way", "shot", *BOUNDS, difference, f"{difference}_low", f"{difference}_high", "chance"]


def tabulate(accuracies: Accuracies, reference: str) -> pd.DataFrame:
    """One row per method and setting."""
    rows = []
    for method, setting, accuracy, difference in intervals(accuracies, reference):
        way, shot = (int(part) for part in setting.split("_")[::2][:2])
        rows.append([method, way, shot, *(accuracy[b] for b in BOUNDS), *(difference[b] for b in BOUNDS), 1 / way])
    table = pd.DataFrame(rows, columns=columns(reference))
    return table.sort_values(["shot", "way"], kind="stable", ignore_index=True)


def measure(accuracies: Accuracies, reference: str) -> dict[str, float]:
    """The table as flat metrics: `<method>.<n>_way_<k>_shot.{mean,low,high}` and `.minus_<reference>.…`."""
    numbers: dict[str, float] = {}
    for method, setting, accuracy, difference in intervals(accuracies, reference):
        numbers |= {f"{method}.{setting}.{bound}": accuracy[bound] for bound in BOUNDS}
        if method != reference:
            numbers |= {f"{method}.{setting}.minus_{reference}.{bound}": difference[bound] for bound in BOUNDS}
    return numbers


DIFFERENCE_COLUMNS = ["method", "reference", "way", "shot", *BOUNDS]
"""The columns of `tabulate_differences`."""


def tabulate_differences(accuracies: Accuracies, method: str, references: tuple[str, ...]) -> pd.DataFrame:
    """One row per setting and reference: the paired difference of a method's accuracy to it."""
    rows = []
    for reference in references if method in accuracies else ():
        for setting, accuracy in accuracies[method].items():
            way, shot = (int(part) for part in setting.split("_")[::2][:2])
            difference = scores.interval(accuracy - accuracies[reference][setting])
            rows.append([method, reference, way, shot, *(difference[bound] for bound in BOUNDS)])
    return pd.DataFrame(rows, columns=DIFFERENCE_COLUMNS)


NORMALISATION_COLUMNS = ["method", "steps", "way", "shot", *BOUNDS, "minus_none", "minus_none_low", "minus_none_high"]
"""The columns of `tabulate_normalisations`."""


def tabulate_normalisations(by_steps: dict[str, Accuracies]) -> pd.DataFrame:
    """One row per method, setting and steps of the normalisation, with the paired difference to points as they are."""
    rows = []
    methods = by_steps["none"] if by_steps else {}
    for method in methods:
        of_method = {steps: accuracies[method] for steps, accuracies in by_steps.items()}
        for steps, setting, accuracy, difference in intervals(of_method, "none"):
            way, shot = (int(part) for part in setting.split("_")[::2][:2])
            rows.append([method, steps, way, shot, *(accuracy[b] for b in BOUNDS), *(difference[b] for b in BOUNDS)])
    return pd.DataFrame(rows, columns=NORMALISATION_COLUMNS)
