"""`makeweight.compare`: does balancing help on these rows, and which way of it?"""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.balance.sampler_containers import opened
from makeweight.balance.sampler_content import DEFAULTS
from makeweight.balance.sampler_target import Target
from makeweight.balance.train_split import minority_mask
from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.names import count_word, listed
from makeweight.core.ranges import LARGEST_SEED
from makeweight.trial import repeats
from makeweight.trial.one_split import Contest
from makeweight.trial.pictures import PictureRows, as_array
from makeweight.trial.recommended import recommendation_of
from makeweight.trial.repeats import Progress, silent
from makeweight.trial.rows import TableRows, TrialRows
from makeweight.trial.verdict import Verdict

ARMS = (NONE, DECISION_RULE, "class_weights", "random_oversampling", "smote", "latent_flow_100")
SIMPLE = ARMS[:5]
MOST_CLASSES = 100
LEAST_ROWS = 6
"""Of a class: two for the test rows and four for three folds of the train rows."""
LEAST_GROUPS = 4
"""Of a class, for the same reason."""
MOST_NUMBERS = 4_000_000
"""Rows times numbers of a row times classes beyond two: of larger data a random part is used."""
FEWEST_ROWS = 3000
MINUTE = 60.0


def compare(
    X: Any,  # noqa: N803
    y: Any,
    *,
    arms: Sequence[str] | None = None,
    rare: Any = None,
    groups: Any = None,
    seconds: float = MINUTE,
    splits: int | None = None,
    seed: int = 0,
    categorical_features: Any = "auto",
    picture_shape: tuple[int, ...] | None = None,
    progress: Progress = silent,
) -> Verdict:
    """Return whether any way of balancing helps on these rows, and the one to use.

    Each way trains the same learners (boosted trees and a linear model on tables, a linear model of patch features on
    pictures), on several random splits; its decision rule is chosen on predictions of train rows out of fold. Intervals
    know that splits share rows, and hold for all ways together.

    Args:
        X: rows and columns (a frame, an array, a list), or pictures of `(n, height, width)`, with `(..., 3)` in
            colour, also as a list of arrays or of Pillow's images; as `GANSampler` takes them.
        y: the class of each row.
        arms: ways of balancing: `none` and `decision_rule` (always part of it), `class_weights`,
            `random_oversampling`, `smote`, and engines with their amount in per cent of a full balance, such as
            `latent_flow_100` or `wgan_gp_50`. None: all of these with `latent_flow_100`, GANSampler's own engine.
        rare: the class, or classes, whose recall and average precision are shown. None: all with fewer rows than an
            equal share.
        groups: what each row belongs to; rows of a group are never on both sides of a split.
        seconds: the time to use; at least two splits are made, however long they take.
        splits: 2 to 100: so many are made, however long they take, so that the scores are the same on a slower
            machine. None: as many as fit into the time, 15 at most.
        seed: 0 to 2**31 - 1; same seed, same splits.
        categorical_features: as in `GANSampler`.
        picture_shape: as in `GANSampler`.
        progress: called with the share that is done, the seconds left, and what is being done.

    Raises:
        InputError: X, y or another argument cannot be used; the message names it, the column or the class, and what
            would be right.
    """
    check_whole("seed", seed, 0, LARGEST_SEED)
    if splits is not None:
        check_whole("splits", splits, repeats.FEWEST, repeats.LIMIT)
    check_seconds(seconds)
    target = Target.of(y)
    array = as_array(X)
    rows, labels, notes = read(array, target.values, categorical_features, picture_shape)
    names, counts, kept, more = classes_of(labels, rare)
    notes += more
    units = None if groups is None else pd.factorize(np.asarray(pd.Series(list(groups), dtype=object)))[0]
    if units is not None and len(units) != len(labels):
        raise InputError(f"groups: {len(units)} of them, but y has {len(labels)} rows; one for each row would be right")
    chosen = parsed(arms)
    kept, more = within_limits(kept, labels, rows, names, units)
    notes += more
    codes = np.searchsorted(names, labels[kept])
    own_units = np.arange(len(kept)) if units is None else units[kept]
    contest = Contest(rows.taken(kept), codes, own_units, tuple(map(str, names)), rare_mask(rare, names, codes), chosen)
    check_groups(contest, units is not None)
    with warnings.catch_warnings():
        # Of few rows of a class, or of a fit that ends early: the same for every way, and told by the intervals.
        for kind in (UserWarning, ConvergenceWarning, RuntimeWarning):
            warnings.simplefilter("ignore", kind)
        finding, spent = repeats.run(contest, None if units is None else own_units, seconds, splits, seed, progress)
    missing = [arm.name for arm in chosen if arm.name not in finding.arms]
    notes += [f"{arm} is left out: it could not be learned on every split" for arm in missing]
    sizes = {str(name): int(count) for name, count in zip(names, counts, strict=True)}
    advice = recommendation_of(finding, names, array, target.values, rows, seed)
    return Verdict(finding, sizes, contest.classes, contest.rare, advice, tuple(notes), spent)


