"""Texts as the card and params.yaml ask for them: as they were written, or without markup, addresses and mojibake."""

import re
import unicodedata
from collections.abc import Callable
from functools import partial

import ftfy

from makeweight.core import patterns
from makeweight.core.params import Section
from makeweight.data.values.texts import INVISIBLE_CATEGORIES, unescaped, visible

ELEMENTS = (
    "a|abbr|acronym|address|applet|area|article|aside|audio|b|base|basefont|bdi|bdo|big|blink|blockquote|body|br|button|"
    "canvas|caption|center|cite|code|col|colgroup|data|datalist|dd|del|details|dfn|dialog|dir|div|dl|dt|em|embed|"
    "fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr|html|i|iframe|img|input|"
    "ins|kbd|label|legend|li|link|main|map|mark|marquee|math|menu|meta|meter|nav|nobr|noframes|noscript|object|ol|"
    "optgroup|option|output|p|param|picture|pre|progress|q|rp|rt|ruby|s|samp|script|section|select|slot|small|source|"
    "span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|"
    "tt|u|ul|var|video|wbr"
)
"""The elements of HTML: `<neu>` is a word in angle brackets, and so is `<unk>`."""
TAG = re.compile(rf"</?(?:{ELEMENTS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
"""An HTML element; `a < b` and `<3` are none."""
TAG_OR_COMMENT = re.compile(rf"{TAG.pattern}|<!--.*?-->", re.DOTALL | re.IGNORECASE)
COMMENT_END = "-->"
ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\b[\w.+-]{1,64}@[\w-]+\.[\w.-]*\w", re.IGNORECASE)
"""A web or mail address. The name before the @ has at most 64 characters: a bound, so that long texts take no time."""
LETTER = re.compile(r"[^\W\d_]")
CHANGES = {
    "encoding": "repair_encoding: false",
    "quotation marks": "straighten_quotes: false",
    "markup": "remove_markup: false",
    "addresses": "remove_addresses: false",
    "patterns": "remove_patterns: []",
    "vendor names": "remove_vendor_names: false",
    "white space": "",
}
"""What can change a text, in this order -> the line under `text` in the card that leaves it out."""


class Texts(Section):
    """What is changed in texts beside white space and their Unicode form (NFC)."""

    repair_encoding: bool
    """Whether wrongly decoded characters are repaired, and invisible ones removed."""
    straighten_quotes: bool
    """Whether curly quotation marks become straight ones."""
    remove_markup: bool
    """Whether HTML elements are removed and entities become characters."""
    remove_addresses: bool
    """Whether web and mail addresses are removed."""
    remove_patterns: tuple[re.Pattern[str], ...]
    """Text that a site's software leaves behind."""
    remove_vendor_names: bool
    """Whether a vendor's own name is removed from the vendor's texts, as a whole word."""


AS_WRITTEN = Texts(
    repair_encoding=False,
    straighten_quotes=False,
    remove_markup=False,
    remove_addresses=False,
    remove_patterns=(),
    remove_vendor_names=False,
)
"""Changes white space and the Unicode form only."""


def clean_text(text: str, texts: Texts, vendor: str | None = None) -> str:
    """Return one text as `texts` asks for it, with single spaces and in Unicode form C."""
    for _, step in steps(texts, vendor):
        text = step(text)
    return text


def changes(text: str, texts: Texts, vendor: str | None = None) -> list[str]:
    """Return what changes a text, as names of `CHANGES`."""
    found: list[str] = []
    for name, step in steps(texts, vendor):
        changed = step(text)
        # The steps leave gaps where something was removed: those are no white space of the user.
        if squeezed(changed, texts.repair_encoding) != squeezed(text, texts.repair_encoding) or (
            name == "white space" and changed != text and not found
        ):
            found.append(name)
        text = changed
    return found


def steps(texts: Texts, vendor: str | None) -> list[tuple[str, Callable[[str], str]]]:
    """Return what is done to a text, in order, each under its name in `CHANGES`."""
    chosen: list[tuple[str, Callable[[str], str]]] = []
    if texts.repair_encoding:
        chosen.append(("encoding", partial(ftfy.fix_text, unescape_html=False, uncurl_quotes=False)))
    if texts.straighten_quotes:
        chosen.append(("quotation marks", ftfy.fixes.uncurl_quotes))
    if texts.remove_markup:
        chosen.append(("markup", without_markup))
    if texts.remove_addresses:
        chosen.append(("addresses", partial(ADDRESS.sub, " ")))
    chosen += [("patterns", partial(without_pattern, pattern=pattern)) for pattern in texts.remove_patterns]
    chosen.append(("white space", partial(squeezed, without_invisible=texts.repair_encoding)))
    if texts.remove_vendor_names and vendor:
        chosen.append(("vendor names", partial(without_vendor, vendor=vendor)))
    return chosen


def without_markup(text: str) -> str:
    """Return the text without HTML elements; entities may be escaped twice."""
    for _ in range(2):
        text = without_elements(unescaped(text))
    return text


def without_elements(text: str) -> str:
    """Return the text with a space for every HTML element and comment.

    After the last end of a comment no comment is searched for: each of many beginnings would be followed to the end.
    """
    end = text.rfind(COMMENT_END) + len(COMMENT_END) if COMMENT_END in text else 0
    return TAG_OR_COMMENT.sub(" ", text[:end]) + TAG.sub(" ", text[end:])


def without_pattern(text: str, pattern: re.Pattern[str]) -> str:
    """Return the text with a space for every match of a pattern of the card or of params.yaml."""
    return patterns.substitute(pattern, " ", text, "text.remove_patterns")


def squeezed(text: str, without_invisible: bool = False) -> str:
    """Return the text in Unicode form C with single spaces, controls being spaces; also without invisible characters.

    Args:
        text: as it was written.
        without_invisible: whether characters that nobody sees are removed.
    """
    letters = unicodedata.normalize("NFC", text)
    seen = (
        letter if unicodedata.category(letter) in INVISIBLE_CATEGORIES and not without_invisible else visible(letter)
        for letter in letters
    )
    return text if text.isascii() and text.isalnum() else " ".join("".join(seen).split())


def whole_word(name: str) -> re.Pattern[str]:
    """Return a pattern that finds the literal name as a whole word, in any case."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def without_vendor(text: str, vendor: str | None) -> str:
    """Return the text without the vendor's name."""
    return " ".join(whole_word(vendor).sub(" ", text).split()) if vendor else text


def has_letter(text: object) -> bool:
    """Return whether this is a text with a letter of any alphabet."""
    return isinstance(text, str) and LETTER.search(text) is not None
