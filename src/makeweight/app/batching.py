"""Requests computed in batches: those that arrive while one batch is computed make up the next one."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from fastapi import HTTPException

Request = TypeVar("Request")
Result = TypeVar("Result")


class Batcher(Generic[Request, Result]):
    """Gives requests to `compute`, at most `size` at a time, in a thread of its own; a lone request does not wait.

    `prepare` is called in that thread before the first batch. A result that is an exception is raised for its request.
    """

    def __init__(
        self,
        compute: Callable[[list[Request]], Sequence[Result | Exception]],
        size: int,
        max_waiting: int,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self.compute = compute
        self.size = size
        self.max_waiting = max_waiting
        self.queue: list[tuple[Request, asyncio.Future[Result]]] = []
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="batch", initializer=prepare)
        self.running: asyncio.Task[None] | None = None

    async def submit(self, request: Request) -> Result:
        """Wait for the result of one request.

        Raises:
            HTTPException: too many requests wait already (429).
        """
        if len(self.queue) >= self.max_waiting:
            raise HTTPException(429, "too many requests are waiting; try again in a moment")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.queue.append((request, future))
        if self.running is None:
            self.running = asyncio.create_task(self.run())
        return await future

    async def run(self) -> None:
        """Compute batch after batch until no request waits."""
        try:
            while self.queue:
                batch, self.queue = self.queue[: self.size], self.queue[self.size :]
                # A client that has disconnected meanwhile needs no result.
                batch = [(request, future) for request, future in batch if not future.done()]
                if batch:
                    await self.run_batch(batch)
        finally:
            self.running = None

    async def run_batch(self, batch: list[tuple[Request, "asyncio.Future[Result]"]]) -> None:
        """Compute one batch; if it fails, each request alone, so that only the client of the bad one gets the error."""
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(self.thread, self.compute, [request for request, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is raised again where the request was submitted
            if len(batch) == 1:
                resolve(batch[0][1], error=error)
                return
            for single in batch:
                await self.run_batch([single])
            return
        for (_, future), result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                resolve(future, error=result)
            else:
                resolve(future, result)


def resolve(future: "asyncio.Future[Result]", result: Result | None = None, error: Exception | None = None) -> None:
    """Set the result or the error, unless the client has disconnected."""
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)  # type: ignore[arg-type]
