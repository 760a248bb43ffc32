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
from makeweight.stages.ingest import local_files, raw
from makeweight.stages.ingest.raw import RawData

IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


class TorchvisionSet(Section):
    """Name and place of the data set."""

    name: Literal["CIFAR10", "CIFAR100", "FashionMNIST"]
    root: str | None = None
    """Folder with the data set; without one it is downloaded into .scratch/."""


def read(chosen: TorchvisionSet, card: Card, name: str) -> RawData:
    """Return both parts; a card can name `image` (PNG), `label` (class name), `part` (train or test) and `id`."""
    root = (
        paths.SCRATCH / "torchvision"
        if chosen.root is None
        else local_files.resolve_path(chosen.root, name, "source.root")
    )
    if chosen.name == "FashionMNIST" and chosen.root is not None:
        root = unpack_idx_files(root)
    parts = [part_table(chosen, root, part, name) for part in ("train", "test")]
    table = pd.concat(parts, ignore_index=True)
    origin = chosen.root or f"torchvision.datasets.{chosen.name}"
    return RawData(
        samples=raw.as_samples(table, card.columns, name),
        failures=raw.string_table(raw.FAILURES),
        provenance=raw.string_table(raw.PROVENANCE, [(None, origin, None, digest(table))]),
        excluded=raw.string_table(raw.EXCLUDED),
    )


def part_table(chosen: TorchvisionSet, root: Path, part: str, name: str) -> pd.DataFrame:
    """Return one part (train or test) as a table."""
    from makeweight.core import vision  # late: it takes seconds, and only this source needs it

    dataset_class = getattr(import_module(f"{vision.torchvision.__name__}.datasets"), chosen.name)
    try:
        pictures = dataset_class(str(root), train=part == "train", download=chosen.root is None)
    except (RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{name}: {chosen.name} is not in {root} and could not be downloaded: {reason}") from None
    arrays = np.asarray(pictures.data)
    labels = [pictures.classes[int(label)] for label in pictures.targets]
    ids = [f"{part}-{number:05d}" for number in range(len(labels))]
    tracked = progress.track(arrays, f"ingest: {chosen.name} {part}")
    return pd.DataFrame({"id": ids, "label": labels, "part": part, "image": [png(array) for array in tracked]})


def png(array: np.ndarray) -> bytes:
    """Return a picture as PNG bytes."""
    buffer = BytesIO()
    Image.fromarray(array).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def digest(table: pd.DataFrame) -> str:
    """Return a digest of all pictures and labels."""
    return raw.sha256(b"".join(table["image"]) + "".join(table["label"]).encode())


def unpack_idx_files(root: Path) -> Path:
    """Copy the four IDX files of FashionMNIST, plain or gzipped anywhere below a folder, to where torchvision looks.

    Raises:
        InputError: one is missing.
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
