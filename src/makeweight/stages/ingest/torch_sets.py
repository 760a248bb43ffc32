"""The source `torchvision`: CIFAR10, CIFAR100 and FashionMNIST from a local folder, or downloaded into it."""

import gzip
import shutil
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from PIL import Image

from makeweight.core import files, paths, progress
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.card import Card
from makeweight.stages.ingest import local, raw
from makeweight.stages.ingest.raw import Raw

IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


class TorchSet(Section):
    """Which data set, and where it lies."""

    name: Literal["CIFAR10", "CIFAR100", "FashionMNIST"]
    root: str | None = None
    """Folder that has it; without one it is downloaded into .scratch/ where the network allows."""


def read(chosen: TorchSet, card: Card, name: str) -> Raw:
    """Both parts. Columns that a card can name: `image` (PNG), `label` (class name), `part` (train or test), `id`."""
    root = paths.SCRATCH / "torchvision" if chosen.root is None else local.resolve(chosen.root, name, "source.root")
    if chosen.name == "FashionMNIST" and chosen.root is not None:
        root = unpacked(root)
    parts = [part_table(chosen, root, part, name) for part in ("train", "test")]
    table = pd.concat(parts, ignore_index=True)
    origin = chosen.root or f"torchvision.datasets.{chosen.name}"
    return Raw(
        samples=raw.as_samples(table, card.columns, name),
        failures=raw.rows(raw.FAILURES),
        provenance=raw.rows(raw.PROVENANCE, [(None, origin, None, digest(table))]),
        excluded=raw.rows(raw.EXCLUDED),
    )


def part_table(chosen: TorchSet, root: Path, part: str, name: str) -> pd.DataFrame:
    """One part as a table."""
    from makeweight.core import vision  # late: it takes seconds, and only this source needs it

    maker = getattr(import_module(f"{vision.torchvision.__name__}.datasets"), chosen.name)
    try:
        pictures = maker(str(root), train=part == "train", download=chosen.root is None)
    except (RuntimeError, OSError) as error:
        told = " ".join(str(error).split())
        raise InputError(f"{name}: {chosen.name} is not in {root} and could not be had: {told}") from None
    arrays = np.asarray(pictures.data)
    labels = [pictures.classes[int(label)] for label in pictures.targets]
    numbers = [f"{part}-{number:05d}" for number in range(len(labels))]
    shown = progress.track(arrays, f"ingest: {chosen.name} {part}")
    return pd.DataFrame({"id": numbers, "label": labels, "part": part, "image": [png(array) for array in shown]})


def png(array: np.ndarray) -> bytes:
    """A picture's bytes."""
    buffer = BytesIO()
    Image.fromarray(array).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def digest(table: pd.DataFrame) -> str:
    """Of all pictures and labels."""
    return raw.sha256(b"".join(table["image"]) + "".join(table["label"]).encode())


def unpacked(root: Path) -> Path:
    """The four IDX files of FashionMNIST, plain or gzipped anywhere below a folder, laid out as torchvision wants them.

    Raises:
        InputError: one is not there.
    """
    target = paths.SCRATCH / "torchvision"
    for file in IDX_FILES:
        found: list[Any] = sorted([*root.rglob(file), *root.rglob(f"{file}.gz")])
        if not found:
            raise InputError(f"{root}: no {file}[.gz] below it")
        with files.replacing(target / "FashionMNIST" / "raw" / file) as partial:
            opener = gzip.open if found[0].suffix == ".gz" else Path.open
            with opener(found[0], "rb") as packed, partial.open("wb") as plain:
                shutil.copyfileobj(packed, plain)
    return target
