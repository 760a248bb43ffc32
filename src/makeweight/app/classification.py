"""An upload judged by two sets of classifiers: one trained on real samples alone, one with synthetic samples added."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from makeweight.app import artefacts
from makeweight.app.artefacts import SHELF, MissingError
from makeweight.app.generation import codecs
from makeweight.app.limits import Limits
from makeweight.balance.arm import Arm
from makeweight.core import paths
from makeweight.core.errors import InputError

if TYPE_CHECKING:  # seconds to import: what the first page does without is imported where it is used
    import numpy as np
    from torch import nn

WITHOUT = "none"
TOP = 5
SMALLEST = 1e-7


@dataclass(frozen=True, slots=True)
class Field:
    """A column that an upload may fill in; `choices` are the categories known."""

    name: str
    modality: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upload:
    """What was uploaded, encoded: modality -> array with one row; and the arm to compare with."""

    arrays: Mapping[str, np.ndarray]
    arm: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probabilities by one set of classifiers: per view, and all views together; each view's weight in the latter."""

    views: dict[str, list[tuple[str, float]]]
    together: list[tuple[str, float]]
    weights: dict[str, float]


def arms() -> list[str]:
    """The arms whose classifiers are kept, in name order."""
    found = sorted(path.parent.name for path in artefacts.CONTEST.need().glob("*/networks.json"))
    if WITHOUT not in found:
        raise MissingError(artefacts.CONTEST.what, artefacts.CONTEST.stage)
    return found


def default_arm() -> str:
    """The arm with synthetic samples to compare with: the one that the verdict chose, or the first."""
    others = [arm for arm in arms() if arm != WITHOUT]
    if not others:
        raise MissingError("a classifier trained with synthetic samples", artefacts.CONTEST.stage)
    engines = {path.parent.name for path in paths.TRAIN_GAN.glob("*/model.json")}
    generated = [arm for arm in others if engines.intersection(Arm.parse(arm).engines)]
    verdict = paths.PLOTS / "verdict" / "verdict.json"
    chosen = json.loads(verdict.read_text(encoding="utf-8")) if verdict.is_file() else {}
    wanted = [chosen.get("recommended"), *chosen.get("uses", {}).values()]
    return next((arm for arm in wanted if arm in generated), (generated or others)[0])


def fields() -> list[Field]:
    """The columns that can be filled in, besides the picture; texts first."""
    from makeweight.data.codecs import TabularCodec, TextCodec

    found: list[Field] = []
    for name, codec in codecs().items():
        if isinstance(codec, TextCodec):
            found += [Field(column, name, "text") for column in codec.columns]
        elif isinstance(codec, TabularCodec):
            found += [Field(number.column, name, "number") for number in codec.numbers]
            found += [Field(category.column, name, "category", category.names) for category in codec.categories]
    return sorted(found, key=lambda field: field.modality != "text")


def read_upload(picture: bytes, cells: Mapping[str, str], arm: str, limits: Limits) -> Upload:
    """Check and encode what was uploaded; cells that are empty count as not given.

    Raises:
        InputError: nothing was given, or something that is not what it should be.
    """
    import pandas as pd

    from makeweight.data.codecs import ImageCodec

    known = {field.name: field for field in fields()}
    given = {name: text.strip() for name, text in cells.items() if text.strip()}
    strangers = sorted(set(given) - set(known))
    if strangers:
        raise InputError(f"there is no column {strangers[0][:50]!r}; there are {', '.join(known)}")
    if arm == WITHOUT or arm not in arms():
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
        raise InputError("give a picture, a text or a number at least")
    return Upload(arrays, arm)


def cell_value(field: Field, text: str, limits: Limits) -> str | float:
    """A filled-in cell as its column holds it."""
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
    """An uploaded picture, decoded within limits and written anew, so that nothing but pixels goes on."""
    from makeweight.data import pictures

    if len(content) > limits.picture_bytes:
        raise InputError(f"the picture has more than {limits.picture_bytes} bytes")
    try:
        return pictures.encode(pictures.decode(content, limits.picture_pixels))
    except pictures.PictureError as reason:
        raise InputError(f"the picture cannot be read: {reason}") from None


