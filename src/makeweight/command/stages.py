"""How many stages a run has, and how long each took before."""

import json
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

from makeweight.core import files, paths
from makeweight.core.params import read_yaml

TIMES = paths.SCRATCH / "run-times.json"
"""Stage or cell -> seconds of its last run."""


def addresses(pipeline: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Return the names of all stages and cells, as DVC names them: `clean`, `contest@smote`.

    Args:
        pipeline: the content of dvc.yaml.
        values: the content of params.yaml.
    """
    found: list[str] = []
    for name, stage in pipeline["stages"].items():
        axes = [axis_values(axis, values) for axis in stage.get("matrix", {}).values()]
        found += ["@".join((name, "-".join(cell))) for cell in product(*axes)] if axes else [name]
    return found


def axis_values(axis: Any, values: Mapping[str, Any]) -> list[str]:
    """Return the values of one axis of a matrix: a list, or `${name}` of one in params.yaml."""
    if isinstance(axis, str):
        found: Any = values
        for key in axis.removeprefix("${").removesuffix("}").split("."):
            found = found.get(key, []) if isinstance(found, dict) else []
        axis = found
    return [str(value) for value in axis] if isinstance(axis, list) else []


def with_overrides(values: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Return the values of params.yaml with those of `-S key=value`; what is no plain value is left to DVC."""
    from ruamel.yaml import YAML, YAMLError

    changed = json.loads(json.dumps(values, default=str))
    for override in overrides:
        key, _, text = override.partition("=")
        try:
            value = YAML(typ="safe").load(text)
        except YAMLError:
            continue
        *above, last = key.split(".")
        section = changed
        for name in above:
            section = section.setdefault(name, {}) if isinstance(section, dict) else {}
        if isinstance(section, dict):
            section[last] = value
    return changed


def all_addresses(overrides: Iterable[str]) -> list[str]:
    """Return the names of the stages and cells that a run of the project in this folder has."""
    values = with_overrides(read_yaml(Path("params.yaml")), overrides)
    return addresses(read_yaml(Path("dvc.yaml")), values)


def read_times() -> dict[str, float]:
    """Return the seconds that stages took; nothing where no run was timed."""
    try:
        found = json.loads(TIMES.read_text(encoding="utf-8"))
        return {str(name): float(seconds) for name, seconds in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def write_times(seconds: Mapping[str, float]) -> None:
    """Keep the seconds of stages beside those of others."""
    if seconds:
        files.write_json(TIMES, dict(sorted({**read_times(), **seconds}.items())))


def seconds_left(names: Iterable[str], times: Mapping[str, float]) -> float | None:
    """Return how long stages will take together: as the last time, a new cell like its siblings; None if unknown."""
    total = 0.0
    for name in names:
        siblings = [seconds for other, seconds in times.items() if other.partition("@")[0] == name.partition("@")[0]]
        if not siblings:
            return None
        total += times.get(name, mean(siblings))
    return total
