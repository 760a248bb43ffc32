"""Texts <-> sentence codes: latent semantic analysis one way, a small recurrent decoder that writes new text back."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
import torch
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix, hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from torch.nn import functional as F

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import track
from makeweight.core.random import RandomStream, batch_stream, global_seed, seeded
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.codecs.text_decoder import NEXT, START, STOP, TextDecoder
from makeweight.data.samples import Samples

WORD = re.compile(r"\s*\w+|\s*[^\w\s]")
WHOLE_WORD, WORD_END = re.compile(r"\w{2}"), re.compile(r"\w$")
SPECIAL = ("<start>", "<stop>", "<next>")


class TextParams(Section):
    """The sentence space and the writer."""

    latent_dim: int
    """Dimensions of the sentence code."""
    max_features: int
    """Most frequent words, and most frequent character n-grams, that the code is made of."""
    writer: Literal["words", "nearest"]
    """`words`: the decoder writes new text; `nearest`: the train text with the nearest code (a copy, declared)."""
    min_count: int
    """A word seen less often in train is spelled by its characters."""
    max_pieces: int
    hidden_dim: int
    steps: int
    batch_size: int
    learning_rate: float
    latent_noise: float
    """Noise added to codes while the decoder learns, so that it can read generated codes, which are never exact."""
    word_dropout: float
    """Share of the pieces hidden from the decoder while it learns, so that it listens to the code."""
    temperature: float
    """Below 1 the writer keeps to likely pieces, which are those of frequent train texts."""
    rewrites: int
    """How often at most a row is written anew whose texts all stand in train; 0 leaves it as it is."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """Latent semantic analysis: TF-IDF of words and of character n-grams, projected on its main directions."""

    words: tuple[str, ...]
    grams: tuple[str, ...]
    word_idf: np.ndarray
    gram_idf: np.ndarray
    components: np.ndarray
    """float32 `(width, words + grams)`, divided by the codes' spread so that codes have unit variance on average."""

    def codes(self, texts: Sequence[str]) -> np.ndarray:
        """float32 `(n, width)`."""
        return (self.counts(texts) @ self.components.T).astype(np.float32)

    def counts(self, texts: Sequence[str]) -> csr_matrix:
        """Weighted counts `(n, words + grams)`."""
        parts = []
        for kind, vocabulary, idf in (("word", self.words, self.word_idf), ("char_wb", self.grams, self.gram_idf)):
            vectorizer = new_vectorizer(kind, vocabulary=list(vocabulary))
            vectorizer.idf_ = idf.astype(np.float64)
            parts.append(vectorizer.transform(texts))
        return hstack(parts).tocsr()


def new_vectorizer(kind: str, **options: Any) -> TfidfVectorizer:
    """Words, or character n-grams inside words."""
    shape = {"ngram_range": (3, 4)} if kind == "char_wb" else {"token_pattern": r"(?u)\b\w+\b"}
    return TfidfVectorizer(analyzer=kind, sublinear_tf=True, **shape, **options)


def fit_analysis(texts: Sequence[str], params: TextParams, seed: int) -> Analysis:
    """Learn the sentence space of the train texts."""
    fitted = [new_vectorizer(kind, max_features=params.max_features).fit(texts) for kind in ("word", "char_wb")]
    counts = hstack([vectorizer.transform(texts) for vectorizer in fitted])
    width = max(1, min(params.latent_dim, min(counts.shape) - 1))
    reduction = TruncatedSVD(width, n_iter=4, random_state=seed).fit(counts)
    spread = np.sqrt(np.mean(np.square(counts @ reduction.components_.T))) or 1.0
    return Analysis(
        words=tuple(fitted[0].get_feature_names_out()),
        grams=tuple(fitted[1].get_feature_names_out()),
        word_idf=fitted[0].idf_.astype(np.float32),
        gram_idf=fitted[1].idf_.astype(np.float32),
        components=(reduction.components_ / spread).astype(np.float32),
    )


@dataclass(frozen=True, slots=True)
class Pieces:
    """The writer's alphabet: frequent words with the white space before them, and single characters for the rest."""

    names: tuple[str, ...]

    @property
    def number(self) -> dict[str, int]:
        """Piece -> number."""
        return {name: number for number, name in enumerate(self.names)}

    def split(self, text: str, number: dict[str, int]) -> list[int]:
        """A text as piece numbers; characters never seen in train are left out."""
        numbers: list[int] = []
        for word in WORD.findall(text):
            if word in number:
                numbers.append(number[word])
            else:
                numbers.extend(number[character] for character in word if character in number)
        return numbers

    def join(self, numbers: Sequence[int], columns: int) -> list[str | None]:
        """Piece numbers back to the texts of the columns; a text of nothing is missing."""
        texts = [""]
        for number in numbers:
            if number == STOP:
                break
            if number == NEXT:
                texts.append("")
            elif number != START:
                # Read from a text, two words are never without something between them; only characters are.
                apart = WHOLE_WORD.match(self.names[number]) and WORD_END.search(texts[-1])
                texts[-1] += f" {self.names[number]}" if apart else self.names[number]
        texts = [text.strip() for text in texts]
        return [text or None for text in (texts + [""] * columns)[:columns]]


