"""The bytes of a text file become characters: its encoding is stated, or found and told, never guessed in silence."""

import codecs
import re
from dataclasses import dataclass

from makeweight.core.errors import InputError
from makeweight.data.tables import blocks
from makeweight.data.tables.blocks import Content, Text, UndecodableError

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Byte order mark -> encoding; the four bytes of UTF-32 come before the two of UTF-16 that they begin with."""

OTHER_FILES = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
    b"version https://git-lfs": "a pointer of Git LFS, not the file itself (`git lfs pull` fetches it)",
    b"\x1f\x8b": "compressed by gzip",
}
"""First bytes -> what the file is instead of text in columns."""
MOST_WORDS = 20
"""Words among which the longest is shown."""
WEB_PAGE = re.compile(rb"\s*<(!doctype html|html|\?xml)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's characters without its byte order mark, its encoding, and what is to be told about it."""

    text: Text
    encoding: str
    byte_order_mark: bool
    notes: tuple[str, ...] = ()


def decode(content: Content, encoding: str | None = None, remedy: str = "save it as UTF-8") -> Decoded:
    """Return the characters of a text file.

    Args:
        content: the file.
        encoding: as stated; without it, it is UTF-8, UTF-16 or UTF-32 as the bytes say, or else Windows-1252.
        remedy: what the user can do where the encoding is not found.

    Raises:
        InputError: it is not text, or not text in this encoding.
    """
    check_is_text(content)
    for mark, name in MARKS.items():
        if content[: len(mark)] == mark:
            return Decoded(checked(content, name, remedy, len(mark)), name, byte_order_mark=True)
    if encoding is not None:
        return Decoded(checked(content, encoding, remedy), encoding, byte_order_mark=False)
    wide = unmarked_utf16(content)
    if wide:
        return Decoded(checked(content, wide, remedy), wide, False, (f"read as {wide.upper()}, as its bytes look",))
    try:
        return Decoded(all_decoded(Text(content, "utf-8")), "utf-8", byte_order_mark=False)
    except UndecodableError as error:
        return decode_western(content, error, remedy)


def check_is_text(content: Content) -> None:
    """Refuse a file that is something else than text in columns."""
    for start, kind in OTHER_FILES.items():
        if content[: len(start)] == start:
            raise InputError(f"this is no delimited text but {kind}")
    if WEB_PAGE.match(content[:1000]):
        raise InputError("this is no delimited text but a web page or XML; download the file itself")


def checked(content: Content, encoding: str, remedy: str, first: int = 0) -> Text:
    """Return the text from a byte on; say which row is not in this encoding."""
    try:
        b"".decode(encoding)
        text = all_decoded(Text(content, encoding, first))
    except UndecodableError as error:
        place = f"row {row_of(content, error.position, first)}: byte {error.position - first}"
        raise InputError(f"{place} is not {encoding}; {remedy}") from None
    except LookupError:
        raise InputError(f"{encoding!r} is no known encoding; right would be utf-8, cp1252, utf-16, ...") from None
    return text.after(1) if text.head.startswith("\ufeff") else text


def all_decoded(text: Text) -> Text:
    """Return a text after every byte of it was decoded once.

    Raises:
        UndecodableError: a byte has no character.
    """
    for _ in text:
        pass
    return text


def row_of(content: Content, position: int, first: int = 0) -> int:
    """Return the row of a byte, as an editor numbers lines."""
    starts = range(first, position, blocks.BLOCK_BYTES)
    return 1 + sum(content[start : min(position, start + blocks.BLOCK_BYTES)].count(b"\n") for start in starts)


def unmarked_utf16(content: Content) -> str | None:
    """Return the UTF-16 of a text without a byte order mark, whose Latin letters have a zero byte each."""
    start = content[:2000]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = start[first::2]
        if len(half) > 3 and half.count(0) > 0.4 * len(half) and 0 not in start[1 - first :: 2]:
            return name
    return None


def decode_western(content: Content, error: UndecodableError, remedy: str) -> Decoded:
    """Return text in Windows-1252 with a note that shows a word of it, if its words look like that."""
    row = row_of(content, error.position)
    fault = f"row {row}: byte {error.position} is not utf-8"
    try:
        text = all_decoded(Text(content, "cp1252"))
    except UndecodableError:
        raise InputError(f"{fault}, nor can it be Windows-1252; {remedy}") from None
    if any(has_utf8_letters(block.encode("cp1252")) for block in text):
        raise InputError(f"{fault}, though other rows are: the file mixes encodings; {remedy}")
    count = odd = 0
    first, first_odd = list[str](), ""
    for block in text:
        words = re.findall(r"[A-Za-z]*[^\x00-\x7f][A-Za-z\x80-\uffff]*", block)
        garbled = [word for word in words if looks_garbled(word)]
        count, odd = count + len(words), odd + len(garbled)
        first += words[: MOST_WORDS - len(first)]
        first_odd = first_odd or next(iter(garbled), "")
    if odd > 0.2 * count:
        raise InputError(f"{fault}, and as Windows-1252 it would say {first_odd!r}; {remedy}")
    example = max(first, key=len)
    return Decoded(text, "cp1252", False, (f"not in UTF-8: read as Windows-1252 (row {row}: {example!r}); {remedy}",))


def has_utf8_letters(content: bytes) -> bool:
    """Whether the bytes hold letters in UTF-8 as well, which two adjacent Western letters look like very rarely."""
    return re.search(rb"[A-Za-z][\xc3-\xc5][\x80-\xbf](?![\x80-\xff])", content) is not None


def looks_garbled(word: str) -> bool:
    """Whether a word is hardly one of Western Europe: mostly accents, signs or capitals in its middle."""
    accents = [character for character in word if ord(character) > 127 and character.isalpha()]
    inner = word[1:-1]
    signs = any(ord(character) > 127 and not character.isalpha() and character not in "’–—" for character in inner)
    capitals = re.search(r"[a-zß-ÿ][À-ÞŠŽŸ]", word) is not None
    return signs or capitals or (len(word) > 1 and len(accents) > 0.7 * len(word))
