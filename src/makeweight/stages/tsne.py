"""The stage `tsne`: real and synthetic samples on one plane, with numbers beside the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
import openTSNE
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from makeweight.core import cores, files, outputs, params, paths, runtime
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.data import encoded, samples
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled

STAGE = "tsne"
TRAIN, HELD_OUT = "real", "held out"


class Params(Section):
    """How many rows are placed, and how."""

    rows: int
    """Most train rows; they make the plane."""
    held_out_rows: int
    """Most test rows placed on it: where real rows land that did not make the plane."""
    synthetic_rows: int
    """Most rows of each engine placed on it."""
    components: int
    """Principal components kept of each modality."""
    perplexity: float
    iterations: int
    neighbours: int
    """k of the purity."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one source."""

    source: str
    ids: np.ndarray
    rows: Labelled

    def some(self, most: int, rng: np.random.Generator) -> "Group":
        """At most so many of them, by lot, in their order."""
        chosen = np.sort(rng.permutation(len(self.rows))[:most])
        return Group(self.source, self.ids[chosen], self.rows.take(chosen))


@dataclass(frozen=True, slots=True)
class Joined:
    """All modalities of a row as one vector: each reduced to its main directions, all with the same total spread."""

    parts: Mapping[str, tuple[PCA, float]]

    @classmethod
    def fit(cls, train: Labelled, components: int, seed: int) -> "Joined":
        """Learn directions and spread from train rows."""
        parts = {}
        for modality, codes in train.inputs.items():
            flat = flattened(codes)
            kept = min(components, *flat.shape)
            reduction = PCA(kept, svd_solver="randomized", random_state=seed).fit(flat)
            parts[modality] = reduction, float(np.sqrt(reduction.explained_variance_.sum())) or 1.0
        return cls(parts)

    def __call__(self, rows: Labelled) -> np.ndarray:
        """Vectors `(n, d)`."""
        return np.hstack(
            [
                reduction.transform(flattened(rows.inputs[modality])) / spread
                for modality, (reduction, spread) in self.parts.items()
            ]
        )


def flattened(codes: np.ndarray) -> np.ndarray:
    """One vector per row, pictures in [0, 1]."""
    flat = codes.reshape(len(codes), -1)
    return flat / np.float32(255) if codes.dtype == np.uint8 else flat


def place(train: np.ndarray, others: Sequence[np.ndarray], settings: Params, seed: int) -> list[np.ndarray]:
    """Positions `(n, 2)` on a plane made of the train vectors alone, train first; the others find their place on it."""
    # A perplexity above a third of the rows has no meaning: each row would have every other as its neighbour.
    perplexity = min(settings.perplexity, max(1.0, (len(train) - 1) / 3))
    options: dict[str, Any] = {"n_jobs": cores.available(), "random_state": seed}
    plane = openTSNE.TSNE(perplexity=perplexity, n_iter=settings.iterations, **options).fit(train)
    placed = [np.array(plane.transform(vectors)) for vectors in others]
    # Read last: the first transform moves the whole plane's origin, in place.
    return [np.array(plane), *placed]


def purity(points: np.ndarray, labels: np.ndarray, among: np.ndarray, names: np.ndarray, k: int) -> float:
    """Mean share of the k nearest of `among` that have the point's own label; a point is not its own neighbour."""
    itself = points is among
    search = NearestNeighbors(n_neighbors=min(k, len(among) - itself)).fit(among)
    nearest = search.kneighbors(None if itself else points, return_distance=False)
    return float((names[nearest] == labels[:, None]).mean())


def measure(
    groups: Sequence[Group], vectors: Sequence[np.ndarray], positions: Sequence[np.ndarray], k: int, classes: int
) -> dict[str, float]:
    """Purity of every source among the train rows, on the plane and before it was flattened, and the silhouette."""
    labels = groups[0].rows.labels
    shares = np.bincount(labels, minlength=classes) / len(labels)
    numbers: dict[str, float] = {"chance.purity": float(shares @ shares)}
    for group, high, flat in zip(groups, vectors, positions, strict=True):
        name, own = key_of(group.source), group.rows.labels
        numbers[f"{name}.rows"] = len(own)
        numbers[f"{name}.purity"] = purity(flat, own, positions[0], labels, k)
        numbers[f"{name}.purity_before"] = purity(high, own, vectors[0], labels, k)
        if 2 <= len(np.unique(own)) < len(own):
            numbers[f"{name}.silhouette"] = float(silhouette_score(flat, own))
    return numbers


