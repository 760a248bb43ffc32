"""A table written in a random dialect and read with nothing stated: the same cells, or one line that says why not."""

import bz2
import csv
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from makeweight.core.errors import InputError
from makeweight.data.tables.files import read_file

PACK: dict[str, Callable[[bytes], bytes]] = {
    ".csv": bytes,
    ".CSV": bytes,
    ".txt": bytes,
    ".csv.gz": gzip.compress,
    ".csv.bz2": bz2.compress,
    ".CSV.XZ": lzma.compress,
}
number = st.floats(-1e6, 1e6).map(lambda value: f"{value:.2f}")
cells = st.one_of(
    number,
    number.map(lambda text: text.replace(".", ",")),
    st.integers(0, 10**20).map(lambda value: f"{value:05d}"),
    st.sampled_from(["ash", "elm", "oak é", "None", "NA", "", "1.299,00", "=1", "+", "-", "<neu>"]),
    st.text(st.sampled_from("ab1 ,;\t|.'\"-é€\nNA=0\\"), max_size=12),
)
dialects = st.fixed_dictionaries(
    {
        "separator": st.sampled_from(",;\t|"),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        "line_end": st.sampled_from(["\n", "\r\n"]),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
        "ending": st.sampled_from(sorted(PACK)),
        "index": st.booleans(),
        "separator_line": st.booleans(),
        "trailing": st.booleans(),
    }
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    width = draw(st.integers(2, 5))
    names = [f"col {number}{draw(st.sampled_from(['', 'é', '.x', ', y']))}" for number in range(width)]
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width).filter(any), min_size=1, max_size=12))
    return names, rows


def written(names: list[str], rows: list[list[str]], dialect: dict[str, object]) -> bytes:
    text = io.StringIO(newline="")
    separator, end = str(dialect["separator"]), str(dialect["line_end"])
    if dialect["separator_line"]:
        text.write(f"sep={separator}{end}")
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=dialect["quoting"])  # type: ignore[arg-type]
    for position, row in enumerate([names, *rows]):
        index = ["" if position == 0 else str(position - 1)] if dialect["index"] else []
        writer.writerow([*index, *row, *([""] if dialect["trailing"] else [])])
    return PACK[str(dialect["ending"])](text.getvalue().encode(str(dialect["encoding"])))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dialects")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=tables(), dialect=dialects)
def test_the_same_cells_or_one_line(
    folder: Path, table: tuple[list[str], list[list[str]]], dialect: dict[str, object]
) -> None:
    names, rows = table
    path = folder / f"a{dialect['ending']}"
    path.write_bytes(written(names, rows, dialect))
    try:
        found = read_file(path)
    except InputError as refusal:
        assert "\n" not in str(refusal) and str(path) in str(refusal)
        # Nothing but letters in odd places of Windows-1252 may be a reason.
        assert dialect["encoding"] == "cp1252"
        return
    own = [name for name in found.table.columns if name not in found.nameless]
    assert own == names
    assert found.table[own].fillna("").to_numpy().tolist() == rows
