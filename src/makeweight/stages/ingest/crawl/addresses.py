"""The addresses of a picture where HTML has them: attributes, `srcset`, lazy loading, `<noscript>`."""

import re
from collections.abc import Iterator

from parsel import Selector

CSS_ATTRIBUTE = re.compile(r"([^:]+(?::(?!:)[^:]+)*)::attr\(\s*([\w:-]+)\s*\)\s*")
XPATH_ATTRIBUTE = re.compile(r"(.+[^/])/@([\w:-]+)")
SRCSET_URL = re.compile(r"[\s,]*(\S+)")
SIZE = re.compile(r"(\d+(?:\.\d+)?)(e[+-]?\d+)?[wxh]", re.IGNORECASE)
"""A width or density at the end of a candidate."""
STYLE_ADDRESS = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^\s'"()][^'"()]*))\s*\)""", re.IGNORECASE)
"""The address in a style; none of its parts can go on beyond the next sign that may begin or end one."""

LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-image", "data-url")
SETS = ("srcset", "data-srcset", "data-lazy-srcset")
PLAIN = ("src", "href", "content")


def picture_addresses(page: Selector, locator: str) -> Iterator[str]:
    """Yield the addresses that a CSS or XPath locator points to, the best first.

    Of an attribute its own value comes first, then the other attributes of the element, where scripts that load
    pictures late keep the address.
    """
    kind, _, selector = locator.partition(":")
    attribute = (CSS_ATTRIBUTE if kind == "css" else XPATH_ATTRIBUTE).fullmatch(selector)
    if attribute is not None:
        selector, name = attribute[1], attribute[2]
    for match in page.css(selector) if kind == "css" else page.xpath(selector):
        if isinstance(match.root, str):
            yield from addresses_in(match.root)
        else:
            yield from element_addresses(match, name if attribute is not None else None)


def element_addresses(element: Selector, attribute: str | None = None) -> Iterator[str]:
    """Yield the addresses at an element: the attribute asked for, then the widest of a set, and the others."""
    if attribute is not None:
        yield from attribute_addresses(element, attribute)
    for name in (*SETS, *LAZY, *PLAIN):
        if name != attribute:
            yield from attribute_addresses(element, name)
    for source in element.xpath("ancestor::picture[1]//source | .//source | .//img"):
        for name in (*SETS, *LAZY, "src"):
            yield from attribute_addresses(source, name)
    yield from noscript_addresses(element)


def noscript_addresses(element: Selector) -> Iterator[str]:
    """Yield the addresses in the `<noscript>` that follows an element whose picture a script loads."""
    for noscript in element.xpath("following-sibling::*[1][self::noscript] | .//noscript"):
        pictures = noscript.xpath(".//img")
        if not pictures:
            text = noscript.xpath("string()").get() or ""
            pictures = Selector(text).xpath("//img") if "<img" in text else pictures
        for picture in pictures:
            for name in (*SETS, *LAZY, "src"):
                yield from attribute_addresses(picture, name)


def attribute_addresses(element: Selector, name: str) -> Iterator[str]:
    """Yield the addresses in one attribute."""
    value = element.attrib.get(name)
    if value and name.endswith("srcset"):
        yield from srcset_addresses(value)
    elif value:
        yield from addresses_in(value)


def addresses_in(text: str) -> Iterator[str]:
    """Yield the address that a text is, or those of a style such as `background: url(/a.png)`."""
    found = ["".join(parts) for parts in STYLE_ADDRESS.findall(text)]
    yield from (address.strip() for address in found or [text] if address.strip())


def srcset_addresses(text: str) -> list[str]:
    """Return the addresses of a `srcset`, the widest first."""
    return [address for address, _ in sorted(srcset_candidates(text), key=lambda candidate: -candidate[1])]


def srcset_candidates(text: str) -> Iterator[tuple[str, float]]:
    """Yield address and width of each candidate, as HTML divides them: commas inside an address belong to it.

    White space inside an address, which HTML forbids, is kept.
    """
    position = 0
    while (match := SRCSET_URL.match(text, position)) is not None and match[1].strip(","):
        address, position = match[1], match.end()
        size = 0.0
        if not address.endswith(","):
            end = text.find(",", position)
            rest, position = (text[position:end], end + 1) if end >= 0 else (text[position:], len(text))
            start, size = sizes_at_end(rest)
            address += rest[:start].rstrip()
        yield address.rstrip(","), size


def sizes_at_end(text: str) -> tuple[int, float]:
    """Return where the widths and densities at the end of a text begin, and the first of them; 0 where it has none."""
    start, size = len(text), 0.0
    for word in reversed(list(re.finditer(r"\S+", text))):
        found = SIZE.fullmatch(word[0])
        if found is None:
            break
        start, size = word.start(), float(found[1] + (found[2] or ""))
        if found[2]:
            break
    return start, size
