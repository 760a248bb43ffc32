"""The JSON-LD scripts of a page, each read by itself, with the mistakes that shops make in them."""

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from parsel import Selector

from makeweight.data.values.texts import unescaped

STRING = r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
"""A string, to the end of the text where it is not closed: whatever begins also ends, so that nothing is read twice."""
COMMENT = re.compile(STRING + r"|//[^\n]*|/\*.*?(?:\*/|\Z)|<!--.*?(?:-->|\Z)|[\u00a0\ufeff\u200b]", re.DOTALL)
"""A string, or what may be left out between the strings of a script."""
TRAILING_COMMA = re.compile(STRING + r"|,(?=\s*[}\]])", re.DOTALL)
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
"""An entity with its semicolon; without one, as in `?id=1&copy=2`, it is part of an address."""
QUOTES_AS_ENTITIES = re.compile(r"[\[{\s]*&(?:quot|#34|#x22);")
SINGLE_CHARACTER_ESCAPES = '"\\/bfnrt'
OPENING_MARKS = ("<!--", "-->", "<![CDATA[", ">")
CLOSING_MARKS = ("-->", "]]>", "<!", "//", "<!--")
MOST_MARKS = 100
"""Rounds in which marks are taken off a script."""
EMPTY = "is empty"


class JsonNumber(str):
    """A number in JSON, as it was written: `1.10` as an id keeps its zero, and as a price is not parsed again."""

    __slots__ = ()


DECODER = json.JSONDecoder(
    parse_float=JsonNumber,
    parse_int=JsonNumber,
    parse_constant=lambda name: None,
    strict=False,  # control characters inside strings
)


@dataclass(frozen=True, slots=True)
class Scripts:
    """What the JSON-LD scripts of a page hold, and why some of them could not be read."""

    contents: list[Any]
    faults: list[str]


def read_scripts(page: Selector) -> Scripts:
    """Return the content of every JSON-LD script; one that cannot be read hides no other."""
    scripts = Scripts([], [])
    nodes = page.xpath("//script[contains(translate(@type, 'ADJLNOPST', 'adjlnopst'), 'ld+json')]")
    for number, node in enumerate(nodes, start=1):
        contents, fault = read_script("".join(node.xpath(".//text()").getall()))
        scripts.contents.extend(contents)
        if fault is not None:
            scripts.faults.append(f"script {number} {fault}")
    return scripts


def read_script(text: str) -> tuple[list[Any], str | None]:
    """Return the objects of one script and None, or why it, or its rest, cannot be read."""
    text = text.strip("\ufeff\u200b\u00a0 \t\r\n")
    if not text:
        return [], EMPTY
    contents, fault = decode(text)
    if fault is not None:
        mended, mended_fault = decode(mend(text))
        if len(mended) > len(contents) or (mended and mended_fault is None):
            contents, fault = mended, mended_fault and fault
    return [decode_again(content) for content in contents], fault


def decode(text: str) -> tuple[list[Any], str | None]:
    """Return the JSON values of a text, one after another, up to the first mistake."""
    values: list[Any] = []
    position = 0
    try:
        while position < len(text):
            value, position = DECODER.raw_decode(text, position)
            values.append(value)
            position = end_of_separators(text, position)
    except json.JSONDecodeError as error:
        return values, f"is not JSON: {error}"
    except RecursionError:
        return values, "is nested too deep"
    return values, None


def end_of_separators(text: str, position: int) -> int:
    """Return the position after white space, commas and semicolons, which scripts have between and after objects."""
    while position < len(text) and (text[position].isspace() or text[position] in ",;"):
        position += 1
    return position


def decode_again(content: Any) -> Any:
    """Return the object inside a string that itself is JSON, any other content unchanged."""
    if type(content) is not str or not content.lstrip().startswith(("{", "[")):
        return content
    inner, fault = decode(content.strip())
    return inner[0] if inner and fault is None else content


def mend(text: str) -> str:
    """Return a script as JSON where it is JSON but for comments, marks around it, commas, entities and escapes."""
    text = without_marks(text)
    if QUOTES_AS_ENTITIES.match(text):
        text = unescaped(text)
    text = COMMENT.sub(lambda match: mend_string(match[0]) if match[0][0] == '"' else " ", text)
    return TRAILING_COMMA.sub(lambda match: match[0] if match[0][0] == '"' else "", text).strip()


def without_marks(text: str) -> str:
    """Return a script without the CDATA and comment marks before and after it, which old browsers needed."""
    for _ in range(MOST_MARKS):
        before = text
        text = text.strip().strip(";,").strip()
        if text.startswith("/*") and "*/" in text:
            text = text[text.index("*/") + 2 :]
        if text.startswith("//") and text[2:].lstrip(" \t")[:1] in ("<", ">"):
            text = text[2:]
        if text.startswith("<!--") and "-->" in text and not set(text[: text.index("-->")]) & set("{["):
            text = text[text.index("-->") + 3 :]
        text = text.strip()
        for mark in OPENING_MARKS:
            text = text.removeprefix(mark)
        if text.endswith("*/") and "/*" in text:
            text = text[: text.rindex("/*")]
        if text.endswith("-->") and "<!--" in text and not set(text[text.rindex("<!--") :]) & set("}]"):
            text = text[: text.rindex("<!--")]
        for mark in CLOSING_MARKS:
            text = text.removesuffix(mark)
        if text == before:
            break
    return text


def mend_string(string: str) -> str:
    """Return a JSON string with escapes that JavaScript knows, such as `\\x2b` and `\\'`, as JSON has them."""
    return ESCAPE.sub(lambda match: mend_escape(match[1]), string)


def mend_escape(escape: str) -> str:
    """Return one escape, given without its backslash, as JSON has it."""
    if len(escape) == 3:
        return f"\\u00{escape[1:]}"
    if len(escape) == 5 or escape in SINGLE_CHARACTER_ESCAPES:
        return f"\\{escape}"
    return "" if escape == "\n" else escape


def decode_entities(text: str) -> str:
    """Return a text with HTML entities decoded, also those that were encoded twice: `Arts &amp;amp; Crafts`."""
    for _ in range(2):
        text = ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return text


def storable(text: str) -> str:
    """Return a text as it is, but for half a surrogate pair, which JSON can hold and no file: it becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
