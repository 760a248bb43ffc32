"""N-way K-shot episodes over classes that were never trained on, and answering them.

Everything that is compared answers the same episodes, by looking up one matrix of similarities between rows: networks
run once per row, whatever the number of episodes.
"""

from dataclasses import dataclass

import numpy as np

from makeweight.core.params import Section

EPISODES_AT_ONCE = 50
"""Bounds the memory of a look-up."""


class EpisodeParams(Section):
    """How many classes, examples and questions an episode has, and how many episodes are asked."""

    ways: tuple[int, ...]
    shots: tuple[int, ...]
    queries: int
    count: int
    validation_count: int
    neighbours: tuple[int, ...]
    """The k of the nearest-neighbour baselines; the best on the validation classes is used."""


@dataclass(frozen=True)
class Episodes:
    """Row positions: `support` `(episodes, ways, shots)`, `query` `(episodes, ways, queries)`."""

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
class Pool:
    """The classes from which episodes are drawn."""

    rows_of: list[np.ndarray]
    """Row positions of each eligible class."""
    units: np.ndarray
    """`(n,)` of all rows: no unit supports and asks in the same episode."""
    may_ask: np.ndarray
    """`(n,)` whether a row may be a query."""
    shots: int
    queries: int
    skipped: int
    """Classes that are too small, or have too few units."""

    def __len__(self) -> int:
        return len(self.rows_of)


def eligible(
    classes: np.ndarray, units: np.ndarray, shots: int, queries: int, may_ask: np.ndarray | None = None
) -> Pool:
    """The classes that can give so many supports and queries without a unit on both sides."""
    may_ask = np.ones(len(classes), dtype=bool) if may_ask is None else may_ask
    rows_of = [np.flatnonzero(classes == one) for one in np.unique(classes)]
    found = [rows for rows in rows_of if ask_first(units[rows], may_ask[rows], shots, queries) is not None]
    return Pool(found, units, may_ask, shots, queries, len(rows_of) - len(found))


def possible_ways(wanted: tuple[int, ...], classes: int) -> list[int]:
    """The wanted numbers of classes that there are; where there are fewer than any, all classes at once."""
    possible = [ways for ways in wanted if ways <= classes]
    return possible or ([classes] if classes >= 2 else [])


def draw(pool: Pool, ways: int, count: int, rng: np.random.Generator) -> Episodes:
    """Draw episodes over the eligible classes; no unit is on both sides of an episode."""
    chosen = rng.random((count, len(pool))).argsort(1)[:, :ways]
    support = np.empty((count, ways, pool.shots), dtype=int)
    query = np.empty((count, ways, pool.queries), dtype=int)
    for number, rows in enumerate(pool.rows_of):
        episode, way = np.nonzero(chosen == number)
        given, asked = draw_class(pool, rows, len(episode), rng)
        support[episode, way] = rows[given]
        query[episode, way] = rows[asked]
    return Episodes(support, query)


def ask_first(units: np.ndarray, may_ask: np.ndarray, shots: int, queries: int) -> np.ndarray | None:
    """Units of a class (as a mask over the sorted ones) that ask, so that the others can support; smallest first.

    None where that leaves too few rows to ask or to support.
    """
    _, unit_of_row, sizes = np.unique(units, return_inverse=True, return_counts=True)
    asks = unit_mask(unit_of_row, may_ask)
    asking = first_units(sizes, np.lexsort([sizes, ~asks])[None], queries)[0]
    enough = sizes[asks].sum() >= queries and sizes[~asking].sum() >= shots
    return asking if enough else None


