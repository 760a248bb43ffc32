import pytest

from makeweight.data.codecs.text_tokens import balanced, is_mark, is_word, join_tokens, split_tokens

TEXTS = (
    "Flag of Italy (large), 23:29",
    "l'arbre d’été isn't here",
    "jigsaw_red_10 - best  quality",
    "日本語のテキスト test",
    "हिन्दी में लिखा",
    "🙂 smile :)",
)


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_hold_the_whole_text(text: str) -> None:
    assert "".join(split_tokens(text)) == text


def test_words_stay_whole() -> None:
    assert split_tokens("isn't d’été jigsaw_red_10, ok") == ["isn't", " d’été", " jigsaw_red_10", ",", " ok"]
    assert split_tokens("हिन्दी में") == ["हिन्दी", " में"], "vowel signs belong to their word"
    assert split_tokens("日本 x") == ["日", "本", " x"], "without spaces each character is a token"


def test_kinds_of_tokens() -> None:
    assert is_word(" Flag") and is_word("本") and not is_word("10") and not is_word(" -")
    assert is_mark(" -") and is_mark("(") and not is_mark("10") and not is_mark("été")


def test_two_words_get_a_space_between_them() -> None:
    assert join_tokens(["Flag", "Italy", " red", ",", " 3", "4"]) == "Flag Italy red, 3 4"
    assert join_tokens([" 日", "本", "x"]) == "日本 x"


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (["a", " (", "b"], "a b"),
        (["a", ")", " (", "b", ")"], "a (b)"),
        (["(", "a", " [", "b", ")", " c"], "(a b) c"),
        (["a", ' "', "b", '"', ' "', " c"], 'a "b" c'),
        (["«", "a", "»", " „", "b", "“", " »", " c"], "«a» „b“ c"),
    ],
)
def test_dangling_brackets_and_quotes_are_left_out(tokens: list[str], expected: str) -> None:
    assert join_tokens(tokens) == expected


def test_what_is_balanced_stays() -> None:
    tokens = split_tokens('The "old" house (1920 [about]) {x}')
    assert balanced(tokens) == tokens
