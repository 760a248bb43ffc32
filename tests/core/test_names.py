"""Names that are too long for their place stay apart."""

from makeweight.core.names import LONGEST, as_code, count_word, listed, shortened


def test_a_short_name_stays() -> None:
    assert shortened("a" * LONGEST) == "a" * LONGEST


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    found = shortened("credit card fraud of the type that nobody expects, no. 17")
    assert len(found) == LONGEST and found.startswith("credit card fraud") and found.endswith("no. 17")


def test_names_are_listed_up_to_a_number_and_the_others_counted() -> None:
    assert listed(["a", "b"]) == "a, b" and listed([]) == ""
    assert listed(range(1203), 2, as_code) == "`0`, `1` and 1,201 more"
    assert listed(name for name in ["a", "b"]) == "a, b"
    assert listed(["a'"], 1, repr) == '"a\'"'


def test_small_counts_are_words() -> None:
    assert [count_word(count) for count in (0, 2, 12, 13)] == ["no", "two", "twelve", "13"]
