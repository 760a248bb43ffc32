"""Codecs translate columns to arrays and back, one per modality."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.reading import read_record
from makeweight.data.codecs.codec import Codec
from makeweight.data.codecs.image import ImageCodec
from makeweight.data.codecs.tabular import TabularCodec
from makeweight.data.codecs.text import TextCodec


@dataclass(frozen=True)
class SpecFile:
    """What every spec.json says; that of a modality that the data have is a `Spec` besides."""

    present: bool


CODECS: dict[str, type[Codec]] = {"image": ImageCodec, "tabular": TabularCodec, "text": TextCodec}


def present(folder: Path) -> bool:
    """Return whether the data have the modality; `folder` is data/preprocess/<modality>.

    Raises:
        InputError: the folder's spec.json is damaged.
    """
    spec = folder / "spec.json"
    if not spec.is_file():
        return False
    return read_record(spec, SpecFile).present


def chosen() -> tuple[str, ...]:
    """Return the parameter `modalities`.

    Raises:
        InputError: it is no list of modalities.
    """
    names = params.names("modalities")
    unknown = [name for name in names if name not in CODECS]
    if unknown or not names:
        given = f"has {unknown[0]!r}" if unknown else "is empty"
        raise InputError(f"{params.FILE}: `modalities` {given}; known are {', '.join(sorted(CODECS))}")
    return names


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


__all__ = ["CODECS", "Codec", "ImageCodec", "TabularCodec", "TextCodec", "chosen", "load_present", "present"]
