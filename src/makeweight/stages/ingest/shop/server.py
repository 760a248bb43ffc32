"""A small HTTP server on loopback: GET and HEAD, persistent connections, also as the proxy of one fictional host."""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from multiprocessing.connection import Connection
from pathlib import Path

import pandas as pd

from makeweight.core import files, stopping
from makeweight.stages.ingest.shop import catalogue
from makeweight.stages.ingest.shop.site import HttpResponse, ShopSite

HOST = "shop.example"
"""The shop's host name. A crawler that uses the server as its proxy sees the same URLs whatever the port."""

START_SECONDS = 120


class Server(asyncio.Protocol):
    """Answers the requests of one connection in order."""

    def __init__(self, respond: Callable[[str], HttpResponse]) -> None:
        self.respond = respond
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the responses."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request whose header is complete."""
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            self.send_response(head)

    def send_response(self, head: bytes) -> None:
        """Write the response to one request header."""
        line, *headers = head.split(b"\r\n")
        words = line.decode("latin-1").split(" ")
        if len(words) != 3 or words[0] not in ("GET", "HEAD"):
            response = HttpResponse(b"only GET and HEAD\n", "text/plain", 405)
        else:
            response = self.respond(words[1].removeprefix(f"http://{HOST}"))
        last = any(header.lower() == b"connection: close" for header in headers)
        reply = (
            f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
            f"Content-Type: {response.content_type}\r\nContent-Length: {len(response.body)}\r\n"
            f"Connection: {'close' if last else 'keep-alive'}\r\n\r\n"
        )
        self.transport.write(reply.encode() + (b"" if words[0] == "HEAD" else response.body))
        if last:
            self.transport.close()


async def serve(respond: Callable[[str], HttpResponse], port: int, started: Callable[[int], None]) -> None:
    """Serve on 127.0.0.1 until the process ends.

    Args:
        respond: path with query -> response.
        port: 0 takes a free one.
        started: is called with the port.
    """
    server = await asyncio.get_running_loop().create_server(lambda: Server(respond), "127.0.0.1", port)
    started(server.sockets[0].getsockname()[1])
    # `serve_forever` would make Ctrl-C wait for the connections that a browser keeps open (Python 3.12 on).
    await asyncio.Event().wait()


def open_shop(seed: int, truth: Path | None) -> ShopSite:
    """Return the site of the shipped stock, and write its ground truth to a file where one is named."""
    stock = pd.read_parquet(catalogue.STOCK)
    listed = catalogue.build(stock, seed)
    if truth is not None:
        with files.replacing(truth) as partial:
            listed.truth.to_parquet(partial, index=False)
    return ShopSite(listed, dict(zip(stock["path"], stock["image"], strict=True)))


def run(open_site: Callable[[], ShopSite], port_pipe: Connection) -> None:
    """Serve in the shop's process; the port goes through the pipe."""
    stopping.end_with_parent()
    asyncio.run(serve(open_site().respond, 0, port_pipe.send))


@contextmanager
def running(open_site: Callable[[], ShopSite]) -> Iterator[str]:
    """Yield the address of a shop that serves from its own process until the block ends.

    Raises:
        RuntimeError: it does not start in time.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe()
    process = context.Process(target=run, args=(open_site, sender), name="shop", daemon=True)
    with stopping.starting_children():
        process.start()
    try:
        if not receiver.poll(START_SECONDS):
            raise RuntimeError("the shop did not start")
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        process.terminate()
        process.join()
