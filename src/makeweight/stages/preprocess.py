"""Stage `preprocess`: encode one modality of data/split as an array, by a codec fitted on the train split."""

import json

import numpy as np
import pandas as pd

from makeweight.core import files, outputs, params, paths, runtime, shards
from makeweight.core.errors import InputError
from makeweight.core.progress import say
from makeweight.core.shards import Backend
from makeweight.data import card, reserved, samples
from makeweight.data.codecs import CODECS, Codec
from makeweight.data.samples import Samples

SPLIT_FILE = paths.SPLIT / "samples.parquet"
MIN_SHARDS_FOR_PROCESSES = 32
"""With fewer shards, starting processes takes longer than encoding."""


def encode(codec: Codec, table: pd.DataFrame, backend: Backend) -> np.ndarray:
    """Return all rows as the codec encodes them, in the order of the table."""
    pieces = shards.cut(table)
    processes = None if len(pieces) >= MIN_SHARDS_FOR_PROCESSES else 1
    return np.concatenate(shards.map_shards(codec.encode, pieces, backend, processes))


def measure(codec: Codec, encoded: np.ndarray, rows: Samples) -> dict[str, float]:
    """Return the number of values per row, and the rows of each split."""
    splits = rows.table[reserved.SPLIT].value_counts()
    return {
        "present": 1,
        "width": int(np.prod(codec.spec.shape)),
        **{f"rows.{split}": int(n) for split, n in splits.items()},
    }


def main(modality: str) -> None:
    """Fit, encode and write one modality; one that the data do not have is logged and marked as not present."""
    if modality not in CODECS:
        raise InputError(f"params.yaml: `modalities` has {modality!r}; known are {', '.join(sorted(CODECS))}")
    seed = int(params.value("seed"))
    backend = shards.backend()
    runtime.prepare(seed)
    real = samples.read(SPLIT_FILE)
    folder = paths.PREPROCESS / modality
    if modality not in real.roles.modalities:
        data_card = card.path_of(str(params.value("dataset")))
        say(f"preprocess {modality}: {data_card} names no columns for it; nothing to do")
        with files.replacing_folder(folder) as partial:
            files.write_text(partial / "spec.json", json.dumps({"present": False}) + "\n")
        outputs.write_metrics("preprocess", {"present": 0}, modality)
        return
    codec_class = CODECS[modality]
    config = params.load(codec_class.params, f"preprocess.{modality}")
    codec = codec_class.fit(real.split("train"), config, seed)
    encoded = encode(codec, real.table, backend)
    with files.replacing_folder(folder) as partial:
        codec.save(partial)
        files.write_json(partial / "spec.json", codec.spec.to_json())
        np.save(partial / "encoded.npy", encoded)
    outputs.write_metrics("preprocess", measure(codec, encoded, real), modality)
