"""Features of texts: TF-IDF of words and of characters, from the text as it stands in the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from makeweight.core import files
from makeweight.core.params import Section
from makeweight.core.ranges import Count, Size
from makeweight.core.reading import read_record, reading

ROWS_PER_COUNT = 10
"""A term must occur in `min_rows` texts only if there are at least this many texts for each of them."""


class WordParams(Section):
    """Which terms of texts are features."""

    longest_phrase: Size
    """Phrases of 1 to this many words are terms."""
    shortest_piece: Size
    longest_piece: Size
    """Pieces of words with this many characters are terms; a word's ends count as a space."""
    min_rows: Count
    """A term is kept if this many train texts have it."""
    max_terms: Count
    """At most this many phrases, and as many pieces: the most frequent ones."""


@dataclass(frozen=True)
class WordsFile:
    """What words.json says."""

    config: WordParams
    phrases: tuple[str, ...]
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class TextFeatures:
    """The terms of train texts with their inverse document frequencies."""

    config: WordParams
    phrases: tuple[str, ...]
    phrase_idf: np.ndarray
    pieces: tuple[str, ...]
    piece_idf: np.ndarray
    """float32 `(pieces,)`."""

    @classmethod
    def fit(cls, texts: Sequence[str], config: WordParams) -> "TextFeatures":
        """Learn the terms of train texts; texts without any term give no features at all."""
        parts: list[Any] = []
        for kind in ("phrases", "pieces"):
            parts += learned_terms(texts, config, kind)
        return cls(config, *parts)

    def transform(self, texts: Sequence[str]) -> Any:
        """Return TF-IDF values as a sparse float32 array `(n, phrases + pieces)`; a text without terms is all zero.

        Phrases and pieces have length 1 each. The array is a scipy.sparse.csr_array.
        """
        from scipy.sparse import csr_array, hstack

        parts = [csr_array((len(texts), 0), dtype=np.float32)]
        parts += [csr_array(vectoriser.transform(texts)) for vectoriser in self.vectorisers]
        return hstack(parts, format="csr", dtype=np.float32)

    @cached_property
    def vectorisers(self) -> list[Any]:
        """scikit-learn's vectorisers of phrases and pieces, without those that have no terms."""
        made = []
        for kind, terms, idf in (("phrases", self.phrases, self.phrase_idf), ("pieces", self.pieces, self.piece_idf)):
            if terms:
                vectoriser = new_vectoriser(self.config, kind, vocabulary={term: i for i, term in enumerate(terms)})
                vectoriser.idf_ = idf
                made.append(vectoriser)
        return made

    def save(self, folder: Path) -> None:
        """Write words.json and words.npz."""
        layout = {"config": self.config.model_dump(), "phrases": self.phrases, "pieces": self.pieces}
        files.write_json(folder / "words.json", layout)
        with files.replacing(folder / "words.npz") as partial, partial.open("wb") as file:
            np.savez(file, phrase_idf=self.phrase_idf, piece_idf=self.piece_idf)

    @classmethod
    def load(cls, folder: Path) -> "TextFeatures":
        """Read what `save` wrote."""
        layout, path = read_record(folder / "words.json", WordsFile), folder / "words.npz"
        with reading(path), np.load(path, allow_pickle=False) as arrays:
            found = cls(layout.config, layout.phrases, arrays["phrase_idf"], layout.pieces, arrays["piece_idf"])
            if (len(found.phrase_idf), len(found.piece_idf)) != (len(found.phrases), len(found.pieces)):
                raise ValueError("it has other numbers of terms than words.json")
        return found


def new_vectoriser(config: WordParams, kind: str, **options: Any) -> Any:
    """Return an unfitted TfidfVectorizer of phrases or of pieces."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    if kind == "phrases":
        options |= {"ngram_range": (1, config.longest_phrase)}
    else:
        options |= {"analyzer": "char_wb", "ngram_range": (config.shortest_piece, config.longest_piece)}
    return TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **options)


def learned_terms(texts: Sequence[str], config: WordParams, kind: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the terms of one kind, sorted, and their inverse document frequencies, float32."""
    from makeweight.data.terms import fit_most_frequent

    enough = len(texts) >= ROWS_PER_COUNT * config.min_rows
    for rows in (config.min_rows, 1) if enough else (1,):
        try:
            vectoriser = fit_most_frequent(new_vectoriser(config, kind, min_df=rows), texts, config.max_terms)
        except ValueError:
            # scikit-learn's way to say that no term is left.
            continue
        return tuple(vectoriser.get_feature_names_out().tolist()), vectoriser.idf_.astype(np.float32)
    return (), np.zeros(0, dtype=np.float32)
