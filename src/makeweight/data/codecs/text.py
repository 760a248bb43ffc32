"""Texts to sentence codes, and new texts from codes."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.core.random import RandomStream, batch_stream
from makeweight.core.reading import read_record, reading
from makeweight.data import reserved
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.codecs.text_analysis import Analysis, fit_analysis, join_columns
from makeweight.data.codecs.text_candidates import Cells, Writer, repeated_shares
from makeweight.data.codecs.text_params import TextParams
from makeweight.data.samples import Samples


@dataclass(frozen=True)
class Layout:
    """What codec.json says; the arrays are beside it."""

    columns: tuple[str, ...]
    params: TextParams
    copy_shares: tuple[float, ...]
    words: tuple[str, ...]
    grams: tuple[str, ...]
    texts: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class TextCodec:
    """All text columns of a row as one sentence code plus one presence flag (+1, -1) per column.

    Lost: word order and rare words. `decode` does not restore a text but writes a new one that fits the code, or with
    writer `nearest` copies the train text whose code is nearest.
    """

    columns: tuple[str, ...]
    writer: Writer

    params = TextParams

    @classmethod
    def fit(cls, train: Samples, params: TextParams, seed: int) -> Self:
        """Fit the codes to the train rows, with what tells their classes apart if they have labels.

        Raises:
            InputError: no train row has a text; the message names the columns.
        """
        columns, table = train.roles.text, train.table
        joined = join_columns(table, columns)
        if not any(text.strip() for text in joined):
            raise InputError(f"columns {', '.join(columns)} have no text in the train split; take them out of the card")
        labels = table["label"].tolist() if "label" in table else None
        analysis = fit_analysis(joined, labels, params, seed)
        kept = kept_rows(joined, params.max_train_texts, seed)
        texts = tuple(cells(row) for row in table[list(columns)].to_numpy()[kept])
        units = table[reserved.UNIT].to_numpy()[kept].tolist() if reserved.UNIT in table else list(range(len(kept)))
        codes = analysis.codes([joined[row] for row in kept])
        return cls(columns, Writer(analysis, texts, codes, repeated_shares(texts, units, seed), params))

    @cached_property
    def spec(self) -> Spec:
        """The values of the code, then one flag per column."""
        width = len(self.writer.analysis.components)
        blocks = [Block("code", "value", 0, width)]
        blocks += [Block(name, "value", width + index, 1) for index, name in enumerate(self.columns)]
        return Spec("text", (width + len(self.columns),), tuple(blocks))

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns of words."""
        return self.columns

    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """Return codes and flags, float32 `(n, width + columns)`."""
        flags = np.where(table[list(self.columns)].notna().to_numpy(), 1.0, -1.0)
        codes = self.writer.analysis.codes(join_columns(table, self.columns))
        return np.concatenate([codes, flags], axis=1).astype(np.float32)

    def decode(self, array: np.ndarray, stream: RandomStream | None = None) -> pd.DataFrame:
        """Return texts that fit the codes, None where a column's flag is negative. Without a stream: seed 0."""
        codes, present = np.split(array, [-len(self.columns)], axis=1)
        rows = self.writer.write(codes, present > 0, stream or batch_stream(0))
        return pd.DataFrame(rows, columns=list(self.columns), dtype=object)

    def save(self, folder: Path) -> None:
        """Write codec.json and codec.safetensors."""
        writer = self.writer
        layout = {
            "columns": self.columns,
            "params": writer.config.model_dump(),
            "copy_shares": writer.copy_shares,
            "words": writer.analysis.words,
            "grams": writer.analysis.grams,
            "texts": writer.texts,
        }
        arrays = {
            "word_idf": writer.analysis.word_idf,
            "gram_idf": writer.analysis.gram_idf,
            "components": np.ascontiguousarray(writer.analysis.components),
            "codes": writer.codes,
        }
        files.write_json(folder / "codec.json", layout)
        with files.replacing(folder / "codec.safetensors") as partial:
            partial.write_bytes(save(arrays))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        layout, weights = read_record(folder / "codec.json", Layout), folder / "codec.safetensors"
        words, grams, texts = layout.words, layout.grams, layout.texts
        with reading(weights):
            arrays = load_file(weights)
            shapes = {name: arrays[name].shape for name in ("word_idf", "gram_idf", "components", "codes")}
            width = len(arrays["components"])
            right = {"word_idf": (len(words),), "gram_idf": (len(grams),), "codes": (len(texts), width)}
            if shapes != right | {"components": (width, len(words) + len(grams))}:
                raise ValueError(f"its shapes are {shapes}, which do not fit codec.json")
        analysis = Analysis(words, grams, arrays["word_idf"], arrays["gram_idf"], arrays["components"])
        return cls(layout.columns, Writer(analysis, texts, arrays["codes"], layout.copy_shares, layout.params))


def cells(row: np.ndarray) -> Cells:
    """Return the texts of a row, None where one is missing."""
    return tuple(None if pd.isna(cell) else str(cell) for cell in row)


def kept_rows(joined: list[str], most: int, seed: int) -> np.ndarray:
    """Return the numbers of the rows that have a text, or of `most` of them chosen at random, in order."""
    rows = np.flatnonzero([bool(text.strip()) for text in joined])
    return rows if len(rows) <= most else np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
