"""An input of any cell, truncated, emptied, swapped or with one bit flipped: one line that names it, no traceback."""

import random
from pathlib import Path

import battery
import pytest
from battery import DAMAGES, Reference
from cells import ADDRESSES

SEED = 17
FILES = 1
"""Inputs per cell that are tried, other ones for every kind of damage; benchmarks/faults.py tries others."""


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_damaged_input_is_one_line(reference: Reference, address: str, damage: str, copy: Path) -> None:
    files = reference.cells[address].inputs(reference.folder)
    for file in random.Random(f"{SEED} {address} {damage}").sample(files, min(FILES, len(files))):
        battery.damaged(reference, address, file, damage, SEED, copy)
