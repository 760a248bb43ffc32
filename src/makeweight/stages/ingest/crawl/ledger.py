"""Every URL that a crawl has seen and its outcome, on disk: nothing is fetched twice, nothing is lost in a crash.

Scrapy's own JOBDIR is written when a crawl stops in good order: requests in progress at a kill are missing from it.
Here a page's outcome and the links found on it are one transaction, so a killed crawl continues from the last one.
"""

import math
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

from makeweight.stages.ingest.crawl.site import Kind

SCHEMA = """
CREATE TABLE IF NOT EXISTS urls (
    number INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    depth INTEGER NOT NULL,
    pages_without_new INTEGER NOT NULL,
    listings_digest TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    reason TEXT,
    status INTEGER,
    final_url TEXT,
    sha256 TEXT,
    fetched_at REAL,
    fields TEXT,
    faults TEXT,
    picture TEXT,
    canonical TEXT,
    languages TEXT,
    body BLOB
);
CREATE INDEX IF NOT EXISTS pending ON urls (number) WHERE state = 'pending';
"""

ADD = """
INSERT INTO urls (url, kind, depth, pages_without_new, listings_digest, state, reason) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO NOTHING
"""

ENTRY_COLUMNS = ("url", "kind", "depth", "pages_without_new", "listings_digest")
"""The columns that form an `Entry`."""

Outcome = Literal["fetched", "failed", "excluded"]
"""The final states of a URL; until it has one it is `pending`."""

EXIT_REDIS_LOST = 69
"""Exit status of a process that Redis stopped replying to; what it found is safe in its ledger."""

LOCK_TIMEOUT_SECONDS = 15.0
READ_AHEAD = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """A URL to fetch: for what purpose, and how it was found."""

    url: str
    kind: Kind
    depth: int = 0
    """Links from a start page."""
    pages_without_new: int = 0
    """Pages in a row, up to the linking one, without listings or with only those of the page before."""
    listings_digest: str = ""
    """Digest of the listings on the linking page."""


columns_of = attrgetter(*ENTRY_COLUMNS)
"""The values of an entry's columns."""


class Ledger:
    """The record of one crawl, open in one process at a time."""

    process = 0
    """The number of the process among those of the crawl."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.database = sqlite3.connect(path, timeout=LOCK_TIMEOUT_SECONDS, isolation_level="DEFERRED")
        self.database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = NORMAL")
        self.database.executescript(SCHEMA)
        self.counts = self.count_states()
        self.turns: dict[str, float] = {}
        self.read_ahead: deque[Entry] = deque()
        self.last_number = 0

    def count_states(self) -> Counter[str]:
        """Return the number of URLs in each state."""
        return Counter(dict(self.database.execute("SELECT state, count(*) FROM urls GROUP BY state")))

    @property
    def may_receive_more(self) -> bool:
        """Whether other processes may add URLs while nothing is pending here."""
        return False

    @property
    def seen(self) -> int:
        """The number of URLs."""
        return self.counts.total()

    def reserve_turn(self, host: str, delay_seconds: float) -> float:
        """Reserve the next turn at a host, `delay_seconds` after the last one; return the seconds until then."""
        now = time.monotonic()
        turn = max(now, self.turns.get(host, -math.inf) + delay_seconds)
        self.turns[host] = turn
        return turn - now

    def add(self, entry: Entry) -> None:
        """Add a URL to fetch, unless it is known; a page that turns out to be a listing is fetched again."""
        if self.database.execute(ADD, (*columns_of(entry), "pending", None)).rowcount:
            self.counts["pending"] += 1
        elif entry.kind == "listing":
            self.refetch_as_listing(entry)

    def refetch_as_listing(self, entry: Entry) -> None:
        """Make a known page pending as a listing; a URL that already is a listing stays as it is."""
        [(kind, state)] = self.database.execute("SELECT kind, state FROM urls WHERE url = ?", (entry.url,))
        if kind == "page":
            self.database.execute(
                "UPDATE urls SET kind = 'listing', state = 'pending', reason = NULL WHERE url = ?", (entry.url,)
            )
            self.counts[state] -= 1
            self.counts["pending"] += 1
            self.read_ahead.append(entry)

    def exclude(self, entry: Entry, rule: str) -> None:
        """Add a URL that a rule excludes, unless it is known."""
        self.counts["excluded"] += self.database.execute(ADD, (*columns_of(entry), "excluded", rule)).rowcount

    def finish(self, entry: Entry, outcome: Outcome, **values: Any) -> None:
        """Record the outcome of a pending URL and these columns; does nothing if it has one, or is now a listing."""
        assignments = ", ".join(f"{name} = ?" for name in ("state", "fetched_at", *values))
        updated = self.database.execute(
            f"UPDATE urls SET {assignments} WHERE url = ? AND kind = ? AND state = 'pending'",
            (outcome, time.time(), *values.values(), entry.url, entry.kind),
        ).rowcount
        self.counts["pending"] -= updated
        self.counts[outcome] += updated

    def next_pending(self) -> Entry | None:
        """Return the oldest pending URL that this process has not given out yet."""
        if not self.read_ahead:
            rows = self.database.execute(
                f"SELECT number, {', '.join(ENTRY_COLUMNS)} FROM urls WHERE state = 'pending' AND number > ? "
                "ORDER BY number LIMIT ?",
                (self.last_number, READ_AHEAD),
            ).fetchall()
            self.read_ahead.extend(Entry(*row[1:]) for row in rows)
            self.last_number = rows[-1][0] if rows else self.last_number
        return self.read_ahead.popleft() if self.read_ahead else None

    def merge(self, other: Path) -> None:
        """Take over the rows of another ledger of the same crawl and delete it; the better of two outcomes is kept."""
        columns = [name for _, name, *_ in self.database.execute("PRAGMA table_info(urls)") if name != "number"]
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "url")
        names = ", ".join(columns)
        self.database.execute("ATTACH DATABASE ? AS part", (str(other),))
        # A process that was killed at once has left no table.
        self.database.execute("CREATE TABLE IF NOT EXISTS part.urls AS SELECT * FROM main.urls WHERE false")
        self.database.execute(
            f"INSERT INTO main.urls ({names}) SELECT {names} FROM part.urls WHERE true ORDER BY number "
            f"ON CONFLICT (url) DO UPDATE SET {updates} WHERE {priority('excluded')} > {priority('urls')}"
        )
        self.database.commit()
        self.database.execute("DETACH DATABASE part")
        for suffix in ("", "-wal", "-shm"):
            Path(f"{other}{suffix}").unlink(missing_ok=True)
        self.counts = self.count_states()

    def commit(self) -> None:
        """Make everything so far durable."""
        self.database.commit()

    def select(self, columns: Iterable[str], condition: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Yield these columns of the rows that meet an SQL condition, in the order of their URLs."""
        query = f"SELECT {', '.join(columns)} FROM urls WHERE {condition} ORDER BY url"
        yield from self.database.execute(query, values)

    def close(self) -> None:
        """Commit and close the file."""
        self.database.commit()
        self.database.close()


def priority(row: str) -> str:
    """Return SQL for the rank of a row among rows of one URL: listings before pages, then the better outcome."""
    states = "CASE {0}.state WHEN 'fetched' THEN 3 WHEN 'failed' THEN 2 WHEN 'excluded' THEN 1 ELSE 0 END"
    return f"(({row}.kind = 'listing') * 4 + {states.format(row)})"
