"""Every URL that a crawl has seen and its fate, on disk: nothing is asked twice, nothing is lost when the crawl dies.

Scrapy's own JOBDIR is written when a crawl is stopped in good order: what was under way at a kill is gone from it. Here
a page's fate and the links found on it are one transaction: a crawl killed at any point goes on from the last one.
"""

import sqlite3
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Literal

from makeweight.stages.ingest.crawl.site import Kind

SCHEMA = """
CREATE TABLE IF NOT EXISTS urls (
    number INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    depth INTEGER NOT NULL,
    barren INTEGER NOT NULL,
    shown TEXT NOT NULL,
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
INSERT INTO urls (url, kind, depth, barren, shown, state, reason) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO NOTHING
"""

ENTRY = ("url", "kind", "depth", "barren", "shown")
"""The columns that make an `Entry`."""

State = Literal["fetched", "failed", "excluded"]

LOST_REDIS = 69
"""Exit status of a process that Redis did not answer any more: its entries are safe here."""

BUSY_SECONDS = 15.0
READ_AHEAD = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """A URL to ask: what for, and how it was come by."""

    url: str
    kind: Kind
    depth: int = 0
    """Links from a start page."""
    barren: int = 0
    """Pages in a row, up to the one that links here, that showed no listings or just those of the page before."""
    shown: str = ""
    """Digest of the listings on the page that links here."""


class Ledger:
    """The account of one crawl, open in one process at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.rows = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level="DEFERRED")
        self.rows.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.rows.execute("PRAGMA journal_mode = WAL")
        self.rows.execute("PRAGMA synchronous = NORMAL")
        self.rows.executescript(SCHEMA)
        self.counts = self.counted()
        self.ahead: deque[Entry] = deque()
        self.last = 0

    def counted(self) -> Counter[str]:
        """URLs by state."""
        return Counter(dict(self.rows.execute("SELECT state, count(*) FROM urls GROUP BY state")))

    @property
    def may_get_more(self) -> bool:
        """Whether URLs may come in from elsewhere while nothing is pending here."""
        return False

    @property
    def seen(self) -> int:
        """How many URLs there are."""
        return self.counts.total()

    def add(self, entry: Entry) -> None:
        """A URL to ask, unless it is known; a mere page that turns out to be a listing is asked again."""
        if self.rows.execute(ADD, (*astuple(entry), "pending", None)).rowcount:
            self.counts["pending"] += 1
        elif entry.kind == "listing":
            self.promote(entry)

    def promote(self, entry: Entry) -> None:
        """Ask a page anew as the listing that it is; a listing stays as it is."""
        [(kind, state)] = self.rows.execute("SELECT kind, state FROM urls WHERE url = ?", (entry.url,))
        if kind == "page":
            self.rows.execute(
                "UPDATE urls SET kind = 'listing', state = 'pending', reason = NULL WHERE url = ?", (entry.url,)
            )
            self.counts[state] -= 1
            self.counts["pending"] += 1
            self.ahead.append(entry)

    def exclude(self, entry: Entry, rule: str) -> None:
        """A URL that is never asked because of a rule, unless it is known."""
        self.counts["excluded"] += self.rows.execute(ADD, (*astuple(entry), "excluded", rule)).rowcount

    def settle(self, entry: Entry, state: State, **values: Any) -> None:
        """The fate of what was pending, and what is known about it; nothing where it has one, or is now a listing."""
        assignments = ", ".join(f"{name} = ?" for name in ("state", "fetched_at", *values))
        settled = self.rows.execute(
            f"UPDATE urls SET {assignments} WHERE url = ? AND kind = ? AND state = 'pending'",
            (state, time.time(), *values.values(), entry.url, entry.kind),
        ).rowcount
        self.counts["pending"] -= settled
        self.counts[state] += settled

    def next(self) -> Entry | None:
        """The next pending URL that was not yet given out in this process, oldest first."""
        if not self.ahead:
            found = self.rows.execute(
                f"SELECT number, {', '.join(ENTRY)} FROM urls WHERE state = 'pending' AND number > ? "
                "ORDER BY number LIMIT ?",
                (self.last, READ_AHEAD),
            ).fetchall()
            self.ahead.extend(Entry(*row[1:]) for row in found)
            self.last = found[-1][0] if found else self.last
        return self.ahead.popleft() if self.ahead else None

    def absorb(self, part: Path) -> None:
        """Take over what another ledger of the same crawl holds, which then is gone; of two fates the better counts."""
        columns = [name for _, name, *_ in self.rows.execute("PRAGMA table_info(urls)") if name != "number"]
        taken = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "url")
        listed = ", ".join(columns)
        self.rows.execute("ATTACH DATABASE ? AS part", (str(part),))
        # A process that was killed at once left no table behind.
        self.rows.execute("CREATE TABLE IF NOT EXISTS part.urls AS SELECT * FROM main.urls WHERE false")
        self.rows.execute(
            f"INSERT INTO main.urls ({listed}) SELECT {listed} FROM part.urls WHERE true ORDER BY number "
            f"ON CONFLICT (url) DO UPDATE SET {taken} WHERE {worth('excluded')} > {worth('urls')}"
        )
        self.rows.commit()
        self.rows.execute("DETACH DATABASE part")
        for suffix in ("", "-wal", "-shm"):
            Path(f"{part}{suffix}").unlink(missing_ok=True)
        self.counts = self.counted()

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


def worth(row: str) -> str:
    """SQL: of two rows of one URL that with more is kept, what was asked as a listing before what was a mere page."""
    states = "CASE {0}.state WHEN 'fetched' THEN 3 WHEN 'failed' THEN 2 WHEN 'excluded' THEN 1 ELSE 0 END"
    return f"(({row}.kind = 'listing') * 4 + {states.format(row)})"
