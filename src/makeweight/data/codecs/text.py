"""Texts to sentence codes by latent semantic analysis, and new texts from codes by a small recurrent decoder."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import torch
from safetensors.numpy import load_file, save_file

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.core.random import RandomStream, batch_stream
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.codecs.text_analysis import Analysis, fit_analysis
from makeweight.data.codecs.text_decoder import TextDecoder, fit_decoder
from makeweight.data.codecs.text_params import TextParams
from makeweight.data.codecs.text_pieces import NEXT, START, STOP, Pieces, fit_pieces
from makeweight.data.samples import Samples


@dataclass(frozen=True)
class TextCodec:
    """All text columns of a row as one sentence code plus one presence flag (+1, -1) per column.

    Lost: word order and rare words. `decode` does not restore a text but writes a new one that fits the code, or with
    writer `nearest` copies the train text whose code is nearest.
    """

    columns: tuple[str, ...]
    analysis: Analysis
    writer: str
    max_pieces: int
    temperature: float
    rewrites: int = 0
    known: tuple[frozenset[str], ...] = ()
    """The normalised train texts of each column; empty if `rewrites` is 0."""
    pieces: Pieces = Pieces(())
    decoder: TextDecoder | None = None
    train_texts: tuple[tuple[str | None, ...], ...] = ()
    train_codes: np.ndarray | None = None

    params = TextParams

    @classmethod
    def fit(cls, train: Samples, params: TextParams, seed: int) -> Self:
        """Fit the analysis and the decoder to the train rows.

        Raises:
            InputError: no train row has a text; the message names the columns.
        """
        columns = train.roles.text
        table = train.table
        joined = join_columns(table, columns)
        if not any(text.strip() for text in joined):
            raise InputError(f"columns {', '.join(columns)} have no text in the train split; take them out of the card")
        analysis = fit_analysis(joined, params, seed)
        undecoded = cls(columns, analysis, params.writer, params.max_pieces, params.temperature)
        if params.writer == "nearest":
            rows = table[list(columns)].to_numpy()
            texts = tuple(tuple(None if pd.isna(cell) else str(cell) for cell in row) for row in rows)
            return replace(undecoded, train_texts=texts, train_codes=analysis.codes(joined))
        known = tuple(frozenset(table[name].dropna().astype(str).map(normalised)) for name in columns)
        undecoded = replace(undecoded, rewrites=params.rewrites, known=known if params.rewrites else ())
        with_pieces = replace(undecoded, pieces=fit_pieces(joined, params.min_count))
        codes, sequences = with_pieces.encode(table), with_pieces.sequences(table)
        return replace(with_pieces, decoder=fit_decoder(codes, sequences, len(with_pieces.pieces.names), params, seed))

    @cached_property
    def spec(self) -> Spec:
        """The values of the code, then one flag per column."""
        width = len(self.analysis.components)
        blocks = [Block("code", "value", 0, width)]
        blocks += [Block(name, "value", width + index, 1) for index, name in enumerate(self.columns)]
        return Spec("text", (width + len(self.columns),), tuple(blocks))

    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """Return codes and flags, float32 `(n, width + columns)`."""
        flags = np.where(table[list(self.columns)].notna().to_numpy(), 1.0, -1.0)
        return np.concatenate([self.analysis.codes(join_columns(table, self.columns)), flags], axis=1).astype(
            np.float32
        )

    def sequences(self, table: pd.DataFrame) -> np.ndarray:
        """Return piece numbers `(n, max_pieces + 1)`: START, the columns with NEXT between them, STOP up to the end."""
        number = self.pieces.number
        sequences = np.full((len(table), self.max_pieces + 1), STOP, dtype=np.int64)
        for row, cells in enumerate(table[list(self.columns)].to_numpy()):
            numbers: list[int] = [START]
            for index, cell in enumerate(cells):
                numbers += [NEXT] if index else []
                numbers += [] if pd.isna(cell) else self.pieces.split(str(cell), number)
            numbers = numbers[: self.max_pieces + 1]
            sequences[row, : len(numbers)] = numbers
        return sequences

    def decode(self, array: np.ndarray, stream: RandomStream | None = None) -> pd.DataFrame:
        """Return texts that fit the codes, None where a column's flag is negative. Without a stream: seed 0."""
        rows = self.nearest(array) if self.decoder is None else self.write(array, stream or batch_stream(0))
        flags = array[:, -len(self.columns) :]
        cells = [
            [text if flag > 0 else None for text, flag in zip(row, flagged, strict=True)]
            for row, flagged in zip(rows, flags, strict=True)
        ]
        return pd.DataFrame(cells, columns=list(self.columns), dtype=object)

    def write(self, array: np.ndarray, stream: RandomStream, shard: int = 512) -> list[list[str | None]]:
        """Sample new texts; a row whose texts are all train texts is written again, at most `rewrites` times."""
        assert self.decoder is not None
        texts: list[list[str | None]] = []
        for start in range(0, len(array), shard):
            code = torch.from_numpy(array[start : start + shard].astype(np.float32))
            # One array of random numbers for all rows, so that a row's text does not depend on the length of others.
            normal = [stream.normal(len(code), self.max_pieces) for _ in range(self.rewrites + 1)]
            present = array[start : start + shard, -len(self.columns) :] > 0
            rows: list[list[str | None]] = [[] for _ in range(len(code))]
            pending = np.arange(len(code))
            for attempt in normal:
                uniform = torch.special.ndtr(attempt[pending])
                numbers = self.decoder.write(code[pending], uniform, self.temperature).tolist()
                for row, sampled in zip(pending, numbers, strict=True):
                    rows[row] = self.pieces.join(sampled, len(self.columns))
                pending = np.array([row for row in pending if self.is_copy(rows[row], present[row])], dtype=int)
                if not len(pending):
                    break
            texts += rows
        return texts

    def is_copy(self, texts: Sequence[str | None], present: np.ndarray) -> bool:
        """Return whether each present text is a train text of its column, apart from letter case and spacing."""
        given = [index for index, text in enumerate(texts) if text is not None and present[index]]
        return bool(self.known and given) and all(normalised(str(texts[i])) in self.known[i] for i in given)

    def nearest(self, array: np.ndarray) -> list[list[str | None]]:
        """Return the train texts with the nearest codes."""
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
        """Read what `save` wrote."""
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


def normalised(text: str) -> str:
    """Return the text in lower case with single spaces."""
    return " ".join(text.casefold().split())


def join_columns(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return the texts of each row joined by spaces, without missing ones."""
    return [" ".join(str(cell) for cell in row if not pd.isna(cell)) for row in table[list(columns)].to_numpy()]
