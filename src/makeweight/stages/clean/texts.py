"""Texts without markup, mojibake and addresses; words, case and numbers stay."""

import html
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import ftfy
import pandas as pd

from makeweight.core.params import Section

TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|<!--.*?-->", re.DOTALL)
"""An HTML element or comment; `a < b` and `<3` are neither."""
ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.[\w.-]*\w", re.IGNORECASE)
"""A web or mail address."""
LETTER = re.compile(r"[^\W\d_]")
INVISIBLE_CATEGORIES = ("Cf", "Cs", "Co", "Cn")
"""Unicode categories of invisible characters: format, surrogate, private use and unassigned."""
JOINERS = "\u200c\u200d"
"""Invisible as well, but part of how some words and emoji are written."""


class Texts(Section):
    """What is removed from every text beside markup and addresses."""

    remove_patterns: tuple[re.Pattern[str], ...]
    """Text that this site's software leaves behind."""
    remove_vendor_names: bool
    """Whether a vendor's own name is removed from the vendor's texts, as a whole word."""


def clean_text(text: str, remove_patterns: Sequence[re.Pattern[str]] = ()) -> str:
    """Return one text without markup, addresses, these patterns and invisible characters, with single spaces."""
    text = ftfy.fix_text(text, unescape_html=False)
    for _ in range(2):
        text = TAG.sub(" ", html.unescape(text))
    for pattern in (ADDRESS, *remove_patterns):
        text = pattern.sub(" ", text)
    return " ".join("".join(visible(letter) for letter in text).split())


def visible(letter: str) -> str:
    """Return the character, a space for white space and controls, an empty string for an invisible one."""
    if letter.isprintable() or letter in JOINERS:
        return letter
    return "" if unicodedata.category(letter) in INVISIBLE_CATEGORIES else " "


def whole_word(name: str) -> re.Pattern[str]:
    """Return a pattern that finds the literal name as a whole word, in any case."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def without_vendor(text: str, vendor: str | None) -> str:
    """Return the text without the vendor's name."""
    return " ".join(whole_word(vendor).sub(" ", text).split()) if vendor else text


def has_letter(text: object) -> bool:
    """Return whether this is a text with a letter of any alphabet."""
    return isinstance(text, str) and LETTER.search(text) is not None


def is_missing(value: Any) -> bool:
    """Return whether a value is None, NaN, or a text of white space only."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is pd.NA or value != value
