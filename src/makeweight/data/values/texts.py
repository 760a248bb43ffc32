"""Words of one cell: entities, white space and invisible characters."""

import html
import re
import unicodedata

ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
"""An HTML entity with its semicolon; R&D and AT&T have none."""
INVISIBLE_CATEGORIES = ("Cf", "Cs", "Co", "Cn")
"""Unicode categories of invisible characters: format, surrogate, private use and unassigned."""
LONG_REFERENCE = re.compile(r"&#(?:0+(?=[0-9])|[1-9][0-9]{7,};?)")
"""Zeros before the number of a character, or a number that no character has."""
JOINERS = "\u200c\u200d"
"""Invisible as well, but part of how some words and emoji are written."""


def plain_text(text: str) -> str:
    """Return a word or name with single spaces, entities as characters, composed letters, nothing invisible.

    Its words, signs and quotation marks stay: two names that look the same become the same.
    """
    if text.isascii() and text.isalnum():
        return text
    for _ in range(2):
        text = ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text
    text = unicodedata.normalize("NFC", text)
    return " ".join("".join(visible(letter) for letter in text).split())


def unescaped(text: str) -> str:
    """Return the text with its entities as characters, as a browser reads them, also without a semicolon.

    A number that no character has becomes U+FFFD, of any number of digits: Python reads some 4,000 digits at most.
    """
    if "&#" in text:
        text = LONG_REFERENCE.sub(lambda found: "\ufffd" if found[0][2] != "0" else "&#", text)
    return html.unescape(text)


def visible(letter: str) -> str:
    """Return the character, a space for white space and controls, an empty string for an invisible one."""
    if letter.isprintable() or letter in JOINERS:
        return letter
    return "" if unicodedata.category(letter) in INVISIBLE_CATEGORIES else " "
