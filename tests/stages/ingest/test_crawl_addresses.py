"""The addresses of a picture are found where HTML keeps them."""

import pytest
from parsel import Selector

from makeweight.stages.ingest.crawl.addresses import picture_addresses, srcset_addresses

DATA = "data:image/gif;base64,R0lG"


@pytest.mark.parametrize(
    ("html", "locator", "expected"),
    [
        ("<img src=/a.png>", "css:img::attr(src)", ["/a.png"]),
        ("<img src=/a.png>", "xpath://img/@src", ["/a.png"]),
        ("<img src=/a.png>", "css:img", ["/a.png"]),
        (f"<img src='{DATA}' data-src=/a.png>", "css:img::attr(src)", [DATA, "/a.png"]),
        (f"<img src='{DATA}' data-src=/a.png>", "xpath://img/@src", [DATA, "/a.png"]),
        (f"<img src='{DATA}' data-original=/a.png>", "css:img::attr(src)", [DATA, "/a.png"]),
        ("<img src=/s.png srcset='/a.png 1x, /b.png 2x'>", "css:img", ["/b.png", "/a.png", "/s.png"]),
        ("<img src=/s.png srcset='/a.png 1x, /b.png 2x'>", "css:img::attr(srcset)", ["/b.png", "/a.png", "/s.png"]),
        ("<img class=a><img data-srcset='/a 100w, /b 200w'>", "css:img::attr(data-srcset)", ["/b", "/a"]),
        ("<picture><source srcset='/b.webp'><img></picture>", "css:img::attr(src)", ["/b.webp"]),
        ("<picture><source srcset='/b.webp'><img src=/a.png></picture>", "css:picture", ["/b.webp", "/a.png"]),
        ("<img><noscript><img src=/a.png></noscript>", "css:img::attr(src)", ["/a.png", "/a.png"]),
        ("<i class=p></i><noscript>&lt;img src=/a.png&gt;</noscript>", "css:i.p", ["/a.png"]),
        ("<div style=\"background: url('/a.png') no-repeat\">", "css:div::attr(style)", ["/a.png"]),
        ("<a class=zoom href=/big.png><img src=/a.png></a>", "css:a.zoom", ["/big.png", "/a.png"]),
        ("<b>/a.png</b>", "css:b::text", ["/a.png"]),
        ("<p>", "css:img::attr(src)", []),
        ("<img src=''>", "css:img::attr(src)", []),
    ],
)
def test_places(html: str, locator: str, expected: list[str]) -> None:
    assert list(picture_addresses(Selector(f"<html><body>{html}</body></html>"), locator)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a.png 300w, /b.png 1024w, /c.png 600w", ["/b.png", "/c.png", "/a.png"]),
        ("/a.png, /b.png 2x", ["/b.png", "/a.png"]),
        ("/a.png", ["/a.png"]),
        ("/f_auto,w_300/a.png 300w,\n /f_auto,w_600/a.png 600w", ["/f_auto,w_600/a.png", "/f_auto,w_300/a.png"]),
        ("/a.png 1.5x,/b.png 1x", ["/a.png", "/b.png"]),
        (" , ", []),
        ("/a b.png 600w, /n.png 10w", ["/a b.png", "/n.png"]),
        ("a b.png", ["a b.png"]),
        ("/a.png?x=1,2 1x, /n.png 0.5x", ["/a.png?x=1,2", "/n.png"]),
        ("/n.png 100w 50h, /a.png 600w 300h", ["/a.png", "/n.png"]),
        ("/n.png 10W, /a.png 600W", ["/a.png", "/n.png"]),
        ("/n.png 1x,\n /a.png 1e1x", ["/a.png", "/n.png"]),
        ("/a.png,", ["/a.png"]),
        (f"{DATA} 1w, /a.png 600w", ["/a.png", DATA]),
    ],
)
def test_the_widest_of_a_set_comes_first(text: str, expected: list[str]) -> None:
    assert srcset_addresses(text) == expected
