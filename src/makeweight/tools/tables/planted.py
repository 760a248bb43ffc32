"""What the verdict says where the truth about the decision rule is known: `benchmarks/planted_rule.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from makeweight.results.benchmarks import FOLDER
from makeweight.results.folders import read_json

FILE = "planted_rule.json"
NOT_MEASURED = "Not measured yet: `benchmarks/planted_rule.py`."


def planted_rule(folder: Path = FOLDER) -> str:
    """How often an arm that moves the threshold is told as one, and how often a gain beyond the rule is found."""
    path = folder / FILE
    if not path.is_file():
        return NOT_MEASURED
    numbers = read_json(path)
    return f"{threshold(numbers)}\n{gain(numbers)}"


def threshold(numbers: Mapping[str, Any]) -> str:
    """Where every arm only moves the threshold."""
    recommended, single, together, unlucky, where_missed = (
        f"{100 * numbers[f'threshold.{key}']:.0f} %"
        for key in ("recommended_rule", "arm_told", "told", "unlucky_rule", "unlucky_rule_where_missed")
    )
    return (
        f"Where every arm only moved the threshold, the rule was recommended in {recommended} of {numbers['repeats']} "
        f"trials. Against the rule, {single} of the words of single arms and engines were inconclusive, as they should "
        f"be, all of them at once in {together} of the trials. In {unlucky} of the trials, and in {where_missed} of "
        "those with another word, the rule's own numbers were unlucky ones: on 20,000 further rows an arm's rule was "
        "better by more than a point, its models being as good."
    )


def gain(numbers: Mapping[str, Any]) -> str:
    """Where one arm knows more."""
    found, of_engine, recommended = (
        f"{100 * numbers[f'gain_of_3_points.{key}']:.0f} %" for key in ("found", "found_of_engine", "recommended")
    )
    return (
        f"A gain of three points beyond the rule was found in {found} of {numbers['gain_of_3_points.repeats']} trials "
        f"among all arms, in {of_engine} as the engine's choice, and recommended in {recommended}."
    )
