import re

import pytest

from makeweight.stages.clean.texts import clean_text, has_letter, without_vendor


@pytest.mark.parametrize(
    "text",
    [
        "bloc of havoc seaweed",
        "tobacco",
        "famous american visit",
        "introduction to extraction, ideal",
        "no. 5",
        "7 < 8 > 3 and x<y",
        "I <3 clip art",
        "AT&T, R&D",
        "Straße 12½ — naïve café",
        "日本の旗",
        "HASH tables 0xff",
    ],
)
def test_clean_texts_stay_unchanged(text: str) -> None:
    assert clean_text(text) == text
    assert without_vendor(text, "us") == text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("<b>Submarine</b>&nbsp;<br/>", "Submarine"),
        ("<p class='d'>A frog&amp; more</p>", "A frog& more"),
        ("&lt;b&gt;twice&lt;/b&gt; escaped &amp;amp; so", "twice escaped & so"),
        ("cafÃ© crÃ¨me", "café crème"),
        ("boat â€“ Â« trÃ¨s joli Â»", "boat – « très joli »"),
        ("see http://shop.example/a?b=c&d or me@shop.example now", "see or now"),
        ("a\u200bb\x00c\u00ad  d\n\te", "abc d e"),
        ("<!-- hidden -->shown", "shown"),
    ],
)
def test_markup_and_mojibake_are_removed_and_words_stay(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


def test_patterns_of_the_parameters_are_removed() -> None:
    assert clean_text("a HASH(0x80f3) b", [re.compile(r"HASH\(0x[0-9a-f]+\)")]) == "a b"


def test_a_vendor_name_is_removed_literally_and_as_a_whole_word() -> None:
    assert without_vendor("boat by a(b and aab", "a(b") == "boat by and aab"
    assert without_vendor("Annex of ANN", "Ann") == "Annex of"
    assert without_vendor("a.b axb", "a.b") == "axb"
    assert without_vendor("as it is", None) == "as it is"


def test_letters_are_of_any_alphabet() -> None:
    assert has_letter("12 ж")
    assert not has_letter("12, 13 _ !")
    assert not has_letter(None)
