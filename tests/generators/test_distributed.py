"""How a batch is shared among processes; test_trained_together has real processes."""

import pytest

from makeweight.core.errors import InputError
from makeweight.generators.distributed import SINGLE_PROCESS, ProcessGroup


def test_slices_tile_the_batch() -> None:
    slices = [ProcessGroup(rank, 3).local_slice(11) for rank in range(3)]
    assert [row for local in slices for row in range(11)[local]] == list(range(11))
    assert sorted(local.stop - local.start for local in slices) == [3, 4, 4]
    assert SINGLE_PROCESS.local_slice(11) == slice(0, 11)


def test_a_batch_with_fewer_rows_than_processes_is_refused() -> None:
    with pytest.raises(InputError, match="a batch of 2 has no row for each of 3 processes"):
        ProcessGroup(0, 3).local_slice(2)
