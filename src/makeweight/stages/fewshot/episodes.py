"""N-way K-shot episodes over classes that were never trained on, and the rules that classify their queries.

Every method is tested on the same episodes, by looking up one matrix of similarities between rows: networks run once
per row, whatever the number of episodes.
"""

from dataclasses import dataclass

import numpy as np

from makeweight.core.params import Section
from makeweight.core.ranges import Count, Several, Size, TwoOrMore

BATCH_SIZE = 50
"""Episodes looked up together; bounds the memory."""


class EpisodeParams(Section):
    """How many classes, examples and queries an episode has, and how many episodes there are."""

    ways: Several[TwoOrMore]
    shots: Several[Size]
    queries: Size
    """Per class."""
    count: Count
    validation_count: Count
    neighbours: Several[Size]
    """The k of the nearest-neighbour baselines; the best on the validation classes is used."""


@dataclass(frozen=True)
class Episodes:
    """Row indices: `support` `(episodes, ways, shots)`, `query` `(episodes, ways, queries)`."""

    support: np.ndarray
    query: np.ndarray

    def __len__(self) -> int:
        return len(self.support)

    @property
    def ways(self) -> int:
        """Classes per episode."""
        return self.support.shape[1]

    @property
    def shots(self) -> int:
        """Examples per class."""
        return self.support.shape[2]


@dataclass(frozen=True)
class EpisodePool:
    """The classes that episodes are sampled from."""

    rows_by_class: list[np.ndarray]
    """Row indices of each eligible class."""
    units: np.ndarray
    """`(n,)` of all rows: no unit has both supports and queries in one episode."""
    can_be_query: np.ndarray
    """`(n,)` whether a row may be a query."""
    shots: int
    queries: int
    skipped: int
    """Number of classes that have too few rows or units."""

    def __len__(self) -> int:
        return len(self.rows_by_class)


def eligible_classes(
    classes: np.ndarray, units: np.ndarray, shots: int, queries: int, can_be_query: np.ndarray | None = None
) -> EpisodePool:
    """The classes that have enough supports and queries from different units."""
    can_be_query = np.ones(len(classes), dtype=bool) if can_be_query is None else can_be_query
    rows_by_class = [np.flatnonzero(classes == one) for one in np.unique(classes)]
    eligible = [
        rows for rows in rows_by_class if query_units(units[rows], can_be_query[rows], shots, queries) is not None
    ]
    return EpisodePool(eligible, units, can_be_query, shots, queries, len(rows_by_class) - len(eligible))


def possible_ways(ways: tuple[int, ...], classes: int) -> list[int]:
    """Those numbers of ways for which there are enough classes; if none, all classes at once (at least two)."""
    possible = [way for way in ways if way <= classes]
    return possible or ([classes] if classes >= 2 else [])


def sample_episodes(pool: EpisodePool, ways: int, count: int, rng: np.random.Generator) -> Episodes:
    """Random episodes over the eligible classes; no unit has both supports and queries in one episode."""
    chosen = rng.random((count, len(pool))).argsort(1)[:, :ways]
    support = np.empty((count, ways, pool.shots), dtype=int)
    query = np.empty((count, ways, pool.queries), dtype=int)
    for label, rows in enumerate(pool.rows_by_class):
        episode, way = np.nonzero(chosen == label)
        support_indices, query_indices = sample_class(pool, rows, len(episode), rng)
        support[episode, way] = rows[support_indices]
        query[episode, way] = rows[query_indices]
    return Episodes(support, query)


def query_units(units: np.ndarray, can_be_query: np.ndarray, shots: int, queries: int) -> np.ndarray | None:
    """The smallest units of a class that give enough queries, as a mask over its sorted units.

    None where the class has too few queries, or too few supports in the other units.
    """
    _, unit_of_row, sizes = np.unique(units, return_inverse=True, return_counts=True)
    allowed = unit_mask(unit_of_row, can_be_query)
    chosen = first_units(sizes, np.lexsort([sizes, ~allowed])[None], queries)[0]
    enough = sizes[allowed].sum() >= queries and sizes[~chosen].sum() >= shots
    return chosen if enough else None


