"""Large columns in files instead of memory: mapped, so that pandas works on them as on any others.

A column of numbers or of strings that takes `LEAST_BYTES` or more is written to a file without a name, which is gone
when nothing refers to it any more, or when the process ends. Its pages count as resident memory while they are read;
`release` gives them back.
"""

import mmap
import resource
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from weakref import WeakSet

import numpy as np
import pandas as pd
import pyarrow as pa

from makeweight.core import params, paths
from makeweight.core.errors import InputError

LEAST_BYTES = 1 << 24
"""Smaller columns stay in memory."""
SPARE_FILES = 128
"""That something else may open meanwhile."""
NUMBERS = "fiub"
"""Kinds of NumPy's types whose columns are written as they are."""
FILES: WeakSet[mmap.mmap] = WeakSet()
"""All that is mapped at the moment."""


def release() -> None:
    """Give back the memory of mapped pages; one that is looked at again comes from the file."""
    if not FILES:
        return
    for file in tuple(FILES):
        file.madvise(mmap.MADV_DONTNEED)
    pa.default_memory_pool().release_unused()


def folder() -> Path:
    """Return where files are made: in the scratch folder of a project, or where temporary files are."""
    return paths.SCRATCH if params.FILE.exists() else Path(tempfile.gettempdir())


@contextmanager
def writing() -> Iterator[None]:
    """Tell a full disk by the folder in which columns are kept, not by the file that is read.

    Raises:
        InputError: the disk is full, or cannot be written.
    """
    try:
        yield
    except OSError as error:
        fault = f"columns that are too large for memory cannot be kept in {folder()}: {error.strerror or error}"
        raise InputError(f"{fault}; nothing half-written is left") from None


def new_file() -> BinaryIO:
    """Return an empty file without a name."""
    allow_files(2 * len(FILES) + SPARE_FILES)
    folder().mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder())


def allow_files(count: int) -> None:
    """Raise this process's own limit of open files where it is lower: each mapped column keeps one open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        most = 4 * count if hard == resource.RLIM_INFINITY else min(4 * count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def map_file(file: BinaryIO) -> pa.Buffer:
    """Return the content of a file that is not empty, mapped; the file itself is closed."""
    with file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    FILES.add(content)
    return pa.py_buffer(content)


class Parts:
    """Collects the parts of a table, in memory as long as they are small, then in a file."""

    def __init__(self) -> None:
        self.held: list[pa.Table] = []
        self.file: BinaryIO | None = None
        self.writer: pa.RecordBatchFileWriter | None = None

    def add(self, part: pa.Table) -> None:
        """Add rows with the same columns as those before."""
        self.held.append(part)
        if self.writer is None and sum(held.nbytes for held in self.held) < LEAST_BYTES:
            return
        with writing():
            if self.writer is None:
                self.file = new_file()
                self.writer = pa.ipc.new_file(self.file, part.schema)
            for held in self.held:
                self.writer.write_table(held)
        self.held = []

    def table(self) -> pa.Table | None:
        """Return all rows; None where no part was added."""
        if self.writer is None or self.file is None:
            return pa.concat_tables(self.held) if self.held else None
        with writing():
            self.writer.close()
            self.file.flush()
        return pa.ipc.open_file(map_file(self.file)).read_all()


def on_disk(cells: pd.Series) -> pd.Series:
    """Return the same column out of a file, if it is large and of numbers or strings."""
    if cells.nbytes < LEAST_BYTES:
        return cells
    if isinstance(cells.dtype, pd.StringDtype):
        parts = Parts()
        parts.add(pa.table({"cells": pa.array(cells, pa.large_string())}))
        table = parts.table()
        assert table is not None, "one part was added"
        return table.to_pandas()["cells"].set_axis(cells.index).rename(cells.name)
    if isinstance(cells.dtype, np.dtype) and cells.dtype.kind in NUMBERS:
        with writing():
            file = new_file()
            file.write(np.ascontiguousarray(cells.to_numpy()).data)
            file.flush()
        numbers = np.frombuffer(map_file(file), dtype=cells.dtype)
        return pd.Series(numbers, index=cells.index, name=cells.name, copy=False)
    return cells


def frame(columns: Mapping[str, pd.Series], index: pd.Index | None = None) -> pd.DataFrame:
    """Return columns of one index as a table, none of them copied."""
    return pd.DataFrame(dict(columns), index=index, copy=False)


def rows_of(table: pd.DataFrame, rows: np.ndarray, keep_index: bool = False) -> pd.DataFrame:
    """Return some rows, column by column.

    Args:
        table: with columns of different names.
        rows: a mask, or positions.
        keep_index: whether rows keep their index; otherwise they have a new one from 0.
    """
    if rows.dtype == bool:
        rows = np.flatnonzero(rows)
    index = table.index[rows] if keep_index else pd.RangeIndex(len(rows))
    columns: dict[str, pd.Series] = {}
    for name, cells in table.items():
        columns[str(name)] = on_disk(cells.take(rows).set_axis(index))
        release()
    return frame(columns, index)


def table_of(rows: pa.Table) -> pd.DataFrame:
    """Return rows of Arrow as pandas has them, column by column."""
    columns: dict[str, pd.Series] = {}
    for name in rows.column_names:
        cells = rows.select([name]).to_pandas()[name]
        # Strings are those of Arrow, and so where they were.
        columns[name] = cells if isinstance(cells.dtype, pd.StringDtype) else on_disk(cells)
        release()
    return frame(columns, pd.RangeIndex(len(rows)))
