"""New texts from parts of train texts: a walk that goes from text to text where they share a word."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar

from makeweight.data.codecs.text_tokens import is_mark, is_word, token_key

Member = TypeVar("Member")
START = ""
"""The key of the position before the first token."""
FURTHER_PHRASE = 0.4
"""How often a text that would be a copy gets a further phrase instead of another word."""
STRETCH = 1.2
"""A walk goes to another text only where at most this many times more or fewer tokens are to come, or one: else texts
would end too late or too soon."""
TRIES = 4
"""How often a word or phrase is looked for that the text does not have yet."""
Place = tuple[int, int]
"""A text and a position in it."""


@dataclass(frozen=True)
class Choice(Generic[Member]):
    """Things to choose from, with their weights added up."""

    members: list[Member]
    bounds: list[float]

    @classmethod
    def of(cls, weighted: Sequence[tuple[Member, float]]) -> "Choice[Member]":
        """Members with weights above 0."""
        return cls([member for member, _ in weighted], list(accumulate(weight for _, weight in weighted)))

    def sample(self, rng: random.Random) -> Member:
        """Return one of them at random, by weight."""
        return rng.choices(self.members, cum_weights=self.bounds)[0]


class Source:
    """The train texts that one text is written from, with weights."""

    def __init__(self, texts: Sequence[Sequence[str]], weights: Sequence[float], rarity: Mapping[str, float]) -> None:
        self.texts, self.rarity = texts, rarity
        self.longest = 2 * max(len(text) for text in texts)
        self.keys = [[token_key(token) for token in text] for text in texts]
        self.starts = Choice.of(list(zip(range(len(texts)), weights, strict=True)))
        places: dict[object, list[tuple[Place, float]]] = defaultdict(list)
        slots: dict[object, list[tuple[str, float]]] = defaultdict(list)
        ends: list[tuple[str, float]] = []
        tails: list[tuple[Place, float]] = []
        for text, (tokens, keys, weight) in enumerate(zip(texts, self.keys, weights, strict=True)):
            last = len(tokens) - 1
            for position, (token, key) in enumerate(zip(tokens, keys, strict=True)):
                places[context(keys, position)].append(((text, position), weight))
                if is_mark(key):
                    if 0 < position < last and token[0].isspace():
                        tails.append(((text, position), weight))
                elif rarity.get(key, 0.0) > 0:
                    slots[slot(keys, position)].append((token, weight * rarity[key]))
                    if is_word(key) and (position in {0, last} or is_mark(keys[position + 1])):
                        ends.append((token, weight * rarity[key]))
        self.places = {key: Choice.of(found) for key, found in places.items() if len(found) > 1}
        self.slots = {key: Choice.of(found) for key, found in slots.items() if len(found) > 1}
        self.ends, self.tails = Choice.of(ends), Choice.of(tails)

    def walk(self, rng: random.Random, first: int, jump: float, longest: int) -> list[str]:
        """Return the tokens of a walk that starts in the text `first`."""
        text, position = first, 0
        written: list[str] = []
        while position < len(self.texts[text]) and len(written) < longest:
            written.append(self.texts[text][position])
            if rng.random() < jump:
                shared = self.places.get(context(self.keys[text], position))
                if shared is not None:
                    other, place = shared.sample(rng)
                    if about_equal(self.left(other, place), self.left(text, position)):
                        text, position = other, place
            position += 1
        return written

    def left(self, text: int, position: int) -> int:
        """Return how many tokens of a text are still to come."""
        return len(self.texts[text]) - position - 1

    def changed(
        self, tokens: list[str], rng: random.Random, probability: float, forced: bool, anywhere: bool
    ) -> list[str]:
        """Return the tokens with some rare words replaced; if `forced`, one at least, or with a further phrase.

        A word is replaced by one that a text has in its place, or, if `anywhere`, by one that begins or ends a text.
        """
        rare = [index for index, token in enumerate(tokens) if self.rarity.get(token_key(token), 0.0) > 0]
        chosen = [index for index in rare if rng.random() < probability]
        if forced and not chosen:
            if self.tails.members and rng.random() < FURTHER_PHRASE:
                return self.lengthened(tokens, rng)
            chosen = [rng.choice(rare)] if rare else []
        changed = list(tokens)
        for index in chosen:
            keys = [token_key(token) for token in changed]
            own = self.slots.get(slot(keys, index))
            choice = self.ends if is_word(keys[index]) and (anywhere or own is None) else own
            changed[index] = self.another(changed[index], keys, choice, rng)
        return changed

    @staticmethod
    def another(token: str, keys: Sequence[str], choice: "Choice[str] | None", rng: random.Random) -> str:
        """Return another token that the text does not have yet, after the same white space; else the token itself."""
        for _ in range(TRIES if choice is not None and choice.members else 0):
            assert choice is not None
            found = choice.sample(rng)
            if token_key(found) not in keys:
                return token[: len(token) - len(token.lstrip())] + found.strip()
        return token

    def lengthened(self, tokens: list[str], rng: random.Random) -> list[str]:
        """Return the tokens with the last phrase of another text, from a mark on."""
        keys = {token_key(token) for token in tokens}
        for _ in range(TRIES):
            text, position = self.tails.sample(rng)
            phrase = self.texts[text][position:]
            if not keys.intersection(map(token_key, phrase)):
                return [*tokens, *phrase]
        return tokens


def about_equal(one: int, other: int) -> bool:
    """Return whether two numbers of tokens are equal but for one token, or for `STRETCH`."""
    return max(one, other) <= STRETCH * min(one, other) + 1


def context(keys: Sequence[str], position: int) -> object:
    """Return what two places must share for a walk to go from one to the other: a word, or two tokens with a mark."""
    key = keys[position]
    return key if is_word(key) else (keys[position - 1] if position else START, key)


def slot(keys: Sequence[str], position: int) -> object:
    """Return what words that may stand for each other share: the token before them, and being words or numbers."""
    return (keys[position - 1] if position else START, is_word(keys[position]))
