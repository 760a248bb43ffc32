"""Profiles: the parameters that depend on how large the data are and of what kind, chosen once and written down.

`quick` answers in about a minute, `default` in minutes, `full` trains each engine until its validation score no longer
rises. What is set stands in params.yaml, with the size that it was chosen for, where a user reads and changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.balance.arm import NONE, Arm
from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.learn import views
from makeweight.tools.yaml_edit import Edit, edited

LEVELS = ("quick", "default", "full")
MARK = "# profile "
"""How a comment begins that a profile wrote, so that the next one may replace it."""

LARGE, HUGE = 20_000, 100_000
"""Rows from which on a default run is made smaller: fewer repeats, then less of everything that grows with rows."""

SIMPLE = ("decision_rule", "class_weights", "random_oversampling", "undersampling_ensemble", "smote")
DEFAULT_ARMS = (
    NONE,
    *SIMPLE,
    "distribution_calibration",
    "classic",
    "mixup",
    "wgan_gp_50",
    "latent_flow_50",
    "latent_flow_100",
    "latent_flow_all_50",
)
QUICK_ARMS = (NONE, "decision_rule", "class_weights", "random_oversampling", "smote", "latent_flow_50")
FOR_PICTURES = ("mixup",)
"""Ways that could act on tables and texts as well, but were made for pictures."""
FULL_ARMS = (
    *DEFAULT_ARMS[: DEFAULT_ARMS.index("wgan_gp_50")],
    "randaugment",
    "wgan_gp_50",
    "wgan_gp_100",
    "pixel_flow_50",
    "pixel_flow_100",
    "latent_flow_25",
    *DEFAULT_ARMS[DEFAULT_ARMS.index("latent_flow_50") :],
    "latent_flow_200",
    "latent_flow_50+weight_30",
)


@dataclass(frozen=True)
class DataSize:
    """What a profile depends on."""

    rows: int
    """Of the source, before cleaning."""
    modalities: tuple[str, ...]
    """Those that the card names columns for, of image, tabular, text."""
    classes: int
    columns: int = 0
    """Columns that are features."""

    @property
    def readable(self) -> str:
        """`5,000 rows, tabular, 2 classes`."""
        return f"{self.rows:,} rows, {' and '.join(self.modalities)}, {self.classes} classes"

    @property
    def has_pictures(self) -> bool:
        """Whether some column holds pictures."""
        return "image" in self.modalities


def profile(size: DataSize, level: str = "default") -> dict[str, Any]:
    """Return the values of params.yaml that suit data of this size, by dotted name.

    Args:
        size: of the data.
        level: one of `LEVELS`.

    Raises:
        InputError: there is no such level, or the data have no features.
    """
    if level not in LEVELS:
        raise InputError(f"there is no profile {level!r}; right would be one of {', '.join(LEVELS)}")
    if not size.modalities:
        raise InputError("the card names no feature: no picture, no text, no numeric or categorical column")
    engines = engines_of(size, level)
    chosen_views = views_of(size, level)
    return {
        "modalities": [name for name in ("image", "tabular", "text") if name in size.modalities],
        "engines": engines,
        "arms": arms_of(size, level, engines, chosen_views),
        "sample.amount": by_level(level, 0.5, 1.0, 2.0),
        "train_gan.steps": by_level(level, 100, 150 if size.modalities == ("tabular",) else 300, 10_000),
        "train_gan.quality.evaluations": by_level(level, 1, 3, 20),
        "train_gan.quality.patience": by_level(level, None, None, 4),
        "train_gan.engines.latent_flow.refinement_share": by_level(level, 0.35, 0.35, 0.02),
        "train_gan.engines.latent_flow.latent_dim": by_level(level, 128, 128, 256),
        "train_gan.engines.latent_flow.component_weight_power": by_level(level, 0.0, 0.0, 1.0),
        "contest.views": chosen_views,
        "contest.seeds": by_level(level, 2, 3 if size.rows <= LARGE else 2, 5),
        "learners.trees.max_leaf_nodes": by_level(level, [15], [8, 15], [8, 15, 31]),
        "learners.trees.trees": by_level(level, [30, 60], [30, 60, 90], [30, 60, 90, 180]),
        "verdict.bootstrap_samples": by_level(level, 1000, 2000 if size.rows <= HUGE else 1000, 5000),
        "fidelity.max_rows": by_level(level, 500, 2000, 5000),
        "tsne.max_train_rows": by_level(level, 500, 2000, 2000),
        "classify.nn.epochs": by_level(level, 12, 12, 60),
        "classify.lenet.epochs": by_level(level, 12, 12, 60),
        "classify.vgg16.epochs": by_level(level, 8, 8, 40),
        "classify.nn.steps_per_epoch": by_level(level, 20, None if size.rows <= LARGE else 200, None),
        "classify.lenet.steps_per_epoch": by_level(level, 20, None if size.rows <= LARGE else 200, None),
        "classify.vgg16.steps_per_epoch": by_level(level, 10, None if size.rows <= LARGE else 100, None),
        "fewshot.training.steps": by_level(level, 100, 300, 1000),
    }


def by_level(level: str, quick: Any, default: Any, full: Any) -> Any:
    """Return the value of the level."""
    return {"quick": quick, "default": default, "full": full}[level]


def engines_of(size: DataSize, level: str) -> list[str]:
    """Return the engines that are trained: the fastest alone in a quick run, the one on pixels for pictures."""
    engines = {"quick": ["latent_flow"], "default": ["wgan_gp", "latent_flow"]}.get(level)
    if engines is not None:
        return engines
    return ["wgan_gp", "latent_flow", *(["pixel_flow"] if size.has_pictures else [])]


def views_of(size: DataSize, level: str) -> list[str]:
    """Return the learners: those whose modality the data have; networks in a full run only."""
    names = ["text", "image", "trees", "tabular"] + (["resnet", "mlp"] if level == "full" else [])
    return [name for name in names if views.VIEWS[name] in size.modalities]


def arms_of(size: DataSize, level: str, engines: list[str], chosen_views: list[str]) -> list[str]:
    """Return the ways of balancing that mean something for these data: their engines are trained, their parts act."""
    names = by_level(level, QUICK_ARMS, DEFAULT_ARMS, FULL_ARMS)
    arms = [Arm.parse(name) for name in names if size.has_pictures or name not in FOR_PICTURES]
    return [arm.name for arm in arms if set(arm.engines) <= set(engines) and arm.why_idle(chosen_views) is None]


def apply(size: DataSize, level: str = "default", file: Path = params.FILE) -> dict[str, Any]:
    """Write a profile into params.yaml, and return the values that it set, by dotted name.

    Comments, order and all other values of the file stay as they are. Each value that is set gets a comment that says
    for what size it was chosen; the comment of an earlier profile is replaced, one of a user stays.

    Args:
        size: of the data, such as `DataSize(5000, ("tabular",), classes=2)`.
        level: one of `LEVELS`.
        file: the params.yaml to change.

    Raises:
        InputError: there is no such level or file, or the file lacks a parameter that a profile sets.
    """
    values = profile(size, level)
    comment = f"{MARK}{level}, for {size.readable}"
    edited(file, [Edit(name, value, comment) for name, value in values.items()], MARK)
    return values


def changed(values: Mapping[str, Any], file: Path = params.FILE) -> dict[str, tuple[Any, Any]]:
    """Return the values of a profile that differ from those in params.yaml: name -> before, after."""
    found = {}
    written = params.read_yaml(file)
    for name, value in values.items():
        before: Any = written
        for key in name.split("."):
            before = before.get(key) if isinstance(before, dict) else None
        if before != value:
            found[name] = (before, value)
    return found


def minutes(size: DataSize, level: str = "default") -> float:
    """Return about how many minutes a run with this profile takes on two quiet cores, from reading to report.

    A guess, to tell minutes from hours. Its constants come from four runs: the built-in catalogue, and by their
    processor time a table of 5,000 rows, 1,131 pictures and a shop of 204 books.
    """
    values = profile(size, level)
    thousands = size.rows / 1000
    processes = PROCESSES + len(values["modalities"]) + len(values["engines"]) + len(values["arms"])
    updates = values["train_gan.steps"] / 300 * len(values["engines"])
    kinds = max(UPDATE_SECONDS[name] for name in size.modalities)
    fits = len(values["arms"]) * (values["contest.seeds"] + 3)
    each = sum(FIT_SECONDS[name] for name in size.modalities) * (1 + size.classes / 10)
    once = sum(ONCE_SECONDS[name] for name in size.modalities)
    networks = len(values["arms"]) * values["contest.seeds"] * NETWORK_SECONDS * thousands * (level == "full")
    fixed = PICTURE_SECONDS * size.has_pictures
    seconds = processes * PROCESS_SECONDS + fixed + updates * kinds + thousands * (fits * each + once) + networks
    return seconds / 60


PROCESSES, PROCESS_SECONDS = 12, 3.0
"""Stages without cells, and what a process costs that does nothing."""
UPDATE_SECONDS = {"image": 55.0, "tabular": 40.0, "text": 10.0}
"""Of 300 steps of an engine, by modality; of several the slowest counts, since all are learned at once."""
PICTURE_SECONDS = 30.0
"""Of networks on pictures in `fidelity` and `classify`, however few the pictures are."""
FIT_SECONDS = {"image": 0.07, "tabular": 0.05, "text": 0.07}
"""Of a learner, by modality, for a thousand rows."""
ONCE_SECONDS = {"image": 6.0, "tabular": 16.0, "text": 2.0}
"""Of all that is done once, by modality, for a thousand rows."""
NETWORK_SECONDS = 3.0
"""Of a network, for a thousand rows."""
