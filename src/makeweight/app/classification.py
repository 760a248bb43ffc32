"""Predictions for an upload by two sets of classifiers: trained on real samples alone, and by another arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makeweight.app import artefacts
from makeweight.app.artefacts import CACHE, MissingError
from makeweight.app.generation import codecs, engine_names
from makeweight.app.limits import Limits
from makeweight.app.uploads import Encoded, Upload, encoded, fields
from makeweight.balance.arm import Arm
from makeweight.core import paths
from makeweight.core.errors import InputError
from makeweight.core.reading import read_json
from makeweight.learn.models_file import ModelsFile, read_models_file

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import numpy as np

    from makeweight.learn.features import Features
    from makeweight.learn.view_models import Model

UNBALANCED = "none"
MODELS = "models.json"
TOP_CLASSES = 5


@dataclass(frozen=True, slots=True)
class Prediction:
    """The most probable classes by each view and by their fusion, and the weight of each view in it."""

    views: dict[str, list[tuple[str, float]]]
    fused: list[tuple[str, float]]
    weights: dict[str, float]


def arms() -> list[str]:
    """Return the run's arms with saved classifiers, sorted by name; those of an earlier run are left out."""
    found = [arm for arm in artefacts.cells_with("contest", MODELS, artefacts.CONTEST) if has_models(arm)]
    if UNBALANCED not in found:
        raise MissingError(artefacts.CONTEST.what, artefacts.CONTEST.stage)
    return found


def has_models(arm: str) -> bool:
    """Whether an arm kept a model: those of an ensemble are not kept."""
    return bool(models_file(arm).views)


def models_file(arm: str) -> ModelsFile:
    """Return what models.json says of an arm's models."""
    return CACHE.get("models file", paths.CONTEST / arm / MODELS, lambda path: read_models_file(path.parent))


def default_arm() -> str:
    """Choose the recommended arm; else one with synthetic samples: that validation chose, or the best on test."""
    others = [arm for arm in arms() if arm != UNBALANCED]
    if not others:
        raise MissingError("a classifier trained with synthetic samples", artefacts.CONTEST.stage)
    engines = set(engine_names()) if artefacts.ENGINES.present else set()
    generated = [arm for arm in others if engines.intersection(Arm.parse(arm).engines)]
    verdict = artefacts.verdict()
    if verdict is not None and verdict.recommended in others:
        return verdict.recommended
    preferred = [] if verdict is None else [verdict.recommended, *verdict.chosen.values()]
    best_first = sorted(verdict.arms if verdict else (), key=lambda result: -result.against_none.difference.mean)
    preferred += [result.arm for result in best_first]
    return next((arm for arm in preferred if arm in generated), (generated or others)[0])


def features() -> Features:
    """Return the features that linear models read; they are loaded once.

    Raises:
        MissingError: the stage that fits them has not run.
    """
    from makeweight.learn.features import Features

    return CACHE.get("features", artefacts.LEARNERS.require(), lambda path: Features.load(path.parent))


def classify(uploads: Sequence[Upload], limits: Limits) -> list[dict[str, Prediction] | Exception]:
    """Predict for every upload: arm -> prediction, or what is wrong with it.

    The files are looked at once for all uploads, and those with the same arm and inputs share a pass.
    """
    known = {field.name: field for field in fields()}
    names = arms()
    default = "" if all(upload.arm for upload in uploads) else default_arm()
    read: dict[int, Encoded] = {}
    results: dict[int, dict[str, Prediction] | Exception] = {}
    for number, upload in enumerate(uploads):
        arm = upload.arm or default
        try:
            if arm == UNBALANCED or arm not in names:
                raise InputError(f"there is no arm {arm[:50]!r} to compare with")
            read[number] = Encoded(encoded(upload, known, limits), arm)
        except InputError as mistake:
            results[number] = mistake
    results.update(zip(read, predict(list(read.values())), strict=True))
    return [results[number] for number in range(len(uploads))]


