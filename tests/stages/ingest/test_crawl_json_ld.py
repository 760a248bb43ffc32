"""JSON-LD scripts as shops write them are read one by one, and what cannot be read is told."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parsel import Selector

from makeweight.stages.ingest.crawl.fields import read_fields
from makeweight.stages.ingest.crawl.json_ld import JsonNumber, decode_entities, read_script, read_scripts

PRODUCT = '{"@type": "Product", "sku": "s1", "name": "A cup", "note": "http://a.example/x"}'
EXPECTED = {"@type": "Product", "sku": "s1", "name": "A cup", "note": "http://a.example/x"}

AS_FOUND = {
    "plain": PRODUCT,
    "byte order mark": "\ufeff" + PRODUCT,
    "trailing semicolon": PRODUCT + ";",
    "trailing semicolon after white space": PRODUCT + "\n;\n",
    "trailing comma inside": PRODUCT[:-1] + ",}",
    "trailing comma and line break inside": PRODUCT[:-1] + ",\n}",
    "trailing comma after it": PRODUCT + ",",
    "CDATA": f"<![CDATA[{PRODUCT}]]>",
    "CDATA behind line comments": f"//<![CDATA[\n{PRODUCT}\n//]]>",
    "CDATA behind line comments on one line": f"// <![CDATA[ {PRODUCT} // ]]>",
    "CDATA behind block comments": f"/*<![CDATA[*/{PRODUCT}/*]]>*/",
    "CDATA behind open block comments": f"/* <![CDATA[ */\n{PRODUCT}\n/* ]]> */",
    "CDATA as a content management system writes it": f"<!--//--><![CDATA[//><!--\n{PRODUCT}\n//--><!]]>",
    "HTML comment": f"<!--\n{PRODUCT}\n-->",
    "HTML comment whose end is commented": f"<!--\n{PRODUCT}\n//-->",
    "HTML comment before it": f"<!-- our data -->{PRODUCT}",
    "HTML comment after it": f"{PRODUCT}<!-- our data -->",
    "block comment": f"/* made by a plug-in */{PRODUCT}",
    "block comment after it": f"{PRODUCT} /* made by a plug-in */",
    "line comment": f"// our data\n{PRODUCT}",
    "line comment inside": PRODUCT.replace('"sku"', '// the number\n"sku"'),
    "block comment inside": PRODUCT.replace('"sku"', '/* "the number" */"sku"'),
    "quotes as entities": PRODUCT.replace('"', "&quot;"),
    "quotes as numbered entities": PRODUCT.replace('"', "&#34;"),
    "no-break spaces": PRODUCT.replace(', "', ',\u00a0"'),
    "JSON inside a string": json.dumps(PRODUCT),
}


@pytest.mark.parametrize("kind", AS_FOUND)
def test_a_script_as_found(kind: str) -> None:
    assert read_script(AS_FOUND[kind]) == ([EXPECTED], None)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"2 \x2b 1", "2 + 1"),
        (r"Ann\'s", "Ann's"),
        (r"50\% off", "50% off"),
        ("two\nlines", "two\nlines"),
        ("a\ttab and \x01", "a\ttab and \x01"),
        ("one \\\nline", "one line"),
        (r"caf\u00e9 \"x\" \\ \/", 'café "x" \\ /'),
        ("/* no */ // comment, }", "/* no */ // comment, }"),
    ],
)
def test_a_string_as_found(written: str, read: str) -> None:
    for end in ("", ";", ",}"):
        script = f'{{"name": "{written}"{end}' if end == ",}" else f'{{"name": "{written}"}}{end}'
        assert read_script(script) == ([{"name": read}], None)


@pytest.mark.parametrize("between", ["", "\n", ";", ",", " ;\n"])
def test_several_objects_in_one_script(between: str) -> None:
    assert read_script(f'{{"@type": "A"}}{between}{PRODUCT}') == ([{"@type": "A"}, EXPECTED], None)


def test_what_stands_before_a_mistake_is_kept() -> None:
    contents, fault = read_script(f'{PRODUCT}{{"@type": "Product", broken')
    assert contents == [EXPECTED]
    assert fault is not None
    assert fault.startswith("is not JSON: ")


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("", "is empty"),
        (" \n ", "is empty"),
        ('{"a": }', "is not JSON: Expecting value: line 1 column 7 (char 6)"),
        ("var data = {};", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"name": "12" disc"}', "is not JSON: Expecting ',' delimiter: line 1 column 15 (char 14)"),
        ("[" * 200_000, "is nested too deep"),
    ],
)
def test_why_a_script_cannot_be_read(script: str, fault: str) -> None:
    assert read_script(script) == ([], fault)


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_read_as_it_is(content: object) -> None:
    written = json.dumps({"x": content}, ensure_ascii=False)
    for script in (written, f"{written};", f"//<![CDATA[\n{written}\n//]]>", f"/* a */{written}"):
        assert read_script(script) == ([{"x": content}], None)


@unhurried
@given(st.text(alphabet='{}[]",:;/*<>!-\\x& \n', max_size=60))
def test_any_text_ends_in_a_content_or_a_reason(text: str) -> None:
    contents, fault = read_script(text)
    assert contents or fault is not None


def test_numbers_stay_as_they_were_written() -> None:
    [[content]] = [read_script('{"price": 1.10, "id": 90071992547409931, "big": 1E5, "not": NaN}')[0]]
    assert content == {"price": "1.10", "id": "90071992547409931", "big": "1E5", "not": None}
    assert all(isinstance(content[name], JsonNumber) for name in ("price", "id", "big"))


@pytest.mark.parametrize(
    "kind", ["application/ld+json", "APPLICATION/LD+JSON", "application/ld+json; charset=utf-8", " application/ld+json"]
)
def test_one_bad_script_hides_no_other(kind: str) -> None:
    scripts = [PRODUCT, "{broken", "", PRODUCT + ";"]
    page = Selector("<html>" + "".join(f'<script type="{kind}">{script}</script>' for script in scripts))
    found = read_scripts(page)
    assert found.contents == [EXPECTED, EXPECTED]
    assert found.faults[0].startswith("script 2 is not JSON: ")
    assert found.faults[1:] == ["script 3 is empty"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Arts &amp; Crafts", "Arts & Crafts"),
        ("Arts &amp;amp; Crafts", "Arts & Crafts"),
        ("Arts & Crafts", "Arts & Crafts"),
        ("&quot;x&quot; &#39;y&#x27; caf&eacute;", "\"x\" 'y' café"),
        ("/p?id=1&copy=2&amp;lt=3", "/p?id=1&copy=2&lt=3"),
        ("AT&T; R&D", "AT&T; R&D"),
    ],
)
def test_entities(written: str, read: str) -> None:
    assert decode_entities(written) == read


def test_the_reason_for_a_missing_field_names_the_script() -> None:
    page = Selector('<script type="application/ld+json">{"a": }</script>')
    found = read_fields(page, "http://a.example/", {"sku": ("schema:sku",)}, "Product")
    assert found.values == {"sku": None}
    assert found.faults == (
        "script 1 is not JSON: Expecting value: line 1 column 7 (char 6)",
        "no Product in its schema.org data",
    )
