"""What cleaning takes out of texts beside what `data.values.texts` does: a site's own patterns, vendors' names."""

import re

from makeweight.core.params import Section
from makeweight.data.values.missing import is_missing as is_missing
from makeweight.data.values.texts import clean_text as clean_text

LETTER = re.compile(r"[^\W\d_]")


class Texts(Section):
    """What is removed from every text beside markup and addresses."""

    remove_patterns: tuple[re.Pattern[str], ...]
    """Text that this site's software leaves behind."""
    remove_vendor_names: bool
    """Whether a vendor's own name is removed from the vendor's texts, as a whole word."""


def whole_word(name: str) -> re.Pattern[str]:
    """Return a pattern that finds the literal name as a whole word, in any case."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def without_vendor(text: str, vendor: str | None) -> str:
    """Return the text without the vendor's name."""
    return " ".join(whole_word(vendor).sub(" ", text).split()) if vendor else text


def has_letter(text: object) -> bool:
    """Return whether this is a text with a letter of any alphabet."""
    return isinstance(text, str) and LETTER.search(text) is not None
