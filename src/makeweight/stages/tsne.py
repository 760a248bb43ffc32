"""The stage `tsne`: real and synthetic samples in one t-SNE embedding, with neighbourhood purity and silhouette."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import openTSNE
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from makeweight.core import cores, files, outputs, params, paths, runtime, stopping
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.ranges import Count, CountOrNone, Perplexity, Size
from makeweight.data import encoded, samples
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled

STAGE = "tsne"
TRAIN, HELD_OUT = "real", "held out"
COLOURS = {TRAIN: "#0072b2", HELD_OUT: "#6b6b6b"}
"""As on the pages: real rows are blue, held-out ones grey."""
ENGINE_COLOURS = ("#d55e00", "#009e73", "#b8579a", "#8a6d00")
TRAIN_ALPHA = 0.3
TITLE = "Real train rows in blue; the others above them. Synthetic rows should lie where held-out ones do."


class Params(Section):
    """How many rows are embedded, and how."""

    max_train_rows: Count
    """Train rows that the embedding is fitted to, at most."""
    max_held_out_rows: CountOrNone
    """Test rows added to it, at most: they show where real rows lie that it was not fitted to."""
    max_synthetic_rows: CountOrNone
    """Rows of each engine added to it, at most."""
    principal_components: Size
    """Principal components kept of each modality."""
    perplexity: Perplexity
    iterations: Count
    neighbours: Count
    """k of the neighbourhood purity."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one source: train rows, held-out rows or an engine's."""

    source: str
    ids: np.ndarray
    rows: Labelled

    def sample(self, max_rows: int, rng: np.random.Generator) -> "Group":
        """At most `max_rows` of them, chosen at random, in their order."""
        chosen = np.sort(rng.permutation(len(self.rows))[:max_rows])
        return Group(self.source, self.ids[chosen], self.rows.take(chosen))


@dataclass(frozen=True, slots=True)
class JointPca:
    """All modalities of a row as one vector: the principal components of each, scaled to the same total variance."""

    parts: Mapping[str, tuple[PCA, float]]
    """Modality -> its reduction and the square root of its total variance."""

    @classmethod
    def fit(cls, train: Labelled, components: int, seed: int) -> "JointPca":
        """Fit to the train rows."""
        parts = {}
        for modality, array in train.inputs.items():
            flat = flattened(array)
            kept = min(components, *flat.shape)
            reduction = PCA(kept, svd_solver="randomized", random_state=seed).fit(flat)
            parts[modality] = reduction, float(np.sqrt(reduction.explained_variance_.sum())) or 1.0
        return cls(parts)

    def __call__(self, rows: Labelled) -> np.ndarray:
        """Vectors `(n, d)`."""
        return np.hstack(
            [
                reduction.transform(flattened(rows.inputs[modality])) / scale
                for modality, (reduction, scale) in self.parts.items()
            ]
        )


def flattened(array: np.ndarray) -> np.ndarray:
    """One vector per row, `(n, d)`; pictures are scaled to [0, 1]."""
    flat = array.reshape(len(array), -1)
    return flat / np.float32(255) if array.dtype == np.uint8 else flat


def embed(train: np.ndarray, others: Sequence[np.ndarray], settings: Params, seed: int) -> list[np.ndarray]:
    """t-SNE coordinates `(n, 2)` fitted to the train vectors alone, these first; the others are added to it."""
    # A perplexity above a third of the rows has no meaning: each row would have every other as its neighbour.
    perplexity = min(settings.perplexity, max(1.0, (len(train) - 1) / 3))
    options: dict[str, Any] = {"n_jobs": cores.available(), "random_state": seed}
    # openTSNE's compiled code calls Python on its way: left there by an exception, the process has crashed.
    with stopping.held() as release:
        tsne = openTSNE.TSNE(
            perplexity=perplexity,
            n_iter=settings.iterations,
            callbacks=lambda step, error, points: release(),
            **options,
        )
        embedding = tsne.fit(train)
        added = []
        for vectors in others:
            release()
            added.append(np.array(embedding.transform(vectors)))
    # Read last: the first transform moves the origin of the whole embedding, in place.
    return [np.array(embedding), *added]


def purity(
    points: np.ndarray, labels: np.ndarray, reference: np.ndarray, reference_labels: np.ndarray, k: int
) -> float:
    """Mean share of a point's k nearest reference points with its label; a point is not its own neighbour."""
    is_reference = points is reference
    search = NearestNeighbors(n_neighbors=min(k, len(reference) - is_reference)).fit(reference)
    nearest = search.kneighbors(None if is_reference else points, return_distance=False)
    return float((reference_labels[nearest] == labels[:, None]).mean())


def measure(
    groups: Sequence[Group], vectors: Sequence[np.ndarray], coordinates: Sequence[np.ndarray], k: int, classes: int
) -> dict[str, float]:
    """`<source>.{rows,purity,purity_before_tsne,silhouette}`; purity is among the train rows.

    `chance.purity` is what labels in random order would give: the sum of the squared class shares.
    """
    labels = groups[0].rows.labels
    shares = np.bincount(labels, minlength=classes) / len(labels)
    numbers: dict[str, float] = {"chance.purity": float(shares @ shares)}
    for group, high, flat in zip(groups, vectors, coordinates, strict=True):
        name, own = metric_key(group.source), group.rows.labels
        numbers[f"{name}.rows"] = len(own)
        numbers[f"{name}.purity"] = purity(flat, own, coordinates[0], labels, k)
        numbers[f"{name}.purity_before_tsne"] = purity(high, own, vectors[0], labels, k)
        if 2 <= len(np.unique(own)) < len(own):
            numbers[f"{name}.silhouette"] = float(silhouette_score(flat, own))
    return numbers


