"""Words that mean false and true."""

from collections.abc import Sequence

import numpy as np

PAIRS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"), ("off", "on"))
VALUES = {word: float(position) for pair in PAIRS for position, word in enumerate(pair)} | {"0": 0.0, "1": 1.0}


def words_of(texts: Sequence[str], missing: np.ndarray) -> tuple[str, str] | None:
    """Return the words for false and true as the column writes them; None where it is no column of booleans.

    It is one if its cells are the words of one pair, in any case; 0 and 1 may stand beside them.
    """
    found: dict[str, str] = {}
    for text, gone in zip(texts, missing, strict=True):
        word = text.strip()
        if gone or word in ("0", "1"):
            continue
        if word.casefold() not in VALUES or len(found) > 4:
            return None
        found.setdefault(word.casefold(), word)
    pair = next((pair for pair in PAIRS if found and set(found) <= set(pair)), None)
    if pair is None:
        return None
    example = next(iter(found.values()))
    return cased(found.get(pair[0]), pair[0], example), cased(found.get(pair[1]), pair[1], example)


def cased(written: str | None, word: str, example: str) -> str:
    """Return the word as it is written, or in the case of an example."""
    if written:
        return written
    return word.upper() if example.isupper() else word.capitalize() if example[0].isupper() else word
