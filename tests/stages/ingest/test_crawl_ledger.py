"""The ledger gives out every URL once, forgets nothing that was committed, and its counts add up."""

from pathlib import Path

import pytest

from makeweight.stages.ingest.crawl.ledger import READ_AHEAD, Entry, Ledger


def drained(ledger: Ledger) -> list[str]:
    return [entry.url for entry in iter(ledger.next_pending, None)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "ledger.sqlite"


def test_every_url_once_in_the_order_found(path: Path) -> None:
    ledger = Ledger(path)
    names = [f"u{number}" for number in range(READ_AHEAD + 10)]
    for name in [*names, *names]:
        ledger.add(Entry(name, "page"))
    assert drained(ledger) == names
    assert ledger.seen == len(names)
    ledger.add(Entry("later", "page"))
    assert drained(ledger) == ["later"]


def test_committed_outcomes_survive_and_pending_urls_are_given_out_again(path: Path) -> None:
    ledger = Ledger(path)
    for name in "abc":
        ledger.add(Entry(name, "page", depth=2, pages_without_new=1, listings_digest="x"))
    assert drained(ledger) == ["a", "b", "c"]
    ledger.finish(Entry("b", "page"), "fetched", status=200)
    ledger.commit()
    ledger.finish(Entry("a", "page"), "fetched", status=200)
    ledger.database.rollback()
    ledger.database.close()
    again = Ledger(path)
    assert again.counts == {"fetched": 1, "pending": 2}
    assert again.next_pending() == Entry("a", "page", depth=2, pages_without_new=1, listings_digest="x")
    assert drained(again) == ["c"]


def test_a_url_has_one_outcome(path: Path) -> None:
    ledger = Ledger(path)
    ledger.add(Entry("a", "page"))
    ledger.exclude(Entry("b", "page"), "deny")
    ledger.exclude(Entry("b", "page"), "other host")
    ledger.exclude(Entry("a", "page"), "deny")
    ledger.finish(Entry("a", "page"), "failed", reason="status 500")
    ledger.finish(Entry("a", "page"), "fetched")
    assert +ledger.counts == {"failed": 1, "excluded": 1}
    assert list(ledger.select(("url", "state", "reason"), "1")) == [
        ("a", "failed", "status 500"),
        ("b", "excluded", "deny"),
    ]


def test_a_page_that_turns_out_to_be_a_listing_is_fetched_again(path: Path) -> None:
    ledger = Ledger(path)
    ledger.add(Entry("a", "page"))
    assert drained(ledger) == ["a"]
    ledger.finish(Entry("a", "page"), "fetched")
    ledger.add(Entry("a", "listing"))
    assert [(entry.url, entry.kind) for entry in iter(ledger.next_pending, None)] == [("a", "listing")]
    ledger.finish(Entry("a", "page"), "fetched")
    assert +ledger.counts == {"pending": 1}
    ledger.finish(Entry("a", "listing"), "fetched")
    ledger.add(Entry("a", "listing"))
    ledger.add(Entry("a", "page"))
    assert drained(ledger) == []
    assert +ledger.counts == {"fetched": 1}