def draw(points: pd.DataFrame, classes: Sequence[str], numbers: Mapping[str, float]) -> Figure:
    """One panel per source on the same axes, one colour per class; the train rows in grey behind the others."""
    sources = list(dict.fromkeys(points["source"]))
    lines = 1 if len(sources) <= 3 else -(-len(sources) // 2)
    columns = -(-len(sources) // lines)
    figure = Figure(figsize=(4.4 * columns, 0.8 + 4.2 * lines), layout="constrained")
    panels = list(figure.subplots(lines, columns, squeeze=False).flat)
    for spare in panels[len(sources) :]:
        spare.set_axis_off()
    colours = class_colours(len(classes))
    made_of = points[points["source"] == TRAIN]
    for axes, source in zip(panels, sources, strict=False):
        if source != TRAIN:
            axes.scatter(made_of["x"], made_of["y"], s=6, color="0.88", linewidths=0)
        own = points[points["source"] == source]
        axes.scatter(own["x"], own["y"], s=9, c=colours[own["class"]], linewidths=0)
        frame(axes, f"{source}: {len(own):,} rows, purity {numbers[f'{key_of(source)}.purity']:.2f}", points)
    dots = [Line2D([], [], marker="o", linestyle="", color=colour, markersize=6) for colour in colours]
    figure.legend(
        dots, classes, loc="outside lower center", ncols=min(4 + columns, len(classes)), fontsize=9, frameon=False
    )
    return figure


def key_of(source: str) -> str:
    """The source's name in metrics."""
    return source.replace(" ", "_")


def frame(axes: Axes, title: str, points: pd.DataFrame) -> None:
    """The same frame for every panel, without ticks: distances on the plane have no unit."""
    axes.set_title(title, fontsize=11)
    axes.set_xticks([])
    axes.set_yticks([])
    for limits, values in ((axes.set_xlim, points["x"]), (axes.set_ylim, points["y"])):
        margin = 0.03 * (values.max() - values.min())
        limits(values.min() - margin, values.max() + margin)


def class_colours(classes: int) -> np.ndarray:
    """One colour per class: twenty that are easy to tell apart, or a rainbow for more."""
    if classes <= 20:
        # The strong ones of tab20 first, then their pale sisters.
        return matplotlib.colormaps["tab20"]([*range(0, 20, 2), *range(1, 20, 2)][:classes])
    return matplotlib.colormaps["gist_rainbow"](np.linspace(0, 1, classes))


def table_of(groups: Sequence[Group], positions: Sequence[np.ndarray], classes: Sequence[str]) -> pd.DataFrame:
    """One row per point."""
    parts = [
        pd.DataFrame(flat, columns=["x", "y"]).assign(**{"class": group.rows.labels}, source=group.source, id=group.ids)
        for group, flat in zip(groups, positions, strict=True)
    ]
    points = pd.concat(parts, ignore_index=True)
    return points.assign(label=np.asarray(classes, dtype=object)[points["class"]])


def read_groups(arrays: Encoded, engines: Sequence[str], settings: Params, seed: int) -> list[Group]:
    """Train rows, held-out rows, then each engine's, at most as many as the parameters say; none without rows."""
    ids, rng = arrays.table["id"].to_numpy(), np.random.default_rng(seed)
    groups = [
        Group(source, ids[arrays.rows(split)], arrays.split(split)).some(most, rng)
        for source, split, most in ((TRAIN, "train", settings.rows), (HELD_OUT, "test", settings.held_out_rows))
    ]
    groups += [read_engine(engine, arrays, settings.synthetic_rows, rng) for engine in engines]
    return [group for group in groups if len(group.rows)]


def read_engine(engine: str, arrays: Encoded, most: int, rng: np.random.Generator) -> Group:
    """At most so many samples of an engine, encoded as any other row would be."""
    path = paths.SAMPLE / f"{engine}.parquet"
    written = samples.read(path)
    samples.check(written, path)
    chosen = written.table.iloc[np.sort(rng.permutation(len(written))[:most])]
    return Group(engine, chosen["id"].to_numpy(), arrays.encode(chosen))


def main() -> None:
    """Read codes of real and synthetic rows; write the plane, its picture and its numbers."""
    settings = params.load(Params, STAGE)
    seed = int(params.value("seed"))
    runtime.prepare(seed)
    arrays = encoded.read()
    groups = read_groups(arrays, params.value("engines"), settings, seed)
    joined = Joined.fit(groups[0].rows, settings.components, seed)
    vectors = [joined(group.rows) for group in groups]
    say(f"t-SNE of {len(vectors[0])} train rows, then {sum(map(len, vectors[1:]))} others on the same plane")
    positions = place(vectors[0], vectors[1:], settings, seed)
    points = table_of(groups, positions, arrays.classes)
    numbers = measure(groups, vectors, positions, settings.neighbours, len(arrays.classes))
    outputs.write_png(STAGE, "embedding.png", draw(points, arrays.classes, numbers))
    points = points[["x", "y", "label", "source", "id"]]
    outputs.write_csv(STAGE, "embedding.csv", points)
    with files.replacing(paths.TSNE / "coordinates.parquet") as partial:
        points.to_parquet(partial, index=False)
    outputs.write_metrics(STAGE, numbers)


if __name__ == "__main__":
    main()
