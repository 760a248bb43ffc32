"""Stage `preprocess`: encode one modality of data/split as an array, by a codec fitted on the train split."""

import json

import numpy as np
import pandas as pd

from makeweight.core import files, outputs, params, paths, runtime, shards
from makeweight.core.errors import InputError
from makeweight.core.progress import say
from makeweight.core.shards import Backend
from makeweight.data import card, parts, reserved, samples
from makeweight.data.codecs import CODECS, Codec
from makeweight.data.samples import Roles, Samples

SPLIT_FILE = paths.SPLIT / "samples.parquet"
MIN_SHARDS_FOR_PROCESSES = 32
"""With fewer shards, starting processes takes longer than encoding."""


def encode(codec: Codec, table: pd.DataFrame, backend: Backend) -> np.ndarray:
    """Return all rows as the codec encodes them, in the order of the table.

    Raises:
        InputError: a picture cannot be read, though `clean` has written it.
    """
    pieces = shards.cut(table)
    processes = None if len(pieces) >= MIN_SHARDS_FOR_PROCESSES else 1
    with samples.decoding(SPLIT_FILE):
        return np.concatenate(shards.map_shards(codec.encode, pieces, backend, processes))


def fit(modality: str, roles: Roles, seed: int) -> Codec:
    """Fit the codec of a modality to the train rows, of which only its own columns are read."""
    codec_class = CODECS[modality]
    config = params.load(codec_class.params, f"preprocess.{modality}")
    # A codec of pictures learns nothing from them.
    columns = [] if modality == "image" else columns_of(modality, roles)
    train = parts.read_train(SPLIT_FILE, columns, ["label", reserved.UNIT])
    return codec_class.fit(Samples(train, roles), config, seed)


def columns_of(modality: str, roles: Roles) -> list[str]:
    """Return the columns of a modality."""
    return {"image": [roles.image] if roles.image else [], "tabular": [*roles.tabular], "text": [*roles.text]}[modality]


def measure(codec: Codec, rows: Samples) -> dict[str, float]:
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
    seed = params.seed()
    backend = shards.backend()
    runtime.prepare(seed)
    real = samples.read_split(SPLIT_FILE, ())
    folder = paths.PREPROCESS / modality
    if modality not in real.roles.modalities:
        data_card = card.path_of(str(params.value("dataset")))
        say(f"preprocess {modality}: {data_card} names no columns for it; nothing to do")
        with files.replacing_folder(folder) as partial:
            files.write_text(partial / "spec.json", json.dumps({"present": False}) + "\n")
        outputs.write_metrics("preprocess", {"present": 0}, modality)
        return
    codec = fit(modality, real.roles, seed)
    tables = parts.read_parts(SPLIT_FILE, columns_of(modality, real.roles))
    with files.replacing_folder(folder) as partial:
        codec.save(partial)
        files.write_json(partial / "spec.json", codec.spec.to_json())
        encoded = (encode(codec, table, backend) for table in tables)
        files.write_array_parts(partial / "encoded.npy", encoded, len(real))
    outputs.write_metrics("preprocess", measure(codec, real), modality)
