"""Predictions for an upload by two sets of classifiers: trained on real samples alone, and by another arm."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from makeweight.app import artefacts
from makeweight.app.artefacts import CACHE, MissingError
from makeweight.app.generation import codecs, engine_names
from makeweight.app.limits import Limits
from makeweight.balance.arm import Arm
from makeweight.core import paths
from makeweight.core.errors import InputError

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import numpy as np
    from torch import nn

UNBALANCED = "none"
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
    """An encoded upload (modality -> array with one row), and the arm to compare with."""

    arrays: Mapping[str, np.ndarray]
    arm: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The most probable classes by each view and by their fusion, and the weight of each view in it."""

    views: dict[str, list[tuple[str, float]]]
    fused: list[tuple[str, float]]
    weights: dict[str, float]


def arms() -> list[str]:
    """Return the run's arms with saved classifiers, sorted by name; those of an earlier run are left out."""
    found = artefacts.cells_with("contest", "networks.json", artefacts.CONTEST)
    if UNBALANCED not in found:
        raise MissingError(artefacts.CONTEST.what, artefacts.CONTEST.stage)
    return found


def default_arm() -> str:
    """Choose an arm with synthetic samples: the one that the verdict recommends or validation chose, or the first."""
    others = [arm for arm in arms() if arm != UNBALANCED]
    if not others:
        raise MissingError("a classifier trained with synthetic samples", artefacts.CONTEST.stage)
    engines = set(engine_names()) if artefacts.ENGINES.present else set()
    generated = [arm for arm in others if engines.intersection(Arm.parse(arm).engines)]
    verdict = artefacts.run().verdict
    preferred = [] if verdict is None else [verdict.recommended, *verdict.chosen.values()]
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

    known = {field.name: field for field in fields()}
    given = {name: text.strip() for name, text in cells.items() if text.strip()}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InputError(f"there is no column {unknown[0][:50]!r}; there are {', '.join(known)}")
    if arm == UNBALANCED or arm not in arms():
        raise InputError(f"there is no arm {arm[:50]!r} to compare with")
    values = {name: cell_value(known[name], text, limits) for name, text in given.items()}
    arrays: dict[str, np.ndarray] = {}
    for modality, codec in codecs().items():
        own = [field for field in known.values() if field.modality == modality]
        if isinstance(codec, ImageCodec) and picture:
            arrays[modality] = codec.encode(pd.DataFrame({codec.column: [checked_picture(picture, limits)]}))
        elif any(field.name in values for field in own):
            row = {field.name: values.get(field.name, math.nan if field.kind == "number" else None) for field in own}
            arrays[modality] = codec.encode(pd.DataFrame({name: [value] for name, value in row.items()}))
    if not arrays:
        raise InputError("give at least a picture, a text or a number")
    return Upload(arrays, arm)


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
    """Predict for every upload: arm -> prediction. Uploads with the same arm and modality share a pass."""
    import numpy as np
    import torch

    from makeweight.learn.training import predict

    probabilities: list[dict[str, dict[str, np.ndarray]]] = [{UNBALANCED: {}, upload.arm: {}} for upload in uploads]
    names = classes(UNBALANCED)
    for arm in sorted({UNBALANCED, *(upload.arm for upload in uploads)}):
        for view, (network, modality) in networks(arm).items():
            rows = [n for n, one in enumerate(uploads) if arm in (UNBALANCED, one.arm) and modality in one.arrays]
            if rows:
                batch = np.concatenate([uploads[n].arrays[modality] for n in rows])
                for n, row in zip(rows, predict(network, {modality: batch}, torch.device("cpu")), strict=True):
                    probabilities[n][arm][view] = row
    return [{arm: fuse(views, names, weights(arm, views)) for arm, views in own.items()} for own in probabilities]


def networks(arm: str) -> dict[str, tuple[nn.Module, str]]:
    """Map the views of an arm to network and modality; they are loaded once."""
    from makeweight.learn import network_files

    def read(path: Path) -> dict[str, tuple[nn.Module, str]]:
        saved = json.loads(path.read_text(encoding="utf-8"))["networks"]
        shapes = {name: codec.spec.shape for name, codec in codecs().items()}
        if any(shapes.get(one["modality"]) != tuple(one["shape"]) for one in saved.values()):
            raise MissingError("classifiers for the data as they are encoded now", artefacts.CONTEST.stage)
        return {view: (network_files.load(path.parent, view)[0], one["modality"]) for view, one in saved.items()}

    return CACHE.get("networks", paths.CONTEST / arm / "networks.json", read)


def classes(arm: str) -> list[str]:
    """Return the class names in the order of the outputs; all arms have the same."""
    return json.loads((paths.CONTEST / arm / "networks.json").read_text(encoding="utf-8"))["classes"]


def weights(arm: str, views: Collection[str]) -> dict[str, float]:
    """Map `views` to their weights in the fusion of just these, as validation chose them; a single view has weight 1.

    Raises:
        MissingError: the arm was trained before weights were saved.
    """
    if len(views) < 2:
        return dict.fromkeys(views, 1.0)
    path = paths.CONTEST / arm / "fusion.json"
    if not path.is_file():
        raise MissingError("the weights of the views in their fusion", artefacts.CONTEST.stage)
    kept = CACHE.get("fusion", path, lambda file: json.loads(file.read_text(encoding="utf-8"))["weights"])
    found = next((one for one in kept if one.keys() == set(views)), None)
    if found is None:
        raise MissingError(f"weights for {', '.join(sorted(views))} together", artefacts.CONTEST.stage)
    return found


def fuse(views: Mapping[str, np.ndarray], names: Sequence[str], weights: Mapping[str, float]) -> Prediction:
    """Return the top classes by each view, and by the product of the views' probabilities raised to their weights."""
    from makeweight.learn import fusion

    if not views:
        raise InputError("no classifier of this arm reads what was given")
    fused = top_classes(fusion.fuse(list(views.values()), [weights[view] for view in views]), names)
    return Prediction({view: top_classes(row, names) for view, row in views.items()}, fused, dict(weights))


def top_classes(row: np.ndarray, names: Sequence[str]) -> list[tuple[str, float]]:
    """Return the most probable classes with their probabilities, the highest first."""
    return [(names[index], float(row[index])) for index in (-row).argsort(kind="stable")[:TOP_CLASSES]]
