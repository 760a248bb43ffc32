"""One finished run for all cases, also where several processes of pytest share them."""

import pickle
from pathlib import Path

import battery
import pytest
from battery import Reference
from cells import ADDRESSES
from filelock import FileLock


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Reference:
    """The tiny project after a run of all its cells."""
    top = tmp_path_factory.getbasetemp()
    folder = (top if worker_id == "master" else top.parent) / "faults"
    record = folder.with_suffix(".pickle")
    with FileLock(folder.with_suffix(".lock")):
        if not record.exists():
            folder.mkdir()
            record.write_bytes(pickle.dumps(battery.finished(folder)))
    found = pickle.loads(record.read_bytes())
    assert isinstance(found, Reference)
    assert list(found.cells) == ADDRESSES, "every cell has its cases"
    return found


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this process where each case gets the project as it was after the run."""
    return tmp_path_factory.mktemp("faults-copy")
