"""Signals that are held while compiled code runs: none is lost, each comes once, and others are as before."""

import signal
from collections.abc import Iterator

import pytest

from makeweight.core import stopping
from makeweight.core.stopping import Terminated, held, stop_in_order

STOPS = [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Signals end this process in order, and as before after the test."""
    before = {number: signal.getsignal(number) for number, _ in STOPS}
    stop_in_order()
    yield
    stopping.arrived.clear()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("number", "expected"), STOPS)
def test_a_signal_waits_for_the_end_of_the_block(number: signal.Signals, expected: type[BaseException]) -> None:
    steps = []
    with pytest.raises(expected), held():
        signal.raise_signal(number)
        steps.append("went on")
    assert steps == ["went on"] and stopping.arrived == [number]


@pytest.mark.parametrize(("number", "expected"), STOPS)
def test_a_signal_comes_where_it_is_asked_for_and_once(number: signal.Signals, expected: type[BaseException]) -> None:
    steps = []
    with pytest.raises(expected), held() as release:
        release()
        steps.append("nothing came")
        signal.raise_signal(number)
        steps.append("held")
        release()
        steps.append("not reached")
    assert steps == ["nothing came", "held"] and stopping.arrived == [number]


def test_signals_are_dealt_with_as_before_after_the_block() -> None:
    before = [signal.getsignal(number) for number, _ in STOPS]
    with held():
        assert [signal.getsignal(number) for number, _ in STOPS] != before
    assert [signal.getsignal(number) for number, _ in STOPS] == before and not stopping.arrived
    with pytest.raises(Terminated):
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with held() as release:
        signal.raise_signal(signal.SIGTERM)
        release()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN and not stopping.arrived


def test_an_error_in_the_block_is_not_lost() -> None:
    with pytest.raises(ValueError, match="of the block"), held():
        raise ValueError("of the block")
