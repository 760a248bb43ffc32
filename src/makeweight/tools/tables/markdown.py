"""Markdown tables, and the marked blocks that they are written into."""

import re
from collections.abc import Iterable, Sequence

from makeweight.core.errors import InputError
from makeweight.results.values import Interval


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """A table; so many columns from the first hold words, the others numbers."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * words}{'---:|' * (len(heads) - words)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def interval_text(interval: Interval | None) -> str:
    """`51.8 (46.6 to 55.5)`; nothing where there is no interval."""
    return "" if interval is None else interval.as_score


def replace_block(text: str, block: str, content: str, file: str) -> str:
    """The text with `content` between the two markers of a block.

    Raises:
        InputError: the markers are not in the file.
    """
    begin, end = f"<!-- {block}: written by make tables -->", f"<!-- end of {block} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise InputError(f"{file}: the markers `{begin}` and `{end}` are missing")
    return pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text)
