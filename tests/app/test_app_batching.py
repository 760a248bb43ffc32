"""Requests computed in batches; a bad one does not affect the others."""

import asyncio
import threading
import time

import pytest
from fastapi import HTTPException

from makeweight.app.batching import Batcher


def test_what_arrives_during_a_batch_makes_the_next_one() -> None:
    batches: list[list[int]] = []

    def double(numbers: list[int]) -> list[int]:
        batches.append(numbers)
        time.sleep(0.05)
        return [2 * number for number in numbers]

    async def submit_all() -> list[int]:
        batcher = Batcher(double, size=4, max_waiting=100)
        return await asyncio.gather(*(batcher.submit(number) for number in range(7)))

    assert asyncio.run(submit_all()) == [0, 2, 4, 6, 8, 10, 12]
    assert batches == [[0, 1, 2, 3], [4, 5, 6]]


def test_a_bad_request_does_not_affect_others() -> None:
    def invert(numbers: list[int]) -> list[float]:
        return [1 / number for number in numbers]

    async def submit_all() -> list[float | BaseException]:
        batcher = Batcher(invert, size=10, max_waiting=100)
        return await asyncio.gather(*(batcher.submit(number) for number in (1, 0, 2)), return_exceptions=True)

    first, second, third = asyncio.run(submit_all())
    assert (first, third) == (1, 0.5) and isinstance(second, ZeroDivisionError)


def test_a_result_that_is_an_error_is_raised_for_its_request_alone() -> None:
    batches: list[list[int]] = []

    def halve(numbers: list[int]) -> list[float | Exception]:
        batches.append(numbers)
        return [ValueError("odd") if number % 2 else number / 2 for number in numbers]

    async def submit_all() -> list[float | BaseException]:
        batcher = Batcher(halve, size=10, max_waiting=100)
        return await asyncio.gather(*(batcher.submit(number) for number in (4, 3, 2)), return_exceptions=True)

    first, second, third = asyncio.run(submit_all())
    assert (first, third) == (2, 1) and isinstance(second, ValueError)
    assert batches == [[4, 3, 2]], "nothing is computed again"


def test_a_thread_is_prepared_before_its_first_batch() -> None:
    order: list[str] = []

    async def submit() -> list[None]:
        batcher = Batcher(lambda numbers: order.append("batch") or numbers, 1, 10, lambda: order.append("prepared"))
        return await asyncio.gather(batcher.submit(None), batcher.submit(None))

    asyncio.run(submit())
    assert order == ["prepared", "batch", "batch"]


def test_cancelled_requests_are_not_computed() -> None:
    seen: list[int] = []
    begun, cancelled_one = threading.Event(), threading.Event()

    def record(numbers: list[int]) -> list[int]:
        seen.extend(numbers)
        begun.set()
        assert cancelled_one.wait(300)
        return numbers

    async def submit_all() -> int:
        batcher = Batcher(record, size=1, max_waiting=100)
        first, cancelled, last = (asyncio.ensure_future(batcher.submit(number)) for number in range(3))
        await asyncio.to_thread(begun.wait, 300)
        cancelled.cancel()
        cancelled_one.set()
        await first
        return await last

    assert asyncio.run(submit_all()) == 2 and seen == [0, 2]


def test_too_many_waiting_are_refused() -> None:
    async def submit_all() -> list[int | BaseException]:
        batcher = Batcher(lambda numbers: numbers, size=1, max_waiting=2)
        return await asyncio.gather(*(batcher.submit(number) for number in range(4)), return_exceptions=True)

    results = asyncio.run(submit_all())
    assert results[:2] == [0, 1]
    assert all(isinstance(result, HTTPException) and result.status_code == 429 for result in results[2:])
    with pytest.raises(HTTPException):
        raise results[3]  # type: ignore[misc]
