"""Words: how varied synthetic texts are, and how many of them stand word for word in the train split."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import pandas as pd

WORD = re.compile(r"\w+|[^\w\s]")
Gram = tuple[str, ...]


def words(text: str) -> list[str]:
    """Lower-case words and marks."""
    return WORD.findall(text.casefold())


def grams(tokens: Sequence[str], order: int) -> Counter[Gram]:
    """How often each run of `order` words occurs."""
    return Counter(tuple(tokens[start : start + order]) for start in range(len(tokens) - order + 1))


def distinct(texts: Iterable[list[str]], order: int) -> float:
    """Different runs of `order` words over all such runs (Li et al. 2016, section 5.2); 0 where there is none.

    It falls as texts are added, so compare only equal numbers of texts.
    """
    counts: Counter[Gram] = Counter()
    for tokens in texts:
        counts += grams(tokens, order)
    return len(counts) / counts.total() if counts else 0.0


def self_bleu(texts: Sequence[list[str]], order: int) -> float:
    """Mean BLEU of every text against all others (Zhu et al. 2018, section 3): 1 all alike, 0 nothing in common.

    Orders beyond a text's length are left out for it; a text without words takes no part.
    """
    spoken = [tokens for tokens in texts if tokens]
    if len(spoken) < 2:
        return 0.0
    counts = [[grams(tokens, n) for tokens in spoken] for n in range(1, order + 1)]
    highest = [two_highest(of_order) for of_order in counts]
    lengths = sorted(len(tokens) for tokens in spoken)
    total = 0.0
    for index, tokens in enumerate(spoken):
        orders = range(min(order, len(tokens)))
        logs = [math.log(max(clipped_share(counts[n][index], index, highest[n]), 1e-9)) for n in orders]
        total += brevity(len(tokens), lengths) * math.exp(sum(logs) / len(logs))
    return total / len(spoken)


def two_highest(counts: Sequence[Counter[Gram]]) -> dict[Gram, list[tuple[int, int]]]:
    """Run of words -> its two highest (count, text), so that "the highest among all others" is a look-up."""
    highest: dict[Gram, list[tuple[int, int]]] = defaultdict(list)
    for index, count in enumerate(counts):
        for gram, times in count.items():
            best = highest[gram]
            best.append((times, index))
            if len(best) > 2:
                best.remove(min(best))
    return highest


def clipped_share(count: Counter[Gram], index: int, highest: dict[Gram, list[tuple[int, int]]]) -> float:
    """Share of a text's runs that some other text has as well, each counted as often as there at most."""
    matched = sum(
        min(times, max((other for other, text in highest[gram] if text != index), default=0))
        for gram, times in count.items()
    )
    return matched / count.total()


def brevity(length: int, lengths: list[int]) -> float:
    """BLEU's penalty for a text shorter than the nearest length among the others (Papineni et al. 2002)."""
    others = lengths.copy()
    others.remove(length)
    nearest = min(others, key=lambda other: (abs(other - length), other))
    return 1.0 if length >= nearest else math.exp(1 - nearest / length)


def copy_rate(texts: pd.Series, train: pd.Series) -> float | None:
    """Share of the texts that stand in the train split, letter case and spacing aside; None where all are empty."""
    wanted, known = folded(texts), set(folded(train))
    return float(wanted.isin(known).mean()) if len(wanted) else None


def repeat_rate(texts: pd.Series) -> float | None:
    """Share of the texts that stand on another row as well: what `copy_rate` is for more of the same source."""
    plain = folded(texts)
    return float(plain.duplicated(keep=False).mean()) if len(plain) else None


def folded(texts: pd.Series) -> pd.Series:
    """The texts that are there, in lower case with single spaces."""
    plain = texts.dropna().astype(str).str.casefold().str.split().str.join(" ")
    return plain[plain != ""]
