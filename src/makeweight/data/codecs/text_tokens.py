"""Texts as words and punctuation marks, and texts from them."""

import re
from collections.abc import Sequence
from functools import lru_cache

NO_SPACES = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts that put no spaces between words, such as Thai, Japanese and Chinese: each character is a token."""
MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff"
"""Accents, points and vowel signs that are part of a word, though Python does not call them word characters."""
LETTER = rf"(?:[^\W{NO_SPACES}]|[{MARKS}])"
TOKEN = re.compile(rf"\s*(?:[{NO_SPACES}]|{LETTER}+(?:['’]{LETTER}+)*|[^\s])")
WORD = re.compile(r"[^\W\d_]")
WORD_END, WORD_START = re.compile(r"\w$"), re.compile(r"\w")
UNSPACED = re.compile(f"[{NO_SPACES}]")
CACHED = 100_000
"""Tokens whose properties are remembered: the same few are asked for again and again."""
OPENS = {")": "(", "]": "[", "}": "{"}
QUOTES = ('"', "«»", "„“”")
"""Marks that come in pairs, in an order that differs from language to language."""


def split_tokens(text: str) -> list[str]:
    """Return the words and marks of a text with the white space before them: joined, they are the text."""
    return TOKEN.findall(text)


@lru_cache(CACHED)
def token_key(token: str) -> str:
    """Return what is the same for a token wherever it stands: without space and capital letters."""
    return token.strip().casefold()


@lru_cache(CACHED)
def is_word(token: str) -> bool:
    """Return whether a token has a letter."""
    return WORD.search(token) is not None


@lru_cache(CACHED)
def is_mark(token: str) -> bool:
    """Return whether a token has neither letter nor digit."""
    return WORD_START.search(token) is None


def join_tokens(tokens: Sequence[str]) -> str:
    """Return the text of tokens, those of dangling brackets and quotes left out, with a space between two words."""
    text = ""
    for token in balanced(tokens):
        touching = WORD_START.match(token) and WORD_END.search(text)
        text += f" {token}" if touching and not UNSPACED.match(token) else token
    return text.strip()


def balanced(tokens: Sequence[str]) -> list[str]:
    """Return the tokens without brackets that open or close nothing, and without the last of an odd count of quotes."""
    marks = [token.strip() for token in tokens]
    waiting: list[int] = []
    dropped: set[int] = set()
    for index, mark in enumerate(marks):
        if mark in OPENS.values():
            waiting.append(index)
        elif mark in OPENS:
            pairs = [number for number, other in enumerate(waiting) if marks[other] == OPENS[mark]]
            # What was opened inside the pair and not closed opens nothing.
            dropped |= {*waiting[pairs[-1] + 1 :]} if pairs else {index}
            waiting = waiting[: pairs[-1]] if pairs else waiting
    dropped |= set(waiting)
    for quotes in QUOTES:
        places = [index for index, mark in enumerate(marks) if mark and mark in quotes]
        dropped |= {*places[len(places) - len(places) % 2 :]}
    return [token for index, token in enumerate(tokens) if index not in dropped]