def classify(uploads: Sequence[Upload]) -> list[dict[str, Judgement]]:
    """For every upload: arm -> judgement. Uploads that share an arm and a modality go through its network together."""
    import numpy as np
    import torch

    from makeweight.learn.training import predict

    answers: list[dict[str, dict[str, np.ndarray]]] = [{WITHOUT: {}, upload.arm: {}} for upload in uploads]
    names = classes(WITHOUT)
    for arm in sorted({WITHOUT, *(upload.arm for upload in uploads)}):
        for view, (network, modality) in networks(arm).items():
            asked = [n for n, one in enumerate(uploads) if arm in (WITHOUT, one.arm) and modality in one.arrays]
            if asked:
                rows = np.concatenate([uploads[n].arrays[modality] for n in asked])
                for n, row in zip(asked, predict(network, {modality: rows}, torch.device("cpu")), strict=True):
                    answers[n][arm][view] = row
    return [{arm: judge(views, names, weights(arm, views)) for arm, views in answer.items()} for answer in answers]


def networks(arm: str) -> dict[str, tuple[nn.Module, str]]:
    """View -> network and the modality that it reads, loaded once."""
    from makeweight.learn import network_files

    def read(path: Path) -> dict[str, tuple[nn.Module, str]]:
        written = json.loads(path.read_text(encoding="utf-8"))["networks"]
        shapes = {name: codec.spec.shape for name, codec in codecs().items()}
        if any(shapes.get(one["modality"]) != tuple(one["shape"]) for one in written.values()):
            raise MissingError("classifiers for the data as they are encoded now", artefacts.CONTEST.stage)
        return {view: (network_files.load(path.parent, view)[0], one["modality"]) for view, one in written.items()}

    return SHELF.take("networks", paths.CONTEST / arm / "networks.json", read)


def classes(arm: str) -> list[str]:
    """The class names of an arm's classifiers, in their order; all arms have the same."""
    return json.loads((paths.CONTEST / arm / "networks.json").read_text(encoding="utf-8"))["classes"]


def weights(arm: str, views: Collection[str]) -> dict[str, float]:
    """View -> its weight beside the others of `views`, as validation chose it; a view alone has weight 1.

    Raises:
        MissingError: the arm was trained before weights were kept.
    """
    if len(views) < 2:
        return dict.fromkeys(views, 1.0)
    path = paths.CONTEST / arm / "fusion.json"
    if not path.is_file():
        raise MissingError("the weights of the views in their fusion", artefacts.CONTEST.stage)
    kept = SHELF.take("fusion", path, lambda file: json.loads(file.read_text(encoding="utf-8"))["weights"])
    found = next((one for one in kept if one.keys() == set(views)), None)
    if found is None:
        raise MissingError(f"weights for {', '.join(sorted(views))} together", artefacts.CONTEST.stage)
    return found


def judge(views: Mapping[str, np.ndarray], names: Sequence[str], weights: Mapping[str, float]) -> Judgement:
    """The likeliest classes by each view, and by all views: the product of their shares, each to its weight's power."""
    import numpy as np

    if not views:
        raise InputError("no classifier of this arm reads what was given")
    logs = np.sum([weights[view] * np.log(np.maximum(row, SMALLEST)) for view, row in views.items()], axis=0)
    shares = np.exp(logs - logs.max())
    together = likeliest(shares / shares.sum(), names)
    return Judgement({view: likeliest(row, names) for view, row in views.items()}, together, dict(weights))


def likeliest(row: np.ndarray, names: Sequence[str]) -> list[tuple[str, float]]:
    """The classes with the largest probabilities, the largest first."""
    return [(names[place], float(row[place])) for place in (-row).argsort(kind="stable")[:TOP]]
