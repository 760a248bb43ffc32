"""A text that is never in memory as a whole: its bytes are read and decoded block by block, each up to a line's end."""

import codecs
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

BLOCK_BYTES = 1 << 25
"""What is read at once: a shorter file is one block."""
SAMPLE_CHARACTERS = 1_000_000
"""Of a text's beginning, from which its dialect is found."""


class FileBytes:
    """The bytes of a file, of which those are read that are asked for."""

    def __init__(self, path: Path) -> None:
        self.path, self.size = path, path.stat().st_size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self.size)
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(stop - start)


Content = bytes | FileBytes


def content_of(path: Path) -> Content:
    """Return the content of a file: its bytes, or where it is longer than a block a reader of them."""
    return FileBytes(path) if path.stat().st_size > BLOCK_BYTES else path.read_bytes()


class UndecodableError(ValueError):
    """A byte that has no character in an encoding, by its position in the file."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class Text:
    """The characters of a file; iterating gives them in blocks, of which each but the last ends where a line does.

    Args:
        content: the bytes.
        encoding: of these bytes.
        first: the byte with which the text begins.
        skipped: characters left out at its beginning.
    """

    def __init__(self, content: Content, encoding: str, first: int = 0, skipped: int = 0) -> None:
        self.content, self.encoding, self.first, self.skipped = content, encoding, first, skipped

    def __iter__(self) -> Iterator[str]:
        if self.is_short:
            yield from (text for text in [self.whole] if text)
            return
        left = self.skipped
        for block in self.lines_together():
            if left < len(block):
                yield block[left:]
            left = max(0, left - len(block))

    @property
    def is_short(self) -> bool:
        """Whether it is one block."""
        return len(self.content) - self.first <= BLOCK_BYTES

    @cached_property
    def whole(self) -> str:
        """All characters of a short text.

        Raises:
            UndecodableError: a byte has no character.
        """
        try:
            return self.content[self.first :].decode(self.encoding)[self.skipped :]
        except UnicodeDecodeError as error:
            raise UndecodableError(self.first + error.start) from None

    def lines_together(self) -> Iterator[str]:
        """Yield the characters of the file in blocks that end where a line does.

        Raises:
            UndecodableError: a byte has no character.
        """
        decoder = codecs.getincrementaldecoder(self.encoding)()
        rest = ""
        for start in range(self.first, len(self.content), BLOCK_BYTES):
            end = start + BLOCK_BYTES
            before = len(decoder.getstate()[0])
            try:
                text = rest + decoder.decode(self.content[start:end], final=end >= len(self.content))
            except UnicodeDecodeError as error:
                raise UndecodableError(start - before + error.start) from None
            cut = end_of_lines(text)
            if cut:
                yield text[:cut]
            rest = text[cut:]
        if rest:
            yield rest

    @cached_property
    def head(self) -> str:
        """The first characters, one more than `SAMPLE_CHARACTERS` where there are as many."""
        found = ""
        for block in self:
            found += block[: SAMPLE_CHARACTERS + 1 - len(found)]
            if len(found) > SAMPLE_CHARACTERS:
                break
        return found

    def after(self, characters: int) -> "Text":
        """Return the text behind so many characters."""
        return Text(self.content, self.encoding, self.first, self.skipped + characters) if characters else self


def end_of_lines(text: str) -> int:
    """Return where the last whole line of a text ends; 0 where there is none.

    A carriage return at the end of the text may be half a line end.
    """
    found = text.rfind("\n")
    return found + 1 if found >= 0 else text.rfind("\r", 0, max(0, len(text) - 1)) + 1
