"""The rules in a robots.txt, as servers answer when they are asked for one."""

import codecs

from scrapy.http import Response

ABSENT = (404, 410)
"""Statuses by which a site says that it has no rules."""


def rules_in(response: Response) -> tuple[bytes, str | None]:
    """Return the rules as UTF-8, and in words why there are none where the site seems to have some.

    The page of an error holds no rules, whatever is written on it.
    """
    if response.status in ABSENT:
        return b"", None
    if response.status != 200:
        return b"", f"status {response.status}"
    text = as_utf_8(response.body)
    return (b"", "it is a page") if text.lstrip().startswith(b"<") else (text, None)


def as_utf_8(body: bytes) -> bytes:
    """Return a text in UTF-8 without a mark of its byte order, also of one in UTF-16."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        body = body.decode("utf-16", "replace").encode()
    return body.removeprefix(codecs.BOM_UTF8)
