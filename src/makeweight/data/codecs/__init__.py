"""Codecs translate columns to arrays and back, one per modality."""

import json
from collections.abc import Iterable
from pathlib import Path

from makeweight.core.errors import InputError
from makeweight.data.codecs.codec import Codec
from makeweight.data.codecs.image import ImageCodec
from makeweight.data.codecs.tabular import TabularCodec
from makeweight.data.codecs.text import TextCodec

CODECS: dict[str, type[Codec]] = {"image": ImageCodec, "tabular": TabularCodec, "text": TextCodec}


def present(folder: Path) -> bool:
    """Return whether the data have the modality; `folder` is data/preprocess/<modality>."""
    spec = folder / "spec.json"
    return spec.is_file() and bool(json.loads(spec.read_text(encoding="utf-8"))["present"])


def load_present(folder: Path, modalities: Iterable[str] = tuple(CODECS)) -> dict[str, Codec]:
    """Load the fitted codecs below data/preprocess, by modality in alphabetical order.

    Raises:
        InputError: none of the modalities has a codec there.
    """
    names = sorted(set(CODECS) & set(modalities))
    codecs = {name: CODECS[name].load(folder / name) for name in names if present(folder / name)}
    if not codecs:
        raise InputError(f"{folder}: no codec of {' or '.join(names) or 'any modality'}; run `dvc repro preprocess`")
    return codecs


__all__ = ["CODECS", "Codec", "ImageCodec", "TabularCodec", "TextCodec", "load_present", "present"]
