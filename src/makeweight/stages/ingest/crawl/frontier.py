"""One URL frontier for several crawling processes, in Redis: known URLs, the queue, and when a host may be asked.

This is the only module that uses Redis. The truth stays on disk: each process keeps a ledger of what it found and
fetched, and what Redis holds can be rebuilt from the ledgers at any time. That is why this is not scrapy-redis, whose
queue and set of seen URLs exist in Redis only: a crawl killed there loses the requests in progress, as with Scrapy's
JOBDIR.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, TypeVar

from makeweight.core.errors import InputError
from makeweight.core.progress import say
from makeweight.stages.ingest.crawl.ledger import EXIT_REDIS_LOST, Entry, Ledger, Outcome

try:
    import redis
except ImportError:
    raise InputError(
        "params.yaml: `ingest.crawl.redis_url` is set, but Redis' client is not installed; pip install 'redis==8.1.0'"
    ) from None

RETRY_SECONDS = 0.2
SOCKET_TIMEOUT_SECONDS = 5.0
ENTRIES_PER_CALL = 5000
"""Entries that are sent to Redis at once."""

# A known URL is queued once; a page that turns out to be a listing is queued again.
REGISTER = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and not (known == 'page' and ARGV[2] == 'listing' and ARGV[3] ~= '') then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('RPUSH', KEYS[2], ARGV[3]) end
return 1
"""

# The crawl is done when the queue is empty and no process has a request in progress whose page might show more links.
POP = """
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
local entry = redis.call('LPOP', KEYS[1])
if entry then
    redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
    return entry
end
for _, count in ipairs(redis.call('HVALS', KEYS[2])) do
    if tonumber(count) > 0 then return 'wait' end
end
return 'done'
"""