def check_whole(name: str, value: Any, least: int, most: int) -> None:
    """Refuse an argument that is no whole number within limits.

    Raises:
        InputError: it is none.
    """
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or not least <= value <= most:
        raise InputError(f"{name}: is {value!r}; a whole number from {least} to {most} would be right")


def check_seconds(seconds: Any) -> None:
    """Refuse a time that cannot be counted down.

    Raises:
        InputError: it is not a number of at least 0, or it has no end.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | np.number) or not 0 <= seconds < math.inf:
        raise InputError(f"seconds: is {seconds!r}; a number of seconds, such as {MINUTE:.0f}, would be right")


def read(
    given: Any, labels: np.ndarray, categorical: Any, shape: tuple[int, ...] | None
) -> tuple[TrialRows, np.ndarray, list[str]]:
    """Return the rows, ready for any split, with their labels and what is to be told."""
    rows = opened(given, shape is not None).rows
    if len(rows) != len(labels):
        raise InputError(f"y: {len(labels)} labels, but X has {len(rows)} rows; one for each row would be right")
    if isinstance(rows, pd.DataFrame) or (rows.ndim == 2 and shape is None):
        table = TableRows.of(rows, labels, categorical)
        return table, labels, list(table.notes)
    pictures = PictureRows.of(np.asarray(rows), shape)
    return pictures, labels, list(pictures.notes)


def classes_of(labels: np.ndarray, rare: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Return class names, their rows, positions of the rows that are used, and what is to be told.

    Raises:
        InputError: there is one class, or there are too many, or `rare` is none of them.
    """
    names, counts = np.unique(labels, return_counts=True)
    if len(names) < 2:
        raise InputError(
            f"y: all {len(labels)} rows have the class {str(names[0])!r}; at least two classes would be right"
        )
    for one in chosen_classes(rare):
        if one not in names:
            raise InputError(f"rare: there is no class {one!r}; there are {listed(names.tolist(), 10)}")
    large = counts >= LEAST_ROWS
    if large.sum() > MOST_CLASSES or large.sum() < 2:
        fault = (
            f"{len(names):,} different classes in {len(labels):,} rows, {large.sum():,} of {LEAST_ROWS} rows or more"
        )
        raise InputError(f"y: {fault}; 2 to {MOST_CLASSES} classes of at least {LEAST_ROWS} rows would be right")
    small = [f"{name} ({count})" for name, count in zip(names[~large], counts[~large], strict=True)]
    notes = [f"classes with fewer than {LEAST_ROWS} rows are left out: {listed(small, 10)}"] if small else []
    return names[large], counts[large], np.flatnonzero(np.isin(labels, names[large])), notes


def chosen_classes(rare: Any) -> list[Any]:
    """Return `rare` as a list."""
    if rare is None:
        return []
    return list(rare) if isinstance(rare, list | tuple | set | np.ndarray) else [rare]


def rare_mask(rare: Any, names: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return which classes the recall is of: the chosen ones, else those with fewer rows than an equal share."""
    if rare is not None:
        return np.isin(names, chosen_classes(rare))
    return minority_mask(codes, len(names))


def parsed(arms: Sequence[str] | None) -> tuple[Arm, ...]:
    """Return the arms, `none` and the rule first.

    Raises:
        InputError: one is unknown.
    """
    engines = list(params.read_yaml(DEFAULTS)["engines"])
    names = list(dict.fromkeys((NONE, DECISION_RULE, *(ARMS if arms is None else arms))))
    found = tuple(Arm.parse(name) for name in names)
    for arm in found:
        engine = arm.is_plain_amount and arm.engines and arm.engines[0] in engines
        if arm.name not in SIMPLE and not engine:
            raise InputError(
                f"arms: {arm.name!r} is not known; right would be {', '.join(SIMPLE)}, or an engine "
                f"({', '.join(engines)}) with its amount in per cent, such as {ARMS[-1]}"
            )
    return found


def within_limits(
    kept: np.ndarray, labels: np.ndarray, rows: TrialRows, names: np.ndarray, units: np.ndarray | None
) -> tuple[np.ndarray, list[str]]:
    """Return positions of at most so many rows that a split takes seconds, not minutes, and what is to be told."""
    most = max(FEWEST_ROWS, int(MOST_NUMBERS / (rows.width * max(1.0, len(names) / 2))))
    if len(kept) <= most:
        return kept, []
    if units is None:
        chosen, _ = train_test_split(kept, train_size=most, stratify=labels[kept], random_state=0)
    else:
        order = np.random.default_rng(0).permutation(units.max() + 1)
        chosen = kept[np.argsort(order[units[kept]], kind="stable")][:most]
    return np.sort(chosen), [f"a random part of the rows is used: {most:,} of {len(kept):,}, so that time is enough"]


def check_groups(contest: Contest, grouped: bool) -> None:
    """Refuse groups of which a class has too few.

    Raises:
        InputError: a class is in fewer than `LEAST_GROUPS`.
    """
    for code, name in enumerate(contest.classes if grouped else ()):
        count = len(np.unique(contest.units[contest.labels == code]))
        if count < LEAST_GROUPS:
            least = count_word(LEAST_GROUPS)
            raise InputError(f"groups: class {name!r} is in {count}; at least {least} groups of each would be right")
