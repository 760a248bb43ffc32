"""Any cell, stopped at any moment or without room: one line, and the next run gives the same bytes."""

import random
import signal
from pathlib import Path

import battery
import pytest
from battery import Reference
from cells import ADDRESSES

SEED = 17
"""Of the moments: every run of the suite tries the same ones, and benchmarks/faults.py others."""
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("address", ADDRESSES)
def test_stopped_at_a_random_moment(reference: Reference, address: str, number: signal.Signals, copy: Path) -> None:
    share = random.Random(f"{SEED} {address} {number}").random()
    battery.stopped(reference, address, number, share, copy)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_room(reference: Reference, address: str, copy: Path) -> None:
    limit = battery.LIMITS[ADDRESSES.index(address) % len(battery.LIMITS)]
    battery.without_room(reference, address, limit, copy)


@pytest.mark.parametrize("address", ADDRESSES)
def test_read_only(reference: Reference, address: str, copy: Path) -> None:
    battery.read_only(reference, address, copy)
