"""What a folder of trained models says about them; free of torch, so that a page can ask quickly."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from makeweight.core.reading import read_record


@dataclass(frozen=True)
class ViewFile:
    """What models.json says of one view."""

    modality: str
    kind: Literal["linear", "network"]


@dataclass(frozen=True)
class ModelsFile:
    """What models.json says."""

    classes: list[str]
    views: dict[str, ViewFile]
    shapes: dict[str, list[int]]


def read_models_file(folder: Path) -> ModelsFile:
    """Return the class names, the views and the shapes of their rows of a folder that `view_models.save` wrote.

    Raises:
        InputError: the file is missing or damaged.
    """
    return read_record(folder / "models.json", ModelsFile)
