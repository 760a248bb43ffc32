"""Memory that a process keeps: arrays are freed and made again in a process of its own, its page faults counted."""

import subprocess
import sys

import pytest

ROUNDS, ARRAYS, BYTES, PAGE = 20, 6, 4 * 2**20, 4096
LOOP = f"""
import resource
from makeweight.core import memory
KEEP
def round():
    for array in [bytearray({BYTES}) for _ in range({ARRAYS})]:
        array[::{PAGE}] = bytes(len(array[::{PAGE}]))
round()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({ROUNDS}):
    round()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(keep: str) -> int:
    ended = subprocess.run([sys.executable, "-c", LOOP.replace("KEEP", keep)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is a library of Linux")
def test_arrays_of_some_megabytes_do_not_ask_for_new_pages_in_every_round() -> None:
    pages = ROUNDS * ARRAYS * BYTES // PAGE
    kept, plain = faults("memory.keep_freed()"), faults("")
    if plain < pages / 2:
        pytest.skip("this system's own allocator keeps freed memory (it is not glibc, or is told so)")
    assert kept < pages / 20
