"""A small HTTP server on loopback: GET and HEAD, kept connections, also as the proxy of one made-up host."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from multiprocessing.connection import Connection
from pathlib import Path

import pandas as pd

from makeweight.core import files
from makeweight.stages.ingest.shop import catalogue
from makeweight.stages.ingest.shop.site import Answer, Site

HOST = "shop.example"
"""The shop's name. A crawler that takes the server as its proxy sees the same URLs whatever the port."""

START_SECONDS = 120


class Server(asyncio.Protocol):
    """Answers the requests of one connection in their order."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self.answer = answer
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request whose head is complete."""
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            self.respond(head)

    def respond(self, head: bytes) -> None:
        """Write the answer to one request head."""
        line, *headers = head.split(b"\r\n")
        words = line.decode("latin-1").split(" ")
        if len(words) != 3 or words[0] not in ("GET", "HEAD"):
            answer = Answer(b"only GET and HEAD\n", "text/plain", 405)
        else:
            answer = self.answer(words[1].removeprefix(f"http://{HOST}"))
        last = any(header.lower() == b"connection: close" for header in headers)
        reply = (
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
            f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n"
            f"Connection: {'close' if last else 'keep-alive'}\r\n\r\n"
        )
        self.transport.write(reply.encode() + (b"" if words[0] == "HEAD" else answer.body))
        if last:
            self.transport.close()


async def serve(answer: Callable[[str], Answer], port: int, started: Callable[[int], None]) -> None:
    """Serve on 127.0.0.1 until the parent process is gone; port 0 takes a free one, `started` is told which."""
    parent = os.getppid()
    server = await asyncio.get_running_loop().create_server(lambda: Server(answer), "127.0.0.1", port)
    started(server.sockets[0].getsockname()[1])
    while os.getppid() == parent:
        await asyncio.sleep(1.0)


def open_shop(seed: int, truth: Path | None) -> Site:
    """The site over the shipped stock; its truth goes to a file where one is named."""
    stock = pd.read_parquet(catalogue.STOCK)
    shown = catalogue.build(stock, seed)
    if truth is not None:
        with files.replacing(truth) as partial:
            shown.truth.to_parquet(partial, index=False)
    return Site(shown, dict(zip(stock["path"], stock["image"], strict=True)))


def run(open_site: Callable[[], Site], reply: Connection) -> None:
    """The shop's process: tell the port through `reply`, then serve."""
    asyncio.run(serve(open_site().answer, 0, reply.send))


@contextmanager
def running(open_site: Callable[[], Site]) -> Iterator[str]:
    """The address of a shop that serves from its own process until the block ends."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=run, args=(open_site, there), name="shop", daemon=True)
    process.start()
    try:
        if not here.poll(START_SECONDS):
            raise RuntimeError("the shop did not start")
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()
