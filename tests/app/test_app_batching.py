"""Questions answered together; one bad question harms no other."""

import asyncio
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

    async def ask() -> list[int]:
        batcher = Batcher(double, size=4, waiting=100)
        return await asyncio.gather(*(batcher.ask(number) for number in range(7)))

    assert asyncio.run(ask()) == [0, 2, 4, 6, 8, 10, 12]
    assert batches == [[0, 1, 2, 3], [4, 5, 6]]


def test_a_bad_question_harms_no_other() -> None:
    def invert(numbers: list[int]) -> list[float]:
        return [1 / number for number in numbers]

    async def ask() -> list[float | BaseException]:
        batcher = Batcher(invert, size=10, waiting=100)
        return await asyncio.gather(*(batcher.ask(number) for number in (1, 0, 2)), return_exceptions=True)

    first, second, third = asyncio.run(ask())
    assert (first, third) == (1, 0.5) and isinstance(second, ZeroDivisionError)


def test_who_goes_away_is_not_worked_for() -> None:
    seen: list[int] = []

    def note(numbers: list[int]) -> list[int]:
        seen.extend(numbers)
        time.sleep(0.05)
        return numbers

    async def ask() -> int:
        batcher = Batcher(note, size=1, waiting=100)
        first, gone, last = (asyncio.ensure_future(batcher.ask(number)) for number in range(3))
        await asyncio.sleep(0.01)
        gone.cancel()
        await first
        return await last

    assert asyncio.run(ask()) == 2 and seen == [0, 2]


def test_too_many_waiting_are_refused() -> None:
    async def ask() -> list[int | BaseException]:
        batcher = Batcher(lambda numbers: numbers, size=1, waiting=2)
        return await asyncio.gather(*(batcher.ask(number) for number in range(4)), return_exceptions=True)

    answers = asyncio.run(ask())
    assert answers[:2] == [0, 1]
    assert all(isinstance(answer, HTTPException) and answer.status_code == 429 for answer in answers[2:])
    with pytest.raises(HTTPException):
        raise answers[3]  # type: ignore[misc]