def plot_embedding(points: pd.DataFrame, numbers: Mapping[str, float]) -> Figure:
    """The train rows, then one panel per further source on the same axes: its rows above the train rows."""
    sources = list(dict.fromkeys(points["source"]))
    engines = sorted(source for source in sources if source not in COLOURS)
    colours = COLOURS | {engine: ENGINE_COLOURS[index % len(ENGINE_COLOURS)] for index, engine in enumerate(engines)}
    lines = 1 if len(sources) <= 3 else -(-len(sources) // 2)
    columns = -(-len(sources) // lines)
    figure = Figure(figsize=(4.4 * columns, 0.5 + 4.2 * lines), layout="constrained")
    panels = list(figure.subplots(lines, columns, squeeze=False).flat)
    for spare in panels[len(sources) :]:
        spare.set_axis_off()
    train = points[points["source"] == TRAIN]
    for axes, source in zip(panels, sources, strict=False):
        axes.scatter(train["x"], train["y"], s=6, color=COLOURS[TRAIN], alpha=TRAIN_ALPHA, linewidths=0)
        own = points[points["source"] == source]
        if source != TRAIN:
            axes.scatter(own["x"], own["y"], s=9, color=colours[source], linewidths=0)
        set_frame(axes, f"{source}: {len(own):,} rows, purity {numbers[f'{metric_key(source)}.purity']:.2f}", points)
    figure.suptitle(TITLE, fontsize=11)
    return figure


def metric_key(source: str) -> str:
    """The source's name in metrics."""
    return source.replace(" ", "_")


def set_frame(axes: Axes, title: str, points: pd.DataFrame) -> None:
    """Title and limits, the same for every panel, without ticks: distances in the embedding have no unit."""
    axes.set_title(title, fontsize=11)
    axes.set_xticks([])
    axes.set_yticks([])
    for limits, values in ((axes.set_xlim, points["x"]), (axes.set_ylim, points["y"])):
        margin = 0.03 * (values.max() - values.min())
        limits(values.min() - margin, values.max() + margin)


def point_table(groups: Sequence[Group], coordinates: Sequence[np.ndarray], classes: Sequence[str]) -> pd.DataFrame:
    """One row per point: `x, y, class, source, id, label`, where `class` is the index of `label`."""
    parts = [
        pd.DataFrame(flat, columns=["x", "y"]).assign(**{"class": group.rows.labels}, source=group.source, id=group.ids)
        for group, flat in zip(groups, coordinates, strict=True)
    ]
    points = pd.concat(parts, ignore_index=True)
    return points.assign(label=np.asarray(classes, dtype=object)[points["class"]])


def read_groups(arrays: Encoded, engines: Sequence[str], settings: Params, seed: int) -> list[Group]:
    """Train rows, held-out rows, then each engine's, at most as many as the parameters say; no empty groups."""
    ids, rng = arrays.table["id"].to_numpy(), np.random.default_rng(seed)
    groups = [
        Group(source, ids[arrays.rows(split)], arrays.split(split)).sample(max_rows, rng)
        for source, split, max_rows in (
            (TRAIN, "train", settings.max_train_rows),
            (HELD_OUT, "test", settings.max_held_out_rows),
        )
    ]
    groups += [read_engine(engine, arrays, settings.max_synthetic_rows, rng) for engine in engines]
    return [group for group in groups if len(group.rows)]


def read_engine(engine: str, arrays: Encoded, max_rows: int, rng: np.random.Generator) -> Group:
    """At most `max_rows` random samples of an engine, encoded as any other row would be."""
    path = paths.SAMPLE / f"{engine}.parquet"
    written = samples.read(path)
    samples.check(written, path)
    chosen = written.table.iloc[np.sort(rng.permutation(len(written))[:max_rows])]
    return Group(engine, chosen["id"].to_numpy(), arrays.encode(chosen, path))


def main() -> None:
    """Read the encoded real and synthetic rows; write the embedding, its plot and its metrics."""
    settings = params.load(Params, STAGE)
    seed = params.seed()
    runtime.prepare(seed)
    arrays = encoded.read()
    groups = read_groups(arrays, params.names("engines"), settings, seed)
    reduce = JointPca.fit(groups[0].rows, settings.principal_components, seed)
    vectors = [reduce(group.rows) for group in groups]
    say(f"t-SNE of {len(vectors[0])} train rows, then {sum(map(len, vectors[1:]))} others in the same embedding")
    coordinates = embed(vectors[0], vectors[1:], settings, seed)
    points = point_table(groups, coordinates, arrays.classes)
    numbers = measure(groups, vectors, coordinates, settings.neighbours, len(arrays.classes))
    outputs.write_png(STAGE, "embedding.png", plot_embedding(points, numbers))
    points = points[["x", "y", "label", "source", "id"]]
    outputs.write_csv(STAGE, "embedding.csv", points)
    with files.replacing(paths.TSNE / "coordinates.parquet") as partial:
        points.to_parquet(partial, index=False)
    outputs.write_metrics(STAGE, numbers)


if __name__ == "__main__":
    main()
