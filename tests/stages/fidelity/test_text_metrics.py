"""Variety and copies of texts, counted by hand."""

import math

import pandas as pd
import pytest

from makeweight.stages.fidelity import text_metrics


def test_tokens_are_lower_case_words_and_marks():
    assert text_metrics.tokens("Blue Star, no. 2") == ["blue", "star", ",", "no", ".", "2"]


def test_distinct_n_counts_different_ngrams_over_all_texts():
    texts = [["a", "b", "a"], ["a", "b"]]
    assert text_metrics.distinct_n(texts, 1) == pytest.approx(2 / 5)
    assert text_metrics.distinct_n(texts, 2) == pytest.approx(2 / 3)
    assert text_metrics.distinct_n(texts, 4) == 0


def test_self_bleu_of_equal_texts_is_one_and_of_unrelated_ones_nothing():
    assert text_metrics.self_bleu([["a", "b", "c"]] * 3, 3) == pytest.approx(1)
    assert text_metrics.self_bleu([["a", "b"], ["c", "d"]], 2) < 1e-6
    assert text_metrics.self_bleu([["a"], []], 2) == 0


def test_self_bleu_by_hand():
    # "a b c" against "a b d" and back: two of three words, one of two pairs; equal length, no penalty.
    expected = math.sqrt(2 / 3 * 1 / 2)
    assert text_metrics.self_bleu([["a", "b", "c"], ["a", "b", "d"]], 2) == pytest.approx(expected)


def test_self_bleu_clips_repeats_and_punishes_short_texts():
    # "a a" has one match in "a"; "a" matches wholly but is half as long as the only other text.
    expected = (1 / 2 + math.exp(1 - 2 / 1)) / 2
    assert text_metrics.self_bleu([["a", "a"], ["a"]], 1) == pytest.approx(expected)


def test_self_bleu_takes_the_highest_count_among_the_others_only():
    # The text with three stars is its own highest: among the others a star occurs once.
    counts = [
        text_metrics.count_ngrams(["*"] * 3, 1),
        text_metrics.count_ngrams(["*"], 1),
        text_metrics.count_ngrams(["x"], 1),
    ]
    highest = text_metrics.two_highest(counts)
    assert text_metrics.clipped_precision(counts[0], 0, highest) == pytest.approx(1 / 3)
    assert text_metrics.clipped_precision(counts[1], 1, highest) == 1
    assert text_metrics.clipped_precision(counts[2], 2, highest) == 0


def test_copies_are_found_whatever_their_case_and_spacing_and_empty_texts_do_not_count():
    train = pd.Series(["Red  Apple", "pear", None])
    assert text_metrics.copy_rate(pd.Series(["red apple ", "plum", "", None]), train) == pytest.approx(1 / 2)
    assert text_metrics.copy_rate(pd.Series([None, " "]), train) is None


def test_known_words():
    train = pd.Series(["Red apple, 12", "isn't it", None])
    assert text_metrics.known_word_rate(pd.Series(["red: apple 12 isn't", None]), train) == 1
    assert text_metrics.known_word_rate(pd.Series(["Red plum", "apple plums"]), train) == pytest.approx(1 / 2)
    assert text_metrics.known_word_rate(pd.Series([None, "!"]), train) is None


def test_repeats_are_texts_of_several_rows() -> None:
    assert text_metrics.repeat_rate(pd.Series(["Red apple", "red  apple", "plum", None, "", "pear"])) == pytest.approx(
        2 / 4
    )
    assert text_metrics.repeat_rate(pd.Series([None, " "])) is None
