"""How varied texts are (distinct-n, self-BLEU), how many copy train texts, and how many of their words are in train."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import pandas as pd

from makeweight.data.codecs.text_tokens import is_mark, split_tokens, token_key

TOKEN = re.compile(r"\w+|[^\w\s]")
Ngram = tuple[str, ...]


def tokens(text: str) -> list[str]:
    """Words and punctuation marks in lower case."""
    return TOKEN.findall(text.casefold())


def count_ngrams(text: Sequence[str], order: int) -> Counter[Ngram]:
    """How often each n-gram of `order` tokens occurs."""
    return Counter(tuple(text[start : start + order]) for start in range(len(text) - order + 1))


def distinct_n(texts: Iterable[list[str]], order: int) -> float:
    """Number of different n-grams over the number of all (Li et al. 2016, section 5.2); 0 where there is none.

    It falls as texts are added, so compare only equal numbers of texts.
    """
    counts: Counter[Ngram] = Counter()
    for text in texts:
        counts += count_ngrams(text, order)
    return len(counts) / counts.total() if counts else 0.0


def self_bleu(texts: Sequence[list[str]], order: int) -> float:
    """Mean BLEU of every text against all others (Zhu et al. 2018, section 3): 1 all alike, 0 nothing in common.

    For a text shorter than `order`, longer n-grams are left out; texts without tokens do not count.
    """
    filled = [text for text in texts if text]
    if len(filled) < 2:
        return 0.0
    counts = [[count_ngrams(text, n) for text in filled] for n in range(1, order + 1)]
    highest = [two_highest(of_order) for of_order in counts]
    lengths = sorted(len(text) for text in filled)
    total = 0.0
    for index, text in enumerate(filled):
        orders = range(min(order, len(text)))
        logs = [math.log(max(clipped_precision(counts[n][index], index, highest[n]), 1e-9)) for n in orders]
        total += brevity_penalty(len(text), lengths) * math.exp(sum(logs) / len(logs))
    return total / len(filled)


def two_highest(counts: Sequence[Counter[Ngram]]) -> dict[Ngram, list[tuple[int, int]]]:
    """N-gram -> its two highest (count, text index), so that "the highest count among all others" is a look-up."""
    highest: dict[Ngram, list[tuple[int, int]]] = defaultdict(list)
    for index, count in enumerate(counts):
        for ngram, times in count.items():
            best = highest[ngram]
            best.append((times, index))
            if len(best) > 2:
                best.remove(min(best))
    return highest


def clipped_precision(count: Counter[Ngram], index: int, highest: dict[Ngram, list[tuple[int, int]]]) -> float:
    """Share of a text's n-grams that another text has too, each counted at most as often as there."""
    matched = sum(
        min(times, max((other for other, text in highest[ngram] if text != index), default=0))
        for ngram, times in count.items()
    )
    return matched / count.total()


def brevity_penalty(length: int, lengths: list[int]) -> float:
    """BLEU's penalty for a text shorter than the nearest length among the others (Papineni et al. 2002)."""
    others = lengths.copy()
    others.remove(length)
    nearest = min(others, key=lambda other: (abs(other - length), other))
    return 1.0 if length >= nearest else math.exp(1 - nearest / length)


def copy_rate(texts: pd.Series, train: pd.Series) -> float | None:
    """Share of the texts that the train split contains, ignoring case and spacing; None where all are empty."""
    own, in_train = normalised(texts), set(normalised(train))
    return float(own.isin(in_train).mean()) if len(own) else None


def known_word_rate(texts: pd.Series, train: pd.Series) -> float | None:
    """Share of the words that the train split's texts have too, ignoring case; None where there is no word."""
    in_train = set(words(train))
    own = words(texts)
    return sum(word in in_train for word in own) / len(own) if own else None


def words(texts: pd.Series) -> list[str]:
    """All words and numbers of all texts, in lower case."""
    return [
        token_key(token) for text in texts.dropna().astype(str) for token in split_tokens(text) if not is_mark(token)
    ]


def repeat_rate(texts: pd.Series) -> float | None:
    """Share of the texts that another row has too: the `copy_rate` of more rows from the same source."""
    own = normalised(texts)
    return float(own.duplicated(keep=False).mean()) if len(own) else None


def normalised(texts: pd.Series) -> pd.Series:
    """The texts that are not empty, in lower case with single spaces."""
    plain = texts.dropna().astype(str).str.casefold().str.split().str.join(" ")
    return plain[plain != ""]
