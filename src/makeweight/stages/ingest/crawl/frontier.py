"""One frontier for several crawling processes, in Redis: which URLs are known, who asks what, when a host may be asked.

The only module that knows Redis. The truth stays on disk: each process keeps a ledger of what it found and fetched, and
what Redis holds can be made anew from the ledgers at any time. That is why this is not scrapy-redis, whose queue and
set of seen URLs live in Redis alone: a crawl killed there loses what was under way, as with Scrapy's JOBDIR.
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
from makeweight.stages.ingest.crawl.ledger import LOST_REDIS, Entry, Ledger, State

try:
    import redis
except ImportError:
    raise InputError(
        "params.yaml: `ingest.crawl.redis_url` is set, but Redis' client is not installed; pip install 'redis==8.1.0'"
    ) from None

PAUSE = 0.2
ANSWER_SECONDS = 5.0
PART = 5000
"""Entries that are sent to Redis at once."""

# A URL once known is given out once; a mere page that turns out to be a listing is given out again.
KNOW = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and not (known == 'page' and ARGV[2] == 'listing' and ARGV[3] ~= '') then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('RPUSH', KEYS[2], ARGV[3]) end
return 1
"""

# The crawl is done when nothing waits and nobody has anything under way whose page might still show links.
TAKE = """
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

# Redis' own clock, so that it does not matter on which machine a process runs.
RESERVE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local turn = math.max(now, tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or 0))
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.6f', turn + tonumber(ARGV[2])))
return string.format('%.6f', turn - now)
"""

Answer = TypeVar("Answer")


class FrontierGoneError(Exception):
    """Redis did not answer for longer than the parameters allow."""


class Frontier:
    """The frontier as one process sees it; every call waits for Redis for up to `patience` seconds.

    A call that is made again because its answer was lost does no harm: at worst a URL is given out twice, or stays
    behind in a ledger for the next round.
    """

    def __init__(self, url: str, name: str, patience: float) -> None:
        self.patience = patience
        try:
            self.server = redis.Redis.from_url(url, decode_responses=True, socket_timeout=ANSWER_SECONDS)
        except ValueError as error:
            raise InputError(f"params.yaml: `ingest.crawl.redis_url` is no address of Redis: {error}") from None
        self.known, self.waiting, self.busy, self.turns = (
            f"makeweight:{name}:{part}" for part in ("known", "waiting", "busy", "turns")
        )
        self.run_know, self.run_take, self.run_reserve = map(self.server.register_script, (KNOW, TAKE, RESERVE))

    def call(self, work: Callable[[], Answer]) -> Answer:
        """What Redis answers.

        Raises:
            FrontierGoneError: nothing.
        """
        until = None
        while True:
            try:
                return work()
            except (redis.ConnectionError, redis.TimeoutError) as error:
                if until is None:
                    until = time.monotonic() + self.patience
                    say(f"crawl: Redis does not answer; waiting for it, {self.patience:.0f} s at most")
                if time.monotonic() > until:
                    raise FrontierGoneError(" ".join(str(error).split())) from None
                time.sleep(PAUSE)

    def clear(self) -> None:
        """Forget everything."""
        self.call(lambda: self.server.delete(self.known, self.waiting, self.busy, self.turns))

    def fill(self, known: Iterable[Sequence[str]], waiting: Sequence[Entry]) -> None:
        """Start from URLs with their kinds, and from what is to be asked."""
        urls = [str(part) for pair in known for part in pair]
        for start in range(0, len(urls), 2 * PART):
            part = urls[start : start + 2 * PART]
            self.call(lambda part=part: self.server.hset(self.known, items=part))  # type: ignore[misc]
        for start in range(0, len(waiting), PART):
            lines = [json.dumps(astuple(entry)) for entry in waiting[start : start + PART]]
            self.call(lambda lines=lines: self.server.rpush(self.waiting, *lines))  # type: ignore[misc]

    def size(self) -> int:
        """How many URLs are known."""
        return int(self.call(lambda: self.server.hlen(self.known)))  # type: ignore[arg-type]

    def know(self, entry: Entry, to_ask: bool) -> bool:
        """Make a URL known, to be asked or not; whether it was not known as this kind."""
        line = json.dumps(astuple(entry)) if to_ask else ""
        keys, values = [self.known, self.waiting], [entry.url, entry.kind, line]
        return bool(self.call(lambda: self.run_know(keys=keys, args=values)))

    def take(self, process: int, under_way: int) -> Entry | bool:
        """The next URL for a process that has so many under way; else whether the crawl is done."""
        keys, values = [self.waiting, self.busy], [process, under_way]
        answer: Any = self.call(lambda: self.run_take(keys=keys, args=values))
        return answer == "done" if answer in ("wait", "done") else Entry(*json.loads(answer))

    def reserve(self, host: str, delay: float) -> float:
        """Take the next turn at a host, `delay` seconds after the one before, whoever has it; seconds until then."""
        return float(self.call(lambda: self.run_reserve(keys=[self.turns], args=[host, delay])))  # type: ignore[arg-type]


class SharedLedger(Ledger):
    """One process' part of the account of a crawl: what it found and what became of what it was given."""

    def __init__(self, path: Path, frontier: Frontier, process: int) -> None:
        super().__init__(path)
        self.frontier = frontier
        self.process = process
        self.under_way: set[tuple[str, str]] = set()
        self.finished = False

    @property
    def seen(self) -> int:
        """How many URLs there are in the whole crawl."""
        return self.asking(self.frontier.size)

    @property
    def may_get_more(self) -> bool:
        """Whether there may be something to ask, found by others."""
        return not self.finished

    def turn(self, host: str, delay: float) -> float:
        """Take the next turn at a host; seconds until then."""
        return self.asking(lambda: self.frontier.reserve(host, delay))

    def asking(self, work: Callable[[], Answer]) -> Answer:
        """What the frontier says. Without it this process ends: Scrapy would go on after an exception."""
        try:
            return work()
        except FrontierGoneError as gone:
            sys.stderr.write(f"crawl: Redis does not answer: {gone}\n")
            sys.stderr.flush()
            os._exit(LOST_REDIS)

    def add(self, entry: Entry) -> None:
        """A URL to ask, by whoever comes to it, unless it is known."""
        if self.asking(lambda: self.frontier.know(entry, to_ask=True)):
            super().add(entry)

    def exclude(self, entry: Entry, rule: str) -> None:
        """A URL that is never asked because of a rule, unless it is known."""
        if self.asking(lambda: self.frontier.know(entry, to_ask=False)):
            super().exclude(entry, rule)

    def settle(self, entry: Entry, state: State, **values: Any) -> None:
        """The fate of what this process was given; most of that was found by others."""
        super().add(entry)
        super().settle(entry, state, **values)
        self.under_way.discard((entry.url, entry.kind))

    def next(self) -> Entry | None:
        """The next URL that nobody was given yet."""
        taken = self.asking(lambda: self.frontier.take(self.process, len(self.under_way)))
        if isinstance(taken, Entry):
            self.under_way.add((taken.url, taken.kind))
            return taken
        self.finished = taken
        return None
