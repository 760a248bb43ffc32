"""Real and synthetic samples on one plane (t-SNE): points, and how pure their neighbourhoods are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import by_first_part, whole

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {"x", "y", "label", "source"}


@dataclass(frozen=True, slots=True)
class Purity:
    """The share of a point's neighbours of its own class, for the points of one source; None where not known."""

    source: str
    purity: float | None
    purity_before_tsne: float | None
    """The same among the vectors that the plane was made of."""
    silhouette: float | None
    rows: int | None


@dataclass(frozen=True)
class Embedding:
    """The plane; None and empty where not known."""

    points: pd.DataFrame | None
    """Columns `x, y, label, source` and mostly `id`."""
    sources: tuple[Purity, ...]
    """`chance` is what shuffled labels give."""


@naming_files
def read_embedding(folders: Folders) -> Embedding | None:
    """The plane, where the stage `tsne` ran."""
    numbers, points = folders.numbers("tsne"), folders.series("tsne", "embedding.csv")
    if numbers is None and points is None:
        return None
    sources = tuple(
        Purity(source, own.get("purity"), own.get("purity_before_tsne"), own.get("silhouette"), whole(own.get("rows")))
        for source, own in by_first_part(numbers or {}).items()
    )
    return Embedding(points if points is not None and set(points) >= COLUMNS else None, sources)
