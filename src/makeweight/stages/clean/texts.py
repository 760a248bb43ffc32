"""Texts as a person would have typed them: no markup, no mojibake, no addresses; words, case and numbers stay."""

import html
import re
import unicodedata
from collections.abc import Sequence

import ftfy

from makeweight.core.params import Section

TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|<!--.*?-->", re.DOTALL)
"""An HTML element or comment; `a < b` and `<3` are none."""
ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.[\w.-]*\w", re.IGNORECASE)
"""A web or mail address."""
LETTER = re.compile(r"[^\W\d_]")
UNSEEN = ("Cf", "Cs", "Co", "Cn")
"""Unicode categories of characters that are not seen: formats, surrogates, private and unassigned ones."""
JOINERS = "\u200c\u200d"
"""Unseen as well, but part of how words and signs are written."""


class Texts(Section):
    """What is taken out of every text beside markup and addresses."""

    remove_patterns: tuple[re.Pattern[str], ...]
    """Patterns of this site's own remains."""
    remove_vendor_names: bool
    """Whether a vendor's own name goes out of his texts, as a whole word."""


def clean_text(text: str, removed: Sequence[re.Pattern[str]] = ()) -> str:
    """One text without markup, addresses, remains and invisible characters; white space is folded."""
    text = ftfy.fix_text(text, unescape_html=False)
    for _ in range(2):
        text = TAG.sub(" ", html.unescape(text))
    for pattern in (ADDRESS, *removed):
        text = pattern.sub(" ", text)
    return " ".join("".join(seen(letter) for letter in text).split())


def seen(letter: str) -> str:
    """The character, a space for white space and controls, nothing for one that is not seen."""
    if letter.isprintable() or letter in JOINERS:
        return letter
    return "" if unicodedata.category(letter) in UNSEEN else " "


def whole_word(name: str) -> re.Pattern[str]:
    """The name, taken literally, where it stands as a word of its own."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def without_vendor(text: str, vendor: str | None) -> str:
    """The text without the vendor's name."""
    return " ".join(whole_word(vendor).sub(" ", text).split()) if vendor else text


def has_letter(text: object) -> bool:
    """Whether this is a text with a letter of any alphabet."""
    return isinstance(text, str) and LETTER.search(text) is not None
