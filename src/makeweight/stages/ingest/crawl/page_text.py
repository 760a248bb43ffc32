"""A response as a parsed page: which encoding its text really has, and why a response is no page."""

import codecs
from dataclasses import dataclass

from parsel import Selector
from scrapy.http import HtmlResponse, Response, TextResponse
from w3lib.encoding import html_body_declared_encoding, read_bom

from makeweight.stages.ingest.crawl.compression import CUT

UTF_8_BYTES_OF_REPLACEMENT = b"\xef\xbf\xbd"
REPLACEMENT = "\ufffd"
TEXT_FAULT = "its text is"
"""What the fault of a text begins with."""
NO_ENCODINGS = {"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf-7"}
"""Encodings that Python knows and no page has."""
OTHER_BYTES = "makeweight_windows_1252"
"""The name of the error handler that reads bytes outside UTF-8 as windows-1252."""
WITHOUT_PAGES = {b"\x1f\x8b": "compressed, without a header that says so", b"%PDF": "a PDF file"}
"""First bytes of what may be sent as text and is no page -> what it is."""
TEXT_TYPES = ("text/html", "text/plain", "application/xhtml", "application/octet-stream", "application/xml", "text/xml")


def read_other_bytes(error: UnicodeError) -> tuple[str, int]:
    """Return bytes outside UTF-8 as the characters that windows-1252 has for them."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("windows-1252", "replace"), error.end


codecs.register_error(OTHER_BYTES, read_other_bytes)


@dataclass(frozen=True, slots=True)
class Page:
    """A parsed page, or None; with it what is wrong with its text, or why it is no page."""

    selector: Selector | None
    fault: str | None = None


def parse_page(response: Response) -> Page:
    """Return the response as a parsed page, whatever its content type claims."""
    content_type = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
    reason = next((what for start, what in WITHOUT_PAGES.items() if response.body.startswith(start)), None)
    begins = response.body.lstrip()[:1]
    if reason is None and begins in (b"{", b"[") and content_type and not content_type.lower().startswith(TEXT_TYPES):
        reason = content_type
    if reason is None and not isinstance(response, TextResponse) and begins != b"<":
        reason = "no text in it"
    packed = b", ".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
    if packed and begins != b"<":
        reason = f"compressed as {packed}, which is not read here"
    if reason is not None:
        return Page(None, f"not a page: {reason}")
    text, fault = text_of(response)
    if CUT in response.flags:
        fault = f"{TEXT_FAULT} {CUT}; what came is read"
    # Without the type, text that begins with <?xml or { would be parsed as XML or JSON.
    page = Selector(text, type="html")
    return Page(page, fault) if page.root is not None else Page(None, "not a page: no text in it")


def text_of(response: Response) -> tuple[str, str | None]:
    """Return the text of a page, and in words how it was decoded where that is not what the page says."""
    page = response if isinstance(response, TextResponse) else HtmlResponse(response.url, body=response.body)
    body = page.body
    try:
        text, encoding = page.text, page.encoding
        # Codecs such as zlib are no encodings at all; others make no page of what begins as one.
        wrong = encoding in NO_ENCODINGS or (body.lstrip()[:1] == b"<" and not text.lstrip().startswith("<"))
    except (LookupError, UnicodeError):
        wrong = True
    if wrong:
        return body.decode(
            "utf-8", OTHER_BYTES
        ), f"{TEXT_FAULT} not in the encoding that is declared; it is read as UTF-8"
    if "playwright" in response.flags or read_bom(body)[0] is not None:
        return text, None
    single_byte = encoding.startswith(("cp125", "iso8859", "latin", "ascii"))
    if single_byte and not body.isascii() and is_mostly_utf_8(body):
        mended = body.decode("utf-8", OTHER_BYTES)
        return mended, f"its text is UTF-8, though not by its declaration ({encoding}), and is read so"
    if REPLACEMENT not in text or UTF_8_BYTES_OF_REPLACEMENT in body:
        return text, None
    written = html_body_declared_encoding(body)
    whole = decode(body, written) if written and written != encoding else None
    if whole is not None:
        return whole, f"its text is {written}, though the server says {encoding}, and is read so"
    if encoding in ("utf-8", "ascii"):
        mended = body.decode("utf-8", OTHER_BYTES)
        return mended, f"its text is not all {encoding}, as the page says; other bytes are read as windows-1252"
    return text, f"its text is not all {encoding}, as the page says; {text.count(REPLACEMENT)} characters are lost"


def is_mostly_utf_8(body: bytes) -> bool:
    """Return whether most bytes beyond ASCII form characters of UTF-8, which those of a text in another one do not."""
    text = body.decode("utf-8", "replace")
    wrong = text.count(REPLACEMENT)
    return sum(not character.isascii() for character in text) > 2 * wrong


def decode(body: bytes, encoding: str) -> str | None:
    """Return the text of bytes that all are of an encoding, else None."""
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
