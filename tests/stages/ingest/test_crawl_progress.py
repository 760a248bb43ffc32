"""A crawl says how much is left and how long that takes."""

import pytest

from makeweight.stages.ingest.crawl.spider import describe_counts, describe_rest, done_of

COUNTS = {"fetched": 90, "failed": 5, "excluded": 5, "pending": 300}


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (10.0, "take 30 s"),
        (1.0, "take 5 min"),
        (0.05, "take 1 h 40 min"),
        (300 / (60 * 59.7), "take 1 h 0 min"),
        (300 / (60 * 119.7), "take 2 h 0 min"),
        (0.0, ""),
    ],
)
def test_the_time_left_follows_from_the_rate(rate: float, text: str) -> None:
    told = describe_rest(COUNTS, rate)
    assert text in told and bool(told) == bool(text)


def test_nothing_left_is_not_told() -> None:
    assert describe_rest({"fetched": 3}, 1.0) == "" and done_of(COUNTS) == 100
    assert describe_counts(COUNTS) == "90 fetched, 5 failed, 5 excluded, 300 pending"
