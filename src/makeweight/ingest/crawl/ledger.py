"""Every URL that a crawl has seen and its fate, on disk: nothing is asked twice, nothing is lost when the crawl dies.

Scrapy's own JOBDIR is written when a crawl is stopped in good order: what was under way at a kill is gone from it. Here
a page's fate and the links found on it are one transaction: a crawl killed at any point goes on from the last one.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.ingest.crawl.site import Kind

SCHEMA = """
CREATE TABLE IF NOT EXISTS urls (
    number INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    depth INTEGER NOT NULL,
    barren INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    reason TEXT,
    status INTEGER,
    final_url TEXT,
    sha256 TEXT,
    fetched_at REAL,
    fields TEXT,
    picture TEXT,
    body BLOB
);
CREATE INDEX IF NOT EXISTS pending ON urls (number) WHERE state = 'pending';
"""

ADD = """
INSERT INTO urls (url, kind, depth, barren, state, reason) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET kind = 'listing', state = 'pending', reason = NULL
WHERE kind = 'page' AND excluded.kind = 'listing' AND excluded.state = 'pending'
"""

BUSY_SECONDS = 15.0
READ_AHEAD = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """A URL to ask: what for, how many links from the start, after how many pages in a row without a listing."""

    url: str
    kind: Kind
    depth: int
    barren: int


class Ledger:
    """The account of one crawl, open in one process at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.rows = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level="DEFERRED")
        self.rows.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.rows.execute("PRAGMA journal_mode = WAL")
        self.rows.execute("PRAGMA synchronous = NORMAL")
        self.rows.executescript(SCHEMA)
        self.counts: dict[str, int] = dict(self.rows.execute("SELECT state, count(*) FROM urls GROUP BY state"))
        self.ahead: deque[Entry] = deque()
        self.last = 0

    @property
    def seen(self) -> int:
        """How many URLs there are."""
        return sum(self.counts.values())

    def add(self, entry: Entry) -> None:
        """A URL to ask, unless it is known; a mere page that turns out to be a listing is asked again."""
        before = self.rows.total_changes
        cursor = self.rows.execute(ADD, (entry.url, entry.kind, entry.depth, entry.barren, "pending", None))
        if self.rows.total_changes > before:
            self.counts["pending"] = self.counts.get("pending", 0) + 1
            if cursor.lastrowid is None or cursor.lastrowid <= self.last:
                self.ahead.append(entry)

    def exclude(self, entry: Entry, rule: str) -> None:
        """A URL that is never asked because of a rule, unless it is known."""
        before = self.rows.total_changes
        self.rows.execute(ADD, (entry.url, entry.kind, entry.depth, entry.barren, "excluded", rule))
        self.counts["excluded"] = self.counts.get("excluded", 0) + self.rows.total_changes - before

    def close_entry(self, url: str, state: str, **values: Any) -> None:
        """The fate of a pending URL: `fetched`, `failed` or `excluded`, and what is known about it."""
        names = ["state", "fetched_at", *values]
        assignments = ", ".join(f"{name} = ?" for name in names)
        done = self.rows.execute(
            f"UPDATE urls SET {assignments} WHERE url = ? AND state = 'pending'",
            (state, time.time(), *values.values(), url),
        )
        self.counts["pending"] -= done.rowcount
        self.counts[state] = self.counts.get(state, 0) + done.rowcount

    def next(self) -> Entry | None:
        """The next pending URL that was not yet given out in this process, oldest first."""
        if not self.ahead:
            found = self.rows.execute(
                "SELECT number, url, kind, depth, barren FROM urls WHERE state = 'pending' AND number > ? "
                "ORDER BY number LIMIT ?",
                (self.last, READ_AHEAD),
            ).fetchall()
            self.ahead.extend(Entry(*row[1:]) for row in found)
            self.last = found[-1][0] if found else self.last
        return self.ahead.popleft() if self.ahead else None

    def commit(self) -> None:
        """Make everything so far durable."""
        self.rows.commit()

    def select(self, columns: Iterable[str], condition: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Rows of the account in the order of their URLs."""
        yield from self.rows.execute(f"SELECT {', '.join(columns)} FROM urls WHERE {condition} ORDER BY url", values)

    def close(self) -> None:
        """Commit and let go of the file."""
        self.rows.commit()
        self.rows.close()
