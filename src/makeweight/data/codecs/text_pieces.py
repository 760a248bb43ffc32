"""Pieces of text, words or characters, that the decoder writes one after the other."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

START, STOP, NEXT = 0, 1, 2
"""The first piece fed in, the end of the last text, and the border between two text columns."""

SPECIAL = ("<start>", "<stop>", "<next>")
WORD = re.compile(r"\s*\w+|\s*[^\w\s]")
WHOLE_WORD, WORD_END = re.compile(r"\w{2}"), re.compile(r"\w$")


@dataclass(frozen=True, slots=True)
class Pieces:
    """The decoder's vocabulary: frequent words with the white space before them, and single characters for the rest."""

    names: tuple[str, ...]

    @property
    def number(self) -> dict[str, int]:
        """The number of each piece."""
        return {name: number for number, name in enumerate(self.names)}

    def split(self, text: str, number: dict[str, int]) -> list[int]:
        """Return a text as piece numbers, without characters that are not in train."""
        numbers: list[int] = []
        for word in WORD.findall(text):
            if word in number:
                numbers.append(number[word])
            else:
                numbers.extend(number[character] for character in word if character in number)
        return numbers

    def join(self, numbers: Sequence[int], columns: int) -> list[str | None]:
        """Return the texts of the columns from piece numbers; an empty text is None."""
        texts = [""]
        for number in numbers:
            if number == STOP:
                break
            if number == NEXT:
                texts.append("")
            elif number != START:
                # In a text there is always something between two words; only single characters follow directly.
                needs_space = WHOLE_WORD.match(self.names[number]) and WORD_END.search(texts[-1])
                texts[-1] += f" {self.names[number]}" if needs_space else self.names[number]
        texts = [text.strip() for text in texts]
        return [text or None for text in (texts + [""] * columns)[:columns]]


def fit_pieces(texts: Sequence[str], min_count: int) -> Pieces:
    """Return the words that occur at least `min_count` times in the train texts, and all their characters."""
    counts = Counter(word for text in texts for word in WORD.findall(text))
    words = {word for word, count in counts.items() if count >= min_count}
    characters = {character for text in texts for character in text}
    return Pieces((*SPECIAL, *sorted(words | characters)))