def unit_mask(unit_of_row: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Mask of the units of which every row is in the mask `rows`."""
    return np.bincount(unit_of_row, weights=~rows) == 0


def first_units(sizes: np.ndarray, order: np.ndarray, rows: int) -> np.ndarray:
    """Mask `(samples, units)` of the first units in each order `(samples, units)` that have enough rows together."""
    cumulative = sizes[order].cumsum(1)
    needed = cumulative - sizes[order] < rows
    mask = np.zeros_like(needed)
    np.put_along_axis(mask, order, needed, axis=1)
    return mask


def sample_class(
    pool: EpisodePool, rows: np.ndarray, samples: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Indices into a class's rows: supports `(samples, shots)` and queries `(samples, queries)`.

    Queries come from random units, supports from the others. Where that leaves too few supports, queries come from the
    smallest units.
    """
    units, can_be_query = pool.units[rows], pool.can_be_query[rows]
    _, unit_of_row, sizes = np.unique(units, return_inverse=True, return_counts=True)
    order = rng.random((samples, len(sizes))) + ~unit_mask(unit_of_row, can_be_query)
    chosen = first_units(sizes, order.argsort(1), pool.queries)
    too_few = (~chosen * sizes).sum(1) < pool.shots
    chosen[too_few] = query_units(units, can_be_query, pool.shots, pool.queries)
    is_query = chosen[:, unit_of_row]
    order = rng.random(is_query.shape)
    queries = np.where(is_query, order, 2).argsort(1)[:, : pool.queries]
    supports = np.where(is_query, 2, order).argsort(1)[:, : pool.shots]
    return supports, queries


def by_prototype(similarity: np.ndarray, episodes: Episodes) -> np.ndarray:
    """Predictions `(episodes, ways, queries)`: the class whose mean of supports is nearest.

    `similarity` holds inner products; |q - p|^2 differs from |p|^2 - 2 q.p by |q|^2, which is the same for all classes.
    """
    predictions = []
    for support, query in batches(episodes):
        nearness = 2 * support_similarities(similarity, support, query).mean(-1)
        length = similarity[support[..., :, None], support[..., None, :]].mean((-1, -2))
        predictions.append((nearness - length[:, None, None, :]).argmax(-1))
    return np.concatenate(predictions)


def by_mean_similarity(similarity: np.ndarray, episodes: Episodes) -> np.ndarray:
    """Predictions `(episodes, ways, queries)`: the class whose supports are most similar on average."""
    return np.concatenate(
        [support_similarities(similarity, support, query).mean(-1).argmax(-1) for support, query in batches(episodes)]
    )


def by_neighbours(similarity: np.ndarray, episodes: Episodes, k: int) -> np.ndarray:
    """Predictions `(episodes, ways, queries)`: the majority class of the k nearest supports; ties go to the nearer."""
    predictions = []
    for support, query in batches(episodes):
        near = support_similarities(similarity, support, query)
        flat = near.reshape(*near.shape[:3], -1)
        nearest = (-flat).argsort(-1, kind="stable")[..., :k]
        votes = nearest // episodes.shots == np.arange(episodes.ways)[:, None, None, None, None]
        weight = 1 + 0.5 ** np.arange(1, nearest.shape[-1] + 1)
        predictions.append((votes * weight).sum(-1).argmax(0))
    return np.concatenate(predictions)


def by_chance(similarity: np.ndarray, episodes: Episodes, rng: np.random.Generator) -> np.ndarray:
    """Random predictions `(episodes, ways, queries)`."""
    return rng.integers(episodes.ways, size=episodes.query.shape)


def batches(episodes: Episodes) -> list[tuple[np.ndarray, np.ndarray]]:
    """Support and query of `BATCH_SIZE` episodes at a time."""
    return [
        (episodes.support[start : start + BATCH_SIZE], episodes.query[start : start + BATCH_SIZE])
        for start in range(0, len(episodes), BATCH_SIZE)
    ]


def support_similarities(similarity: np.ndarray, support: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Similarity of each query to each support: `(episodes, query ways, queries, support ways, shots)`."""
    return similarity[query[:, :, :, None, None], support[:, None, None, :, :]]


def accuracy(predictions: np.ndarray) -> np.ndarray:
    """Share of right predictions per episode, `(episodes,)`; the right one is the index of the query's own way."""
    right = np.arange(predictions.shape[1])[None, :, None]
    return (predictions == right).mean((1, 2))
