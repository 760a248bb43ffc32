"""What the benchmarks left in benchmarks/results: engines and ways of balancing on public data, and single numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from makeweight.results.fewshot import Accuracy, accuracies_of
from makeweight.results.folders import read_json
from makeweight.results.suite import FILE as SUITE
from makeweight.results.table_peers import FILE as PEERS
from makeweight.results.values import Interval, interval_of
from makeweight.results.verdict import POINTS

FOLDER = Path("benchmarks") / "results"
TRIALS, VERDICT, FEWSHOT = "quality", "verdict-", "fewshot_"
"""Names, or beginnings of names, of the files with tables of their own."""
RATIO = re.compile(r"([^.]+)\.([^.]+)\.ratio")
SCORED_ARM = re.compile(r"([^.]+)\.macro_f1\.mean")
"""Only the headline view names its arms without the view."""
E2_RATIO = re.compile(r"e2\.([^.]+)\.ratio")

MAIN_NUMBERS = (
    "listings_found",
    "near_duplicates.precision",
    "near_duplicates.recall",
    "*.evidence.precision",
    "*.evidence.recall",
    "speedup.*",
    "*.speedup.*",
    "exponent*",
    "peak_gb",
    "ratio.*",
    "*.ratio",
    "*.ratio.*",
    "*.coherence",
    "*.copy_rate",
    "*.macro_f1",
    "*.auc",
    "*.rare_recall",
    "*.inconclusive",
    "gain_*.found",
    "loss_*.found",
    "ddp.efficiency",
    "noop_seconds",
    "dvc_share",
)
"""Names of the numbers of a benchmark that a table shows; all others are in its file."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a classifier learns from one engine's pictures of a public data set; None where not measured."""

    data: str
    engine: str
    ratio: float
    """Accuracy by that of the same classifier trained on as many balanced real pictures."""
    ratio_std: float | None
    coverage: float | None
    coverage_of_real: float | None
    density: float | None
    high_frequencies: float | None
    """Energy of fine detail by that of real pictures: 1 is as sharp as they are."""
    told_apart: float | None
    """Accuracy of a network that tells them from real pictures: .5 where it cannot."""
    seeds: float | None
    minutes: float | None
    """Of training the engine."""
    device: str | None


@dataclass(frozen=True, slots=True)
class PublicArm:
    """One way of balancing on a public data set; scores in points, words where the arm was compared."""

    arm: str
    macro_f1: Interval
    minority_recall: Interval | None
    against_none: str
    against_simple: str


@dataclass(frozen=True)
class PublicVerdict:
    """The contest on one public data set."""

    data: str
    train_rows: float | None
    seeds: float | None
    sentences: tuple[str, ...]
    arms: tuple[PublicArm, ...]
    """Those with a recall of rare classes, the best first."""
    e2_ratios: Mapping[str, float]
    """Network -> accuracy trained on synthetic by accuracy trained on real."""
    engine_steps: float | None = None
    """`train_gan.steps` of the run."""


@dataclass(frozen=True)
class Benchmark:
    """One file of single numbers."""

    name: str
    machine: str
    commit: str
    numbers: Mapping[str, Any]

    @property
    def main_numbers(self) -> list[str]:
        """The names of those that a table shows."""
        return [name for name in self.numbers if any(fnmatch(name, pattern) for pattern in MAIN_NUMBERS)]


def read_trials(folder: Path = FOLDER) -> tuple[Trial, ...]:
    """By data set, the best ratio first; empty where nothing was measured."""
    path = folder / f"{TRIALS}.json"
    numbers = read_json(path) if path.is_file() else {}
    trials = [trial_of(numbers, *matched.groups()) for name in numbers if (matched := RATIO.fullmatch(name))]
    return tuple(sorted(trials, key=lambda trial: (trial.data, -trial.ratio)))


def trial_of(numbers: Mapping[str, Any], data: str, engine: str) -> Trial:
    """One engine's numbers on one data set."""
    own = f"{data}.{engine}"
    return Trial(
        data=data,
        engine=engine,
        ratio=numbers[f"{own}.ratio"],
        ratio_std=numbers.get(f"{own}.ratio.std"),
        coverage=numbers.get(f"{own}.coverage"),
        coverage_of_real=numbers.get(f"{data}.real.coverage"),
        density=numbers.get(f"{own}.density"),
        high_frequencies=numbers.get(f"{own}.high_frequency_ratio"),
        told_apart=numbers.get(f"{own}.detection_accuracy"),
        seeds=numbers.get(f"{own}.seeds"),
        minutes=numbers.get(f"{own}.minutes"),
        device=numbers.get(f"{own}.device"),
    )


def picture_grid(trial: Trial, folder: Path = FOLDER) -> Path:
    """The engine's pictures of the data set, a row per class."""
    return folder / TRIALS / f"{trial.data}_{trial.engine}.png"


def read_verdicts(folder: Path = FOLDER) -> tuple[PublicVerdict, ...]:
    """Every public data set that the contest was run on, in name order."""
    files = sorted(folder.glob(f"{VERDICT}*.json"))
    return tuple(verdict_of(path.stem.removeprefix(VERDICT), read_json(path)) for path in files)


def verdict_of(data: str, content: Mapping[str, Any]) -> PublicVerdict:
    """The contest on one data set."""
    names = [matched[1] for name in content if (matched := SCORED_ARM.fullmatch(name))]
    arms = [arm for name in names if (arm := arm_of(content, name)).minority_recall is not None]
    return PublicVerdict(
        data,
        content.get("rows.train"),
        content.get("seeds"),
        tuple(str(text) for name, text in content.items() if name.startswith("sentence.")),
        tuple(sorted(arms, key=lambda arm: (-arm.macro_f1.mean, arm.arm))),
        {matched[1]: ratio for name, ratio in content.items() if (matched := E2_RATIO.fullmatch(name))},
        content.get("train_gan.steps"),
    )


def arm_of(content: Mapping[str, Any], arm: str) -> PublicArm:
    """One arm's scores and words."""
    score, recall = (interval_of(content, f"{arm}.{name}", POINTS) for name in ("macro_f1", "minority_recall"))
    words = (str(content.get(f"{arm}.{name}", "")) for name in ("verdict", "verdict_against_best_simple"))
    mean = POINTS * content[f"{arm}.macro_f1.mean"]
    return PublicArm(arm, score or Interval(mean, mean, mean), recall, *words)


def read_public_fewshot(folder: Path = FOLDER) -> dict[str, tuple[Accuracy, ...]]:
    """Public data set -> accuracies; files without any are left out."""
    files = sorted(folder.glob(f"{FEWSHOT}*.json"))
    found = {path.stem.removeprefix(FEWSHOT).replace("_", "-"): accuracies_of(read_json(path)) for path in files}
    return {data: accuracies for data, accuracies in found.items() if accuracies}


def read_benchmarks(folder: Path = FOLDER) -> tuple[Benchmark, ...]:
    """Every other benchmark, in name order."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.stem not in (TRIALS, SUITE, PEERS) and not path.stem.startswith(VERDICT):
            content = read_json(path)
            machine, commit = str(content.get("machine", "unknown")), str(content.get("commit", ""))
            found.append(Benchmark(path.stem, machine, commit, content))
    return tuple(found)
