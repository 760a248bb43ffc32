"""Predictions for an upload by two sets of classifiers: trained on real samples alone, and by another arm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makeweight.app import artefacts
from makeweight.app.artefacts import CACHE, MissingError
from makeweight.app.generation import codecs, engine_names
from makeweight.app.limits import Limits
from makeweight.balance.arm import Arm
from makeweight.core import paths
from makeweight.core.errors import InputError
from makeweight.core.reading import read_json
from makeweight.learn.models_file import read_models_file

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import numpy as np

    from makeweight.learn.features import Features
    from makeweight.learn.view_models import Model

UNBALANCED = "none"
MODELS = "models.json"
TOP_CLASSES = 5


@dataclass(frozen=True, slots=True)
class Field:
    """A column that an upload may fill in; `choices` are its known categories."""

    name: str
    modality: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upload:
    """An upload as models read it, and the arm to compare with."""

    inputs: Mapping[tuple[str, str], Any]
    """Modality and kind of model (`learn.view_models`) -> an array with one row."""
    arm: str


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
    return bool(read_models_file(paths.CONTEST / arm).views)


def default_arm() -> str:
    """Choose the recommended arm; else one with synthetic samples: that validation chose, or the best on test."""
    others = [arm for arm in arms() if arm != UNBALANCED]
    if not others:
        raise MissingError("a classifier trained with synthetic samples", artefacts.CONTEST.stage)
    engines = set(engine_names()) if artefacts.ENGINES.present else set()
    generated = [arm for arm in others if engines.intersection(Arm.parse(arm).engines)]
    verdict = artefacts.run().verdict
    if verdict is not None and verdict.recommended in others:
        return verdict.recommended
    preferred = [] if verdict is None else [verdict.recommended, *verdict.chosen.values()]
    best_first = sorted(verdict.arms if verdict else (), key=lambda result: -result.against_none.difference.mean)
    preferred += [result.arm for result in best_first]
    return next((arm for arm in preferred if arm in generated), (generated or others)[0])


def fields() -> list[Field]:
    """Return the columns that can be filled in, besides the picture; text columns first."""
    from makeweight.data.codecs import TabularCodec, TextCodec

    found: list[Field] = []
    for name, codec in codecs().items():
        if isinstance(codec, TextCodec):
            found += [Field(column, name, "text") for column in codec.columns]
        elif isinstance(codec, TabularCodec):
            found += [Field(column.column, name, "date" if column.date else "number") for column in codec.numbers]
            found += [Field(category.column, name, "category", category.names) for category in codec.categories]
    return sorted(found, key=lambda field: field.modality != "text")


def read_upload(picture: bytes, cells: Mapping[str, str], arm: str, limits: Limits) -> Upload:
    """Check and encode an upload; empty cells count as not given.

    Raises:
        InputError: nothing was given, a column or arm does not exist, or a value is invalid.
    """
    import pandas as pd

    from makeweight.data.codecs import ImageCodec
    from makeweight.learn.view_models import LINEAR, NETWORK

    known = {field.name: field for field in fields()}
    given = {name: text.strip() for name, text in cells.items() if text.strip()}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InputError(f"there is no column {unknown[0][:50]!r}; there are {', '.join(known)}")
    if arm == UNBALANCED or arm not in arms():
        raise InputError(f"there is no arm {arm[:50]!r} to compare with")
    values = {name: cell_value(known[name], text, limits) for name, text in given.items()}
    inputs: dict[tuple[str, str], Any] = {}
    for modality, codec in codecs().items():
        own = [field for field in known.values() if field.modality == modality]
        if isinstance(codec, ImageCodec) and picture:
            pictures = codec.encode(pd.DataFrame({codec.column: [checked_picture(picture, limits)]}))
            inputs |= {(modality, NETWORK): pictures, (modality, LINEAR): features().of_pictures(pictures)}
        elif any(field.name in values for field in own):
            row = {field.name: values.get(field.name, math.nan if field.kind == "number" else None) for field in own}
            table = pd.DataFrame({name: [value] for name, value in row.items()})
            if modality == "text":
                inputs[modality, LINEAR] = features().of_texts(table)
            else:
                inputs |= dict.fromkeys([(modality, NETWORK), (modality, LINEAR)], codec.encode(table))
    if not inputs:
        raise InputError("give at least a picture, a text or a number")
    return Upload(inputs, arm)


def features() -> Features:
    """Return the features that linear models read; they are loaded once.

    Raises:
        MissingError: the stage that fits them has not run.
    """
    from makeweight.learn.features import Features

    return CACHE.get("features", artefacts.LEARNERS.require(), lambda path: Features.load(path.parent))


def cell_value(field: Field, text: str, limits: Limits) -> str | float:
    """Parse a cell: a float in a column of numbers, otherwise the text."""
    if len(text) > limits.text_characters:
        raise InputError(f"{field.name}: more than {limits.text_characters} characters")
    if field.kind != "number":
        return text
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{field.name}: {text[:50]!r} is not a number") from None
    if not math.isfinite(value):
        raise InputError(f"{field.name}: a number must be finite")
    return value


def checked_picture(content: bytes, limits: Limits) -> bytes:
    """Decode an uploaded picture within limits and encode it again, so that only its pixels are kept."""
    from makeweight.data import pictures

    if len(content) > limits.picture_bytes:
        raise InputError(f"the picture has more than {limits.picture_bytes} bytes")
    try:
        return pictures.encode(pictures.decode(content, limits.picture_pixels))
    except pictures.PictureError as reason:
        raise InputError(f"the picture cannot be read: {reason}") from None


def classify(uploads: Sequence[Upload]) -> list[dict[str, Prediction]]:
    """Predict for every upload: arm -> prediction. Uploads with the same arm and inputs share a pass.

    The arm that does nothing is shown as it predicts; every other one as its decision rules adjust its probabilities.
    """
    import numpy as np
    from scipy import sparse

    probabilities: list[dict[str, dict[str, np.ndarray]]] = [{UNBALANCED: {}, upload.arm: {}} for upload in uploads]
    for arm in sorted({UNBALANCED, *(upload.arm for upload in uploads)}):
        for view, model in models(arm).items():
            key = (model.modality, model.kind)
            rows = [n for n, one in enumerate(uploads) if arm in (UNBALANCED, one.arm) and key in one.inputs]
            if rows:
                parts = [uploads[n].inputs[key] for n in rows]
                batch = sparse.vstack(parts, format="csr") if sparse.issparse(parts[0]) else np.concatenate(parts)
                for n, row in zip(rows, model.predict(batch), strict=True):
                    probabilities[n][arm][view] = row
    return [{arm: decided(views, arm) for arm, views in own.items()} for own in probabilities]


def models(arm: str) -> dict[str, Model]:
    """Map the views of an arm to their models; they are loaded once.

    Raises:
        MissingError: rows are encoded otherwise than when the models were trained.
    """
    from makeweight.learn import view_models

    def read(path: Path) -> dict[str, Model]:
        shapes = read_models_file(path.parent).shapes
        if shapes != {name: list(codec.spec.shape) for name, codec in codecs().items()}:
            raise MissingError("classifiers for the data as they are encoded now", artefacts.CONTEST.stage)
        return view_models.load(path.parent)

    return CACHE.get("models", paths.CONTEST / arm / MODELS, read)


def classes(arm: str) -> list[str]:
    """Return the class names in the order of the outputs; all arms have the same."""
    return read_models_file(paths.CONTEST / arm).classes


def decided(views: Mapping[str, np.ndarray], arm: str) -> Prediction:
    """Return the top classes by each view and by their fusion, as the arm decides.

    Raises:
        MissingError: the arm was trained before decisions were saved.
    """
    from makeweight.learn import fusion
    from makeweight.learn.decision_rule import DecisionRule

    if not views:
        raise InputError("no classifier of this arm reads what was given")
    names = classes(arm)
    path = paths.CONTEST / arm / "decisions.json"
    if not path.is_file():
        raise MissingError("how the arm decides and fuses its views", artefacts.CONTEST.stage)
    kept = CACHE.get("decisions", path, read_json)

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