# Redis' own clock, so that the clocks of the processes' machines do not matter.
RESERVE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0)
local turn = math.max(now, last + tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.6f', turn))
return string.format('%.6f', turn - now)
"""

Reply = TypeVar("Reply")


class RedisUnavailableError(Exception):
    """Redis did not reply for longer than the parameters allow."""


class Frontier:
    """The frontier as one process sees it; every call waits for Redis for up to `timeout_seconds`.

    A call that is repeated because its reply was lost is harmless: at worst a URL is given out twice, or remains in a
    ledger for the next round.
    """

    def __init__(self, url: str, name: str, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        try:
            self.server = redis.Redis.from_url(url, decode_responses=True, socket_timeout=SOCKET_TIMEOUT_SECONDS)
        except ValueError as error:
            raise InputError(f"params.yaml: `ingest.crawl.redis_url` is no address of Redis: {error}") from None
        self.known, self.queue, self.in_progress, self.turns = (
            f"makeweight:{name}:{key}" for key in ("known", "queue", "in_progress", "turns")
        )
        self.run_register, self.run_pop, self.run_reserve = map(self.server.register_script, (REGISTER, POP, RESERVE))

    def call(self, work: Callable[[], Reply]) -> Reply:
        """Return Redis' reply, trying again while there is none.

        Raises:
            RedisUnavailableError: no reply within `timeout_seconds`.
        """
        deadline = None
        while True:
            try:
                return work()
            except (redis.ConnectionError, redis.TimeoutError) as error:
                if deadline is None:
                    deadline = time.monotonic() + self.timeout_seconds
                    say(f"crawl: Redis does not reply; waiting for it, {self.timeout_seconds:.0f} s at most")
                if time.monotonic() > deadline:
                    raise RedisUnavailableError(" ".join(str(error).split())) from None
                time.sleep(RETRY_SECONDS)

    def clear(self) -> None:
        """Delete everything that this crawl holds in Redis."""
        self.call(lambda: self.server.delete(self.known, self.queue, self.in_progress, self.turns))

    def fill(self, known: Iterable[Sequence[str]], queue: Sequence[Entry]) -> None:
        """Start from known URLs with their kinds, and from the entries to fetch."""
        urls = [str(value) for pair in known for value in pair]
        for start in range(0, len(urls), 2 * ENTRIES_PER_CALL):
            part = urls[start : start + 2 * ENTRIES_PER_CALL]
            self.call(lambda part=part: self.server.hset(self.known, items=part))  # type: ignore[misc]
        for start in range(0, len(queue), ENTRIES_PER_CALL):
            lines = [json.dumps(astuple(entry)) for entry in queue[start : start + ENTRIES_PER_CALL]]
            self.call(lambda lines=lines: self.server.rpush(self.queue, *lines))  # type: ignore[misc]

    def size(self) -> int:
        """Return the number of known URLs."""
        return int(self.call(lambda: self.server.hlen(self.known)))  # type: ignore[arg-type]

    def register(self, entry: Entry, to_fetch: bool) -> bool:
        """Make a URL known, and queue it if it is to be fetched; return whether it was new as this kind."""
        line = json.dumps(astuple(entry)) if to_fetch else ""
        keys, values = [self.known, self.queue], [entry.url, entry.kind, line]
        return bool(self.call(lambda: self.run_register(keys=keys, args=values)))

    def pop(self, process: int, in_progress: int) -> Entry | bool:
        """Return the next entry for a process with so many requests in progress; else whether the crawl is done."""
        keys, values = [self.queue, self.in_progress], [process, in_progress]
        reply: Any = self.call(lambda: self.run_pop(keys=keys, args=values))
        return reply == "done" if reply in ("wait", "done") else Entry(*json.loads(reply))

    def reserve_turn(self, host: str, delay_seconds: float) -> float:
        """Reserve the next turn at a host, `delay_seconds` after the last one of any process; return seconds to it."""
        arguments = [host, delay_seconds]
        return float(self.call(lambda: self.run_reserve(keys=[self.turns], args=arguments)))  # type: ignore[arg-type]


class SharedLedger(Ledger):
    """The ledger of one of several processes: what it found, and the outcomes of the URLs that it was given."""

    def __init__(self, path: Path, frontier: Frontier, process: int) -> None:
        super().__init__(path)
        self.frontier = frontier
        self.process = process
        self.in_progress: set[tuple[str, str]] = set()
        self.finished = False

    @property
    def seen(self) -> int:
        """The number of URLs in the whole crawl."""
        return self.ask_frontier(self.frontier.size)

    @property
    def may_receive_more(self) -> bool:
        """Whether other processes may still find URLs."""
        return not self.finished

    def reserve_turn(self, host: str, delay_seconds: float) -> float:
        """Reserve the next turn at a host; return the seconds until then."""
        return self.ask_frontier(lambda: self.frontier.reserve_turn(host, delay_seconds))

    def ask_frontier(self, work: Callable[[], Reply]) -> Reply:
        """Return the frontier's reply. Without one this process exits, since Scrapy would ignore an exception."""
        try:
            return work()
        except RedisUnavailableError as error:
            sys.stderr.write(f"crawl: Redis does not reply: {error}\n")
            sys.stderr.flush()
            os._exit(EXIT_REDIS_LOST)

    def add(self, entry: Entry) -> None:
        """Add a URL that any of the processes may fetch, unless it is known."""
        if self.ask_frontier(lambda: self.frontier.register(entry, to_fetch=True)):
            super().add(entry)

    def exclude(self, entry: Entry, rule: str) -> None:
        """Add a URL that a rule excludes, unless it is known."""
        if self.ask_frontier(lambda: self.frontier.register(entry, to_fetch=False)):
            super().exclude(entry, rule)

    def finish(self, entry: Entry, outcome: Outcome, **values: Any) -> None:
        """Record the outcome of a URL that this process was given; mostly another process had found it."""
        super().add(entry)
        super().finish(entry, outcome, **values)
        self.in_progress.discard((entry.url, entry.kind))

    def next_pending(self) -> Entry | None:
        """Return the next URL that no process has been given yet."""
        popped = self.ask_frontier(lambda: self.frontier.pop(self.process, len(self.in_progress)))
        if isinstance(popped, Entry):
            self.in_progress.add((popped.url, popped.kind))
            return popped
        self.finished = popped
        return None
