"""Episodes are valid and classified as by hand; a planted embedding is right, a random one at chance."""

import numpy as np
import pytest

from makeweight.stages.fewshot import episodes
from makeweight.stages.fewshot.episodes import Episodes
from makeweight.stages.fewshot.scores import interval

RNG = np.random.default_rng(3)
CLASSES = np.repeat(np.arange(8), [30, 25, 20, 12, 9, 9, 6, 1])
UNITS = np.concatenate(
    [
        np.arange(30) // 2,
        100 + np.arange(25),
        [200] * 12 + list(range(201, 209)),
        300 + np.arange(12),
        400 + np.arange(9) // 3,
        [500] * 9,
        600 + np.arange(6),
        [700],
    ]
)


def sample(ways: int, shots: int, queries: int, count: int = 200) -> Episodes:
    pool = episodes.eligible_classes(CLASSES, UNITS, shots, queries)
    return episodes.sample_episodes(pool, ways, count, np.random.default_rng(0))


@pytest.mark.parametrize(("ways", "shots", "queries"), [(3, 1, 5), (4, 5, 3), (2, 10, 5)])
def test_an_episode_is_n_classes_with_k_examples_and_no_unit_is_support_and_query(
    ways: int, shots: int, queries: int
) -> None:
    sampled = sample(ways, shots, queries)
    assert sampled.support.shape == (200, ways, shots) and sampled.query.shape == (200, ways, queries)
    for support, query in zip(sampled.support, sampled.query, strict=True):
        assert len(set(CLASSES[support[:, 0]])) == ways
        for way in range(ways):
            assert len(set(CLASSES[support[way]]) | set(CLASSES[query[way]])) == 1
            assert len(set(support[way])) == shots and len(set(query[way])) == queries
            assert not set(UNITS[support[way]]) & set(UNITS[query[way]])


def test_a_class_that_is_too_small_or_of_one_unit_is_skipped() -> None:
    def names(shots: int, queries: int) -> list[int]:
        return [
            int(CLASSES[rows[0]]) for rows in episodes.eligible_classes(CLASSES, UNITS, shots, queries).rows_by_class
        ]

    assert names(1, 5) == [0, 1, 2, 3, 4, 6]
    assert names(5, 5) == [0, 1, 2, 3]
    assert names(20, 5) == [0, 1]
    assert names(30, 5) == []
    # Class 4 has three units of three: two of them must give five queries, which leaves three supports.
    assert 4 in names(3, 5) and 4 not in names(4, 5)


def test_only_rows_that_can_be_queries_are() -> None:
    classes, units = np.repeat([0, 1, 2], 12), np.arange(36) // 2
    can_be_query = units % 3 == 0
    can_be_query[24:] = False
    pool = episodes.eligible_classes(classes, units, 6, 4, can_be_query)
    assert len(pool) == 2 and pool.skipped == 1, "the third class has no queries"
    sampled = episodes.sample_episodes(pool, 2, 100, np.random.default_rng(0))
    assert can_be_query[sampled.query].all() and not can_be_query[sampled.support].all()
    assert not any(
        set(units[s.ravel()]) & set(units[q.ravel()]) for s, q in zip(sampled.support, sampled.query, strict=True)
    )


def test_every_eligible_class_is_sampled_as_often() -> None:
    sampled = sample(3, 1, 5, count=600)
    counts = np.bincount(CLASSES[sampled.support[:, :, 0].ravel()], minlength=8)
    assert (abs(counts[[0, 1, 2, 3, 4, 6]] - 300) < 60).all() and counts[[5, 7]].sum() == 0


def test_fewer_classes_than_any_number_of_ways_are_all_used_at_once() -> None:
    assert episodes.possible_ways((5, 10), 12) == [5, 10]
    assert episodes.possible_ways((5, 10), 7) == [5]
    assert episodes.possible_ways((5, 10), 3) == [3]
    assert episodes.possible_ways((5, 10), 1) == []


SUPPORT_A, SUPPORT_B, QUERY = [[0.0, 0.0], [2.0, 0.0]], [[0.0, 3.0], [0.0, 1.0]], [[0.4, 0.9], [0.0, 0.9]]
BY_HAND = np.array([*SUPPORT_A, *SUPPORT_B, *QUERY])
EPISODE = Episodes(np.array([[[0, 1], [2, 3]]]), np.array([[[4], [5]]]))


def test_prototypes_by_hand() -> None:
    # Means are (1, 0) and (0, 2): the squares are 1.17 and 1.37 for the first query, 1.81 and 1.21 for the second.
    predictions = episodes.by_prototype(BY_HAND @ BY_HAND.T, EPISODE)
    assert predictions.tolist() == [[[0], [1]]]
    assert episodes.accuracy(predictions).tolist() == [1.0]


def test_neighbours_by_hand() -> None:
    similarity = -np.linalg.norm(BY_HAND[:, None] - BY_HAND[None], axis=2)
    # Nearest to (0.4, 0.9): (0, 1) of B, (0, 0) of A, (2, 0) of A, (0, 3) of B. Nearest to (0, 0.9): B, A, B, A.
    assert episodes.by_neighbours(similarity, EPISODE, 1).tolist() == [[[1], [1]]]
    assert episodes.by_neighbours(similarity, EPISODE, 2).tolist() == [[[1], [1]]], "a tie goes to the nearer"
    assert episodes.by_neighbours(similarity, EPISODE, 3).tolist() == [[[0], [1]]]
    assert episodes.by_neighbours(similarity, EPISODE, 9).tolist() == [[[1], [1]]], "no more votes than supports"


def test_mean_similarity_by_hand() -> None:
    similarity = np.zeros((6, 6))
    similarity[4, [0, 1, 2, 3]] = [9, 0, 4, 4]
    similarity[5, [0, 1, 2, 3]] = [9, 0, 4, 6]
    assert episodes.by_mean_similarity(similarity, EPISODE).tolist() == [[[0], [1]]]


def test_a_planted_embedding_is_always_right() -> None:
    classes = np.repeat(np.arange(12), 30)
    points = np.eye(12)[classes] + np.random.default_rng(0).normal(0, 0.02, (360, 12))
    pool = episodes.eligible_classes(classes, np.arange(360), 5, 5)
    sampled = episodes.sample_episodes(pool, 10, 100, np.random.default_rng(0))
    gram = points @ points.T
    for predictions in (episodes.by_prototype(gram, sampled), episodes.by_neighbours(gram, sampled, 3)):
        assert (episodes.accuracy(predictions) == 1).all()


@pytest.mark.parametrize("ways", [5, 10])
def test_random_predictions_are_at_chance_within_its_interval(ways: int) -> None:
    classes = np.repeat(np.arange(40), 60)
    pool = episodes.eligible_classes(classes, np.arange(2400), 5, 5)
    sampled = episodes.sample_episodes(pool, ways, 600, np.random.default_rng(0))
    found = interval(episodes.accuracy(episodes.by_chance(np.empty(0), sampled, np.random.default_rng(5)))[None])
    assert found["low"] < 1 / ways < found["high"]
