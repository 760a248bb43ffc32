import re

import pytest

from makeweight.stages.clean.texts import AS_WRITTEN, CHANGES, changes, clean_text, has_letter, without_vendor

LISTING = AS_WRITTEN.model_copy(update={"repair_encoding": True, "remove_markup": True, "remove_addresses": True})
"""As params.yaml has it for listings."""


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
        "a new sign <neu>, <unk> and <UNK>",
        "“curly” and ‘single’, \"straight\" and 'single', „deutsch“ und «français»",
    ],
)
def test_clean_texts_stay_unchanged(text: str) -> None:
    assert clean_text(text, LISTING) == text
    assert clean_text(text, AS_WRITTEN) == text
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
    assert clean_text(dirty, LISTING) == clean


def test_patterns_of_the_parameters_are_removed() -> None:
    patterns = AS_WRITTEN.model_copy(update={"remove_patterns": (re.compile(r"HASH\(0x[0-9a-f]+\)"),)})
    assert clean_text("a HASH(0x80f3) b", patterns) == "a b"
    assert clean_text("a HASH(0x80f3) b", LISTING) == "a HASH(0x80f3) b"


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("<b>bold</b> &amp; http://shop.example", "<b>bold</b> &amp; http://shop.example"),
        ("cafÃ©", "cafÃ©"),
        ("a  b\t\nc d\x00e", "a b c d e"),
        ("Café", "Café"),
        ("zero​width", "zero​width"),
    ],
)
def test_texts_of_observations_change_in_white_space_and_unicode_form_only(written: str, clean: str) -> None:
    assert clean_text(written, AS_WRITTEN) == clean


def test_what_changed_a_text_is_named_step_by_step() -> None:
    everything = LISTING.model_copy(
        update={
            "straighten_quotes": True,
            "remove_patterns": (re.compile("XX"),),
            "remove_vendor_names": True,
        }
    )
    written = "cafÃ© “x” <b>y</b> www.shop.example XX by ann"
    assert clean_text(written, everything, "ann") == 'café "x" y by'
    steps = ["encoding", "quotation marks", "markup", "addresses", "patterns", "vendor names"]
    assert changes(written, everything, "ann") == steps
    assert changes("a  b", everything) == ["white space"]
    assert changes("a b", everything) == []
    assert set(CHANGES) == {*steps, "white space"}


def test_a_vendor_name_is_removed_literally_and_as_a_whole_word() -> None:
    assert without_vendor("boat by a(b and aab", "a(b") == "boat by and aab"
    assert without_vendor("Annex of ANN", "Ann") == "Annex of"
    assert without_vendor("a.b axb", "a.b") == "axb"
    assert without_vendor("as it is", None) == "as it is"


def test_letters_are_of_any_alphabet() -> None:
    assert has_letter("12 ж")
    assert not has_letter("12, 13 _ !")
    assert not has_letter(None)
