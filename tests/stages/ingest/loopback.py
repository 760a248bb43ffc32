"""A web site for tests in a thread: paths -> what is written to the socket, byte for byte where it must be."""

import importlib
import multiprocessing
import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from makeweight.data import card
from makeweight.stages.ingest.crawl import source
from makeweight.stages.ingest.crawl.site import Limits, RateLimit, Site
from makeweight.stages.ingest.raw import RawData

FORK = multiprocessing.get_context("fork")
for name in ("spider", "scrapy_settings", "turns"):
    importlib.import_module(f"makeweight.stages.ingest.crawl.{name}")
importlib.import_module("scrapy.crawler")

LIMITS = Limits(
    timeout_seconds=60.0,
    max_retries=1,
    backoff_seconds=0.05,
    max_backoff_seconds=1.5,
    max_redirects=4,
    max_urls=100_000,
    max_depth=40,
    max_pages_without_new_listings=5,
    max_page_bytes=12_000_000,
    max_picture_bytes=1_000_000,
)
SETTINGS = source.CrawlParams(
    user_agent="makeweight tests",
    proxy=None,
    http_cache=False,
    processes=1,
    redis_url=None,
    redis_timeout_seconds=60.0,
    rate_limit=RateLimit(concurrent_requests=16, delay_seconds=0.0, autothrottle=False),
    limits=LIMITS,
)

Page = bytes | str | Callable[["Visit"], None]
"""A body, or a function that answers by itself."""


class Visit(socketserver.StreamRequestHandler):
    """One connection, one request, one answer."""

    server: "Loopback"

    def handle(self) -> None:
        with suppress(OSError):
            line = self.rfile.readline().decode("latin-1")
            self.headers = list(iter(self.rfile.readline, b"\r\n"))
            self.path = line.split(" ")[1] if line.count(" ") == 2 else ""
            with self.server.lock:
                self.server.visits[self.path] += 1
            self.number = self.server.visits[self.path]
            page = self.server.pages.get(self.path)
            if callable(page):
                page(self)
            elif page is None:
                self.send(b"gone", status="404 Not Found")
            else:
                self.send(page)

    def send(self, body: bytes | str, status: str = "200 OK", kind: str = "text/html", *headers: str) -> None:
        """A whole and correct answer."""
        content = body.encode() if isinstance(body, str) else body
        head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(content)}", "Connection: close"]
        self.wfile.write("\r\n".join([*head, *headers, "", ""]).encode() + content)


class Loopback(socketserver.ThreadingTCPServer):
    """The site; `visits` counts the requests for each path."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, pages: dict[str, Page]) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.pages = pages
        self.visits: Counter[str] = Counter()
        self.lock = threading.Lock()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving(pages: dict[str, Page]) -> Iterator[Loopback]:
    with Loopback(pages) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()  # also after an error: a thread that serves a closed socket never rests again


def crawl(
    origin: str, site: dict[str, Any], columns: dict[str, Any], settings: source.CrawlParams = SETTINGS
) -> RawData:
    """Crawl a site as a card describes it.

    A crawl by one process is forked from this one, where all that it imports is there: one that is spawned, as those of
    test_crawl_resume.py and test_ingest_raw.py are, imports for longer than it crawls.
    """
    described = card.Card(title="t", licence="l", source={"kind": "crawl"}, columns=columns)
    with pytest.MonkeyPatch.context() as patch:
        if settings.processes == 1:
            patch.setattr(multiprocessing, "get_context", lambda method: FORK)
        return source.read(Site(site=origin, **site), described, "datasets/x.yaml", settings, 0)
