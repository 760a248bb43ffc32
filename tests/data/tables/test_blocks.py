"""A text that is read in blocks of a few bytes: the same cells, lines, notes and faults as in one block."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core.errors import InputError
from makeweight.data import mapped
from makeweight.data.tables import blocks
from makeweight.data.tables.files import Format, read_file

ROWS = "".join(f"{number},{number / 4:.2f},elm\n" for number in range(40))
TEXTS: dict[str, bytes] = {
    "plain": b"nr,weight,wood\n" + ROWS.encode(),
    "quotes and line breaks within cells": b'nr,note\n1,"two\nlines, and ""more"""\n2,"three\r\n\r\nlines"\n',
    "letters of several bytes": ("nr,wood\n" + "".join(f"{n},{'öäü€漢字😀'[n % 7]}\n" for n in range(60))).encode(),
    "Windows-1252": ("nr,wood\n" + "".join(f"{n},Fähre für Käse\n" for n in range(20))).encode("cp1252"),
    "UTF-16": ("nr;wood\r\n" + "".join(f"{n};löß€😀\r\n" for n in range(20))).encode("utf-16"),
    "UTF-8 with a mark": b"\xef\xbb\xbfnr,wood\r\n" + b"1,elm\r\n2,ash\r\n" * 9,
    "carriage returns": b"nr,wood\r" + b"1,elm\r2,ash\r" * 9,
    "several line ends": b"nr,wood\r\n1,elm\n2,ash\r3,oak\r\n4,elm",
    "blank lines": b"nr,wood\n\n1,elm\n\n\n2,\n3,ash\n\n",
    "backslashes": b'nr,note\n1,"say \\"so\\", twice"\n2,"no"\n',
    "a space after separators": b'nr, note\n1, "a, b"\n2, "c"\n',
    "columns in white space": b"nr  wood\n1   elm\n22  ash\n333 oak\n" * 3,
    "formulas": b'nr;code\n1;="0012"\n2;="0013"\n' * 2,
    "the header repeated": b"nr,wood\n1,elm\nnr,wood\n2,ash\n,\n3,oak\n",
    "a separator line": b"sep=;\nnr;wood\n1;elm\n2;ash\n",
    "trailing separators": b"nr,wood,\n1,elm,\n2,ash,\n",
    "a long line": b"nr,note\n1," + b"x" * 300 + b"\n2,short\n",
}
FAULTS: dict[str, bytes] = {
    "uneven": b"nr,wood\n" + b"1,elm\n" * 20 + b"2,ash,3\n" + b"3,oak\n" * 5,
    "uneven quotes": b'nr,wood\n"1",elm\n' + b"1,elm\n" * 20 + b"2\n",
    "an open quote": b'nr,wood\n1,elm\n2,"ash\n3,oak\n' + b"4,elm\n" * 9,
    "a zero byte": b"nr,wood\n" + b"1,elm\n" * 9 + b"2,a\x00sh\n",
    "two encodings": "nr,wood\n1,Köln\n2,élan\n".encode() + "3,Käse\n".encode("cp1252") * 9,
    "nothing": b" \n" * 30,
}


def found(path: Path, size: int, monkeypatch: pytest.MonkeyPatch, **stated: object) -> object:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", size)
    monkeypatch.setattr(mapped, "LEAST_BYTES", 1 if size < 1000 else 1 << 24)
    try:
        read = read_file(path, Format(**stated))  # type: ignore[arg-type]
    except InputError as error:
        return str(error)
    return read


def assert_same(one: object, other: object) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    pd.testing.assert_frame_equal(one.table, other.table)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(one.lines, other.lines)  # type: ignore[attr-defined]
    for name in ("notes", "dropped", "nameless", "lacks_names", "separator"):
        assert getattr(one, name) == getattr(other, name)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 64])
@pytest.mark.parametrize("name", [*TEXTS, *FAULTS])
def test_blocks_of_some_bytes_are_read_as_one(
    name: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes((TEXTS | FAULTS)[name])
    whole = found(path, 1 << 25, monkeypatch)
    assert isinstance(whole, str) == (name in FAULTS)
    assert_same(whole, found(path, size, monkeypatch))


@pytest.mark.parametrize("row", [2, 3, 4, 5, 60])
def test_names_below_a_title_in_another_block(row: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"A title\r\nof two lines\nand one\rnr,wood\n1,elm\n2,ash\n")
    whole = found(path, 1 << 25, monkeypatch, header_row=row)
    assert_same(whole, found(path, 5, monkeypatch, header_row=row))


def test_a_block_ends_where_a_line_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 4)
    path = tmp_path / "table.csv"
    path.write_bytes("aé\r\nb\rc\n€€€€\nd".encode())
    text = blocks.Text(blocks.content_of(path), "utf-8")
    assert "".join(text) == "aé\r\nb\rc\n€€€€\nd"
    assert all(block.endswith(("\n", "\r")) for block in list(text)[:-1])
    assert not any(block.startswith("\n") for block in text)
    assert text.head == "".join(text)
    assert "".join(text.after(6)) == "c\n€€€€\nd"
