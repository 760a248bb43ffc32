"""Text of a stranger takes time that grows with its length, not with its square: two lengths are compared."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pandas as pd
import pytest
from parsel import Selector

from makeweight.app.columns import NUMBER as APPLICATION_NUMBER
from makeweight.balance.sampler_notes import DATE, NUMBER
from makeweight.core.errors import InputError
from makeweight.data.tables import dialect, header, rows, text_formulas
from makeweight.data.values import amounts, classes, infer, number_cells, read_category, read_label, read_number, texts
from makeweight.stages.clean.texts import Texts, clean_text
from makeweight.stages.ingest.crawl import addresses, currency_codes, json_ld, responses, schema_org

SHORT, TIMES = 500, 16
MOST = 6
"""Times that the time of the longer text may be more than in proportion; a square would be 16 times more."""
NO_TIME = 0.02
"""Seconds that are no time at all for a text of this length, whatever the ratio is."""

UNITS = [
    *("<!--", "-->", "<a ", "<a b=", "< ", "&lt;!--", "<b>", "<div itemscope>", "<p itemprop=a>"),
    *("a.", "a-", "a@", "@", "www.", "http://", "://", "&#", "&#1", "&", "&amp;", "%", "%2", "#", "?"),
    *("/*", "/* ", "//", '"', "'", '"\\"', '\\"', "\\", '""', "{", "[", '{"a":', ",", ", ", "(", ")"),
    *("1", "1 ", "1,", "1-", "1/", "1:", "1e", ".", "-", "=", " ", "\t", "\n", " \n", "\u00a0", "\x00"),
    *("url(", "url( ", "url('", 'url("', "url(' ", " 1w", "1w ", "a 1w,", "\u0301", "\u00c3\u00a9", "\u200b"),
]
EVERYTHING = Texts(
    repair_encoding=True,
    straighten_quotes=True,
    remove_markup=True,
    remove_addresses=True,
    remove_patterns=(),
    remove_vendor_names=True,
)


def column(read: Callable[..., Any]) -> Callable[[str], Any]:
    """A reader of a column, with the text among other cells."""
    return lambda text: read(pd.Series([text, "1", "2", "a b", "c"], dtype=object), "note")


def page(body: str) -> Any:
    """The schema.org data of a page."""
    html = f"<html><body>{body}</body></html>"
    return schema_org.read_data(Selector(html), "http://shop.example/", "http://shop.example/", "Product")


def product(text: str) -> Any:
    """The data of a page with the text in microdata: in an address, a property and a picture's style."""
    quoted = text.replace('"', "&quot;")
    return page(
        f'<div itemscope itemtype="http://schema.org/Product"><img itemprop=image src="{quoted}">'
        f'<b itemprop=name>{text}</b><a itemprop=url href="{quoted}">a</a></div>'
    )


READERS: dict[str, Callable[[str], Any]] = {
    "clean_text": lambda text: clean_text(text, EVERYTHING, "vendor"),
    "json_ld": json_ld.read_script,
    "json_ld string": lambda text: json_ld.mend('{"a": "' + text),
    "json_ld object": lambda text: json_ld.mend("{" + text),
    "entities": json_ld.decode_entities,
    "addresses": lambda text: list(addresses.addresses_in(text)),
    "srcset": lambda text: addresses.srcset_addresses("a.png " + text),
    "absolute_url": lambda text: responses.absolute_url("http://shop.example/", text),
    "currency": currency_codes.WORD.findall,
    "page": page,
    "product": product,
    "plain_text": texts.plain_text,
    "amount": lambda text: amounts.parse_number(text, True),
    "number cell": number_cells.take_apart,
    "number": column(read_number),
    "label": column(read_label),
    "category": column(read_category),
    "infer": column(infer),
    "class": classes.NUMERIC.fullmatch,
    "header number": header.NUMBER.fullmatch,
    "formula": text_formulas.FORMULA.fullmatch,
    "spaces": lambda text: dialect.find_spaces(f"a b c\n{text} b c\n"),
    "quotes": lambda text: dialect.find_quoted(text, ",", 3),
    "white space": lambda text: rows.with_single_separator(f"a {text}b", r"\s+"),
    "application": APPLICATION_NUMBER.fullmatch,
    "sampler number": NUMBER.fullmatch,
    "sampler date": DATE.fullmatch,
}


def seconds(read: Callable[[str], Any], text: str) -> float:
    """Processor time of one reading; a refusal is an answer."""
    start = time.process_time()
    with suppress(InputError):
        read(text)
    return time.process_time() - start


@pytest.mark.parametrize("reader", READERS)
def test_time_grows_with_the_length(reader: str) -> None:
    read = READERS[reader]
    slow = []
    for unit in UNITS:
        for end in ("", "x"):
            short, long = unit * SHORT + end, unit * SHORT * TIMES + end
            taken = seconds(read, long)
            if taken < NO_TIME:
                continue
            # Both are measured again: the first reading may have met another process, or a cold cache.
            ratio = min(seconds(read, long), taken) / max(seconds(read, short), seconds(read, short))
            if ratio > MOST * TIMES:
                slow.append(f"{unit!r}{end}: {ratio:.0f} times the time")
    assert not slow
