"""Questions of several requests answered together: what arrives while one batch is computed makes the next one."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from fastapi import HTTPException

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Batcher(Generic[Question, Answer]):
    """Hands questions to `work`, at most `size` at a time, in a thread of its own; there is no waiting for company."""

    def __init__(self, work: Callable[[list[Question]], list[Answer]], size: int, waiting: int) -> None:
        self.work = work
        self.size = size
        self.waiting = waiting
        self.queue: list[tuple[Question, asyncio.Future[Answer]]] = []
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="batch")
        self.running: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer to one question.

        Raises:
            HTTPException: too many questions wait already (429).
        """
        if len(self.queue) >= self.waiting:
            raise HTTPException(429, "too many requests are waiting; try again in a moment")
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.queue.append((question, future))
        if self.running is None:
            self.running = asyncio.create_task(self.run())
        return await future

    async def run(self) -> None:
        """Answer until no question waits."""
        try:
            while self.queue:
                batch, self.queue = self.queue[: self.size], self.queue[self.size :]
                # Who went away meanwhile is not worth the work.
                batch = [(question, future) for question, future in batch if not future.done()]
                if batch:
                    await self.answer(batch)
        finally:
            self.running = None

    async def answer(self, batch: list[tuple[Question, "asyncio.Future[Answer]"]]) -> None:
        """Answer one batch; if it fails, each question alone, so that only the bad one's asker learns of it."""
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(self.thread, self.work, [question for question, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is passed on to who asked
            if len(batch) == 1:
                settle(batch[0][1], error=error)
                return
            for one in batch:
                await self.answer([one])
            return
        for (_, future), found in zip(batch, answers, strict=True):
            settle(future, found)


def settle(future: "asyncio.Future[Answer]", answer: Answer | None = None, error: Exception | None = None) -> None:
    """Give the asker the answer or the error, if the asker still waits."""
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(answer)  # type: ignore[arg-type]