def unit_mask(unit_of_row: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The units of which every row is in the mask."""
    return np.bincount(unit_of_row, weights=~rows) == 0


def first_units(sizes: np.ndarray, order: np.ndarray, rows: int) -> np.ndarray:
    """Mask `(draws, units)` of the first units in each order `(draws, units)` that hold so many rows together."""
    reached = sizes[order].cumsum(1)
    needed = reached - sizes[order] < rows
    mask = np.zeros_like(needed)
    np.put_along_axis(mask, order, needed, axis=1)
    return mask


def draw_class(pool: Pool, rows: np.ndarray, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Positions among a class' rows: `(draws, shots)` that support and `(draws, queries)` that ask.

    Random units ask; the others support. Where too little is left to support, the smallest units ask.
    """
    units, may_ask = pool.units[rows], pool.may_ask[rows]
    _, unit_of_row, sizes = np.unique(units, return_inverse=True, return_counts=True)
    chance = rng.random((draws, len(sizes))) + ~unit_mask(unit_of_row, may_ask)
    asking = first_units(sizes, chance.argsort(1), pool.queries)
    short = (~asking * sizes).sum(1) < pool.shots
    asking[short] = ask_first(units, may_ask, pool.shots, pool.queries)
    asks = asking[:, unit_of_row]
    chance = rng.random(asks.shape)
    asked = np.where(asks, chance, 2).argsort(1)[:, : pool.queries]
    given = np.where(asks, 2, chance).argsort(1)[:, : pool.shots]
    return given, asked


def by_prototype(similarity: np.ndarray, episodes: Episodes) -> np.ndarray:
    """Answers `(episodes, ways, queries)`: the class whose mean of supports is nearest.

    `similarity` holds inner products; |q - p|^2 differs from |p|^2 - 2 q.p by |q|^2, which is the same for all classes.
    """
    answers = []
    for support, query in parts(episodes):
        nearness = 2 * looked_up(similarity, support, query).mean(-1)
        length = similarity[support[..., :, None], support[..., None, :]].mean((-1, -2))
        answers.append((nearness - length[:, None, None, :]).argmax(-1))
    return np.concatenate(answers)


def by_mean_similarity(similarity: np.ndarray, episodes: Episodes) -> np.ndarray:
    """Answers `(episodes, ways, queries)`: the class whose supports are most similar on average."""
    return np.concatenate(
        [looked_up(similarity, support, query).mean(-1).argmax(-1) for support, query in parts(episodes)]
    )


def by_neighbours(similarity: np.ndarray, episodes: Episodes, k: int) -> np.ndarray:
    """Answers `(episodes, ways, queries)`: the class of most of the k nearest supports; a tie goes to the nearer."""
    answers = []
    for support, query in parts(episodes):
        near = looked_up(similarity, support, query)
        flat = near.reshape(*near.shape[:3], -1)
        nearest = (-flat).argsort(-1, kind="stable")[..., :k]
        votes = nearest // episodes.shots == np.arange(episodes.ways)[:, None, None, None, None]
        weight = 1 + 0.5 ** np.arange(1, nearest.shape[-1] + 1)
        answers.append((votes * weight).sum(-1).argmax(0))
    return np.concatenate(answers)


def by_chance(similarity: np.ndarray, episodes: Episodes, rng: np.random.Generator) -> np.ndarray:
    """Answers `(episodes, ways, queries)` that know nothing, each drawn anew."""
    return rng.integers(episodes.ways, size=episodes.query.shape)


def parts(episodes: Episodes) -> list[tuple[np.ndarray, np.ndarray]]:
    """Support and query, a few episodes at a time."""
    starts = range(0, len(episodes), EPISODES_AT_ONCE)
    return [(episodes.support[at : at + EPISODES_AT_ONCE], episodes.query[at : at + EPISODES_AT_ONCE]) for at in starts]


def looked_up(similarity: np.ndarray, support: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Similarities `(episodes, ways asked, queries, ways offered, shots)`."""
    return similarity[query[:, :, :, None, None], support[:, None, None, :, :]]


def accuracy(answers: np.ndarray) -> np.ndarray:
    """Share of right answers per episode; the right answer is the way that asks."""
    right = np.arange(answers.shape[1])[None, :, None]
    return (answers == right).mean((1, 2))