def fit_pieces(texts: Sequence[str], min_count: int) -> Pieces:
    """Words seen at least `min_count` times, and every character of the train texts."""
    counts = Counter(word for text in texts for word in WORD.findall(text))
    words = {word for word, count in counts.items() if count >= min_count}
    characters = {character for text in texts for character in text}
    return Pieces((*SPECIAL, *sorted(words | characters)))


@dataclass(frozen=True)
class TextCodec:
    """All text columns of a row as one sentence code plus one presence flag (+1, -1) per column.

    Lost: word order and rare words. `decode` does not give the text back but writes one that suits the code; with
    writer `nearest` it is the train text whose code is nearest.
    """

    columns: tuple[str, ...]
    analysis: Analysis
    writer: str
    max_pieces: int
    temperature: float
    rewrites: int = 0
    known: tuple[frozenset[str], ...] = ()
    """The train texts of each column, folded; empty where nothing is written anew."""
    pieces: Pieces = Pieces(())
    decoder: TextDecoder | None = None
    train_texts: tuple[tuple[str | None, ...], ...] = ()
    train_codes: np.ndarray | None = None

    params = TextParams

    @classmethod
    def fit(cls, train: Samples, params: TextParams, seed: int) -> Self:
        """Learn sentence space and writer from the train rows."""
        columns = train.roles.text
        table = train.table
        joined = join_columns(table, columns)
        if not any(text.strip() for text in joined):
            raise InputError(f"columns {', '.join(columns)} have no text in the train split; take them out of the card")
        analysis = fit_analysis(joined, params, seed)
        unwritten = cls(columns, analysis, params.writer, params.max_pieces, params.temperature)
        if params.writer == "nearest":
            rows = table[list(columns)].to_numpy()
            texts = tuple(tuple(None if pd.isna(cell) else str(cell) for cell in row) for row in rows)
            return replace(unwritten, train_texts=texts, train_codes=analysis.codes(joined))
        known = tuple(frozenset(table[name].dropna().astype(str).map(folded)) for name in columns)
        unwritten = replace(unwritten, rewrites=params.rewrites, known=known if params.rewrites else ())
        spelled = replace(unwritten, pieces=fit_pieces(joined, params.min_count))
        codes, sequences = spelled.encode(table), spelled.sequences(table)
        return replace(spelled, decoder=fit_decoder(codes, sequences, len(spelled.pieces.names), params, seed))

    @cached_property
    def spec(self) -> Spec:
        """The code's values, then one flag per column."""
        width = len(self.analysis.components)
        blocks = [Block("code", "value", 0, width)]
        blocks += [Block(name, "value", width + place, 1) for place, name in enumerate(self.columns)]
        return Spec("text", (width + len(self.columns),), tuple(blocks))

    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """float32 `(n, width + columns)`."""
        flags = np.where(table[list(self.columns)].notna().to_numpy(), 1.0, -1.0)
        return np.concatenate([self.analysis.codes(join_columns(table, self.columns)), flags], axis=1).astype(
            np.float32
        )

    def sequences(self, table: pd.DataFrame) -> np.ndarray:
        """Piece numbers `(n, max_pieces + 1)`: START, the columns with NEXT between them, STOP to the end."""
        number = self.pieces.number
        sequences = np.full((len(table), self.max_pieces + 1), STOP, dtype=np.int64)
        for row, cells in enumerate(table[list(self.columns)].to_numpy()):
            written: list[int] = [START]
            for place, cell in enumerate(cells):
                written += [NEXT] if place else []
                written += [] if pd.isna(cell) else self.pieces.split(str(cell), number)
            written = written[: self.max_pieces + 1]
            sequences[row, : len(written)] = written
        return sequences

    def decode(self, array: np.ndarray, stream: RandomStream | None = None) -> pd.DataFrame:
        """Text columns that suit the codes; a column whose flag is negative is missing. Without a stream: seed 0."""
        rows = self.nearest(array) if self.decoder is None else self.written(array, stream or batch_stream(0))
        flags = array[:, -len(self.columns) :]
        cells = [
            [text if flag > 0 else None for text, flag in zip(row, flagged, strict=True)]
            for row, flagged in zip(rows, flags, strict=True)
        ]
        return pd.DataFrame(cells, columns=list(self.columns), dtype=object)

    def written(self, array: np.ndarray, stream: RandomStream, shard: int = 512) -> list[list[str | None]]:
        """New texts, drawn piece by piece; a row whose texts all stand in train is written anew, `rewrites` times at
        most."""
        assert self.decoder is not None
        texts: list[list[str | None]] = []
        for start in range(0, len(array), shard):
            code = torch.from_numpy(array[start : start + shard].astype(np.float32))
            # Normal numbers, drawn for all rows at once: a row's text does not depend on how long others are.
            normal = [stream.normal(len(code), self.max_pieces) for _ in range(self.rewrites + 1)]
            there = array[start : start + shard, -len(self.columns) :] > 0
            rows: list[list[str | None]] = [[] for _ in range(len(code))]
            open_rows = np.arange(len(code))
            for attempt in normal:
                chances = torch.special.ndtr(attempt[open_rows])
                numbers = self.decoder.write(code[open_rows], chances, self.temperature).tolist()
                for row, written in zip(open_rows, numbers, strict=True):
                    rows[row] = self.pieces.join(written, len(self.columns))
                open_rows = np.array([row for row in open_rows if self.copies(rows[row], there[row])], dtype=int)
                if not len(open_rows):
                    break
            texts += rows
        return texts

    def copies(self, texts: Sequence[str | None], there: np.ndarray) -> bool:
        """Whether every text that is there stands in the train split in its column, letter case and spacing aside."""
        wanted = [place for place, text in enumerate(texts) if text is not None and there[place]]
        return bool(self.known and wanted) and all(folded(str(texts[p])) in self.known[p] for p in wanted)

    def nearest(self, array: np.ndarray) -> list[list[str | None]]:
        """The train texts with the nearest codes."""
        assert self.train_codes is not None
        codes = array[:, : -len(self.columns)]
        distance = np.square(self.train_codes).sum(1) - 2 * codes @ self.train_codes.T
        return [list(self.train_texts[row]) for row in distance.argmin(1)]

    def save(self, folder: Path) -> None:
        """Write codec.json and codec.safetensors."""
        layout = {
            "columns": self.columns,
            "writer": self.writer,
            "max_pieces": self.max_pieces,
            "temperature": self.temperature,
            "rewrites": self.rewrites,
            "known": [sorted(texts) for texts in self.known],
            "hidden": self.decoder.hidden if self.decoder else 0,
            "pieces": self.pieces.names,
            "words": self.analysis.words,
            "grams": self.analysis.grams,
            "train_texts": self.train_texts,
        }
        arrays = {
            "word_idf": self.analysis.word_idf,
            "gram_idf": self.analysis.gram_idf,
            "components": np.ascontiguousarray(self.analysis.components),
        }
        if self.decoder is not None:
            arrays |= {f"decoder.{name}": tensor.numpy() for name, tensor in self.decoder.state_dict().items()}
        if self.train_codes is not None:
            arrays["train_codes"] = self.train_codes
        files.write_json(folder / "codec.json", layout)
        with files.replacing(folder / "codec.safetensors") as partial:
            save_file(arrays, partial)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote."""
        layout = json.loads((folder / "codec.json").read_text(encoding="utf-8"))
        arrays = load_file(folder / "codec.safetensors")
        columns = tuple(layout["columns"])
        analysis = Analysis(
            tuple(layout["words"]), tuple(layout["grams"]), arrays["word_idf"], arrays["gram_idf"], arrays["components"]
        )
        decoder = None
        if layout["hidden"]:
            decoder = TextDecoder(len(layout["pieces"]), len(analysis.components) + len(columns), layout["hidden"])
            weights = {
                name.removeprefix("decoder."): array for name, array in arrays.items() if name.startswith("decoder.")
            }
            decoder.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
            decoder.eval()
        return cls(
            columns=columns,
            analysis=analysis,
            writer=layout["writer"],
            max_pieces=layout["max_pieces"],
            temperature=layout["temperature"],
            rewrites=layout["rewrites"],
            known=tuple(frozenset(texts) for texts in layout["known"]),
            pieces=Pieces(tuple(layout["pieces"])),
            decoder=decoder,
            train_texts=tuple(tuple(row) for row in layout["train_texts"]),
            train_codes=arrays.get("train_codes"),
        )


def folded(text: str) -> str:
    """The text in lower case with single spaces."""
    return " ".join(text.casefold().split())


def join_columns(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """The texts of a row after each other, missing ones left out."""
    return [" ".join(str(cell) for cell in row if not pd.isna(cell)) for row in table[list(columns)].to_numpy()]


def fit_decoder(codes: np.ndarray, sequences: np.ndarray, pieces: int, params: TextParams, seed: int) -> TextDecoder:
    """Teach the decoder to continue each train text piece by piece, from a noisy code and with pieces hidden."""
    rng = seeded(seed)
    with global_seed(seed):
        decoder = TextDecoder(pieces, codes.shape[1], params.hidden_dim)
    optimiser = torch.optim.AdamW(decoder.parameters(), lr=params.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=params.steps)
    code, sequence = torch.from_numpy(codes), torch.from_numpy(sequences)
    target = sequence[:, 1:]
    # Where a text has ended only the first STOP counts.
    counted = (target == STOP).cumsum(1) <= 1
    for _ in track(range(params.steps), "text decoder"):
        rows = torch.randint(len(code), (params.batch_size,), generator=rng)
        wanted = counted[rows]
        length = int(wanted.sum(1).max())
        previous = sequence[rows, :length]
        hidden = (torch.rand(previous.shape, generator=rng) < params.word_dropout) & (previous > NEXT)
        noisy = code[rows] + params.latent_noise * torch.randn(code[rows].shape, generator=rng)
        wanted = wanted[:, :length]
        logits = decoder(noisy, previous.masked_fill(hidden, START), wanted)
        loss = F.cross_entropy(logits, target[rows, :length][wanted])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(decoder.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    return decoder.eval()
