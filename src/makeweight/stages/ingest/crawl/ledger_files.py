"""The ledger's files before a crawl opens them: one that cannot be read is set aside, and the crawl begins again."""

import sqlite3
from contextlib import closing
from pathlib import Path

from makeweight.core.errors import InputError
from makeweight.core.progress import say

SUFFIXES = ("", "-wal", "-shm")
"""A ledger, and what SQLite has beside it while it is open."""
BUSY_SECONDS = 1.0


def set_aside_corrupt(folder: Path) -> None:
    """Rename every ledger of a crawl that cannot be read, with a line on standard error that names it.

    Raises:
        InputError: another process has the ledger open.
    """
    for path in sorted(folder.glob("*.sqlite")):
        fault = fault_of(path)
        if fault is None:
            continue
        aside = path.with_suffix(".corrupt")
        for suffix in SUFFIXES:
            part = Path(f"{path}{suffix}")
            if part.exists():
                part.replace(f"{aside}{suffix}")
        say(f"crawl: {path}: corrupt ({fault}); set aside as {aside.name}, what it held is fetched again")


def fault_of(path: Path) -> str | None:
    """Return why a ledger cannot be read, in SQLite's words; None for a sound or an empty one.

    Raises:
        InputError: another process has it open.
    """
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as database:
            [(found,), *_] = database.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise InputError(
                f"{path}: another ingest of this card is crawling; wait for it, or end it and start this one again"
            ) from None
        return str(error)
    return None if found == "ok" else str(found).splitlines()[0]