def predict(uploads: Sequence[Encoded]) -> list[dict[str, Prediction]]:
    """Predict for every upload: arm -> prediction.

    The arm that does nothing is shown as it predicts; every other one as its decision rules adjust its probabilities.
    """
    probabilities: list[dict[str, dict[str, np.ndarray]]] = [{UNBALANCED: {}, upload.arm: {}} for upload in uploads]
    members: dict[str, list[int]] = {}
    for number, upload in enumerate(uploads):
        for modality in upload.rows:
            members.setdefault(modality, []).append(number)
    inputs = {name: inputs_of(name, [uploads[n].rows[name] for n in own]) for name, own in members.items()}
    decisions = {arm: Decisions.of(arm) for arm in sorted({UNBALANCED, *(upload.arm for upload in uploads)})}
    for arm in decisions:
        for view, model in models(arm).items():
            batch = inputs.get(model.modality, {}).get(model.kind)
            given = members.get(model.modality, [])
            places = [place for place, n in enumerate(given) if arm in (UNBALANCED, uploads[n].arm)]
            if batch is not None and places:
                for place, row in zip(places, model.predict(batch[places]), strict=True):
                    probabilities[given[place]][arm][view] = row
    return [{arm: decided(views, decisions[arm]) for arm, views in own.items()} for own in probabilities]


def inputs_of(modality: str, rows: Sequence[Any]) -> dict[str, Any]:
    """Map the kinds of models (`learn.view_models`) to what they read of these rows, computed for all of them at once.

    Args:
        modality: of the rows.
        rows: one per upload, as in `Encoded`.
    """
    import numpy as np
    import pandas as pd

    from makeweight.data.codecs import ImageCodec
    from makeweight.learn.view_models import LINEAR, NETWORK

    if modality == "text":
        return {LINEAR: features().of_texts(pd.concat(rows, ignore_index=True))}
    encoded = np.concatenate(rows)
    is_picture = isinstance(codecs()[modality], ImageCodec)
    return {NETWORK: encoded, LINEAR: features().of_pictures(encoded) if is_picture else encoded}


def models(arm: str) -> dict[str, Model]:
    """Map the views of an arm to their models; they are loaded once.

    Raises:
        MissingError: rows are encoded otherwise than when the models were trained.
    """
    from makeweight.learn import view_models

    def read(path: Path) -> dict[str, Model]:
        shapes = models_file(arm).shapes
        if shapes != {name: list(codec.spec.shape) for name, codec in codecs().items()}:
            raise MissingError("classifiers for the data as they are encoded now", artefacts.CONTEST.stage)
        return view_models.load(path.parent)

    return CACHE.get("models", paths.CONTEST / arm / MODELS, read)


@dataclass(frozen=True)
class Decisions:
    """How an arm decides and fuses its views; `classes` are in the order of the outputs."""

    arm: str
    classes: list[str]
    kept: Mapping[str, Any]

    @classmethod
    def of(cls, arm: str) -> Decisions:
        """Read those of an arm; they are read once.

        Raises:
            MissingError: the arm was trained before decisions were saved.
        """
        path = paths.CONTEST / arm / "decisions.json"
        if not path.is_file():
            raise MissingError("how the arm decides and fuses its views", artefacts.CONTEST.stage)
        return cls(arm, models_file(arm).classes, CACHE.get("decisions", path, read_json))


def decided(views: Mapping[str, np.ndarray], decisions: Decisions) -> Prediction:
    """Return the top classes by each view and by their fusion, as the arm decides.

    Raises:
        InputError: no classifier of the arm reads what was given.
        MissingError: the arm has no weights for these views together.
    """
    from makeweight.learn import fusion
    from makeweight.learn.decision_rule import DecisionRule

    if not views:
        raise InputError("no classifier of this arm reads what was given")
    arm, names, kept = decisions.arm, decisions.classes, decisions.kept

    def by_rule(record: Mapping, row: np.ndarray) -> np.ndarray:
        return row if arm == UNBALANCED else DecisionRule.from_record(record, names).adjusted(row[None])[0]

    shown = {view: by_rule(kept["rules"][view], row) if view in kept["rules"] else row for view, row in views.items()}
    if len(shown) == 1:
        (fused,) = shown.values()
        weights = dict.fromkeys(shown, 1.0)
    else:
        found = next((one for one in kept["sets"] if one["weights"].keys() == set(views)), None)
        if found is None:
            raise MissingError(f"weights for {', '.join(sorted(views))} together", artefacts.CONTEST.stage)
        weights = found["plain_weights" if arm == UNBALANCED else "weights"]
        fused = by_rule(found["rule"], fusion.fuse(list(shown.values()), [weights[view] for view in shown]))
    return Prediction(
        {view: top_classes(row, names) for view, row in shown.items()}, top_classes(fused, names), weights
    )


def top_classes(row: np.ndarray, names: Sequence[str]) -> list[tuple[str, float]]:
    """Return the most probable classes with their probabilities, the highest first."""
    return [(names[index], float(row[index])) for index in (-row).argsort(kind="stable")[:TOP_CLASSES]]
