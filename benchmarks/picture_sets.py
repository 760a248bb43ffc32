"""Fashion-MNIST and CIFAR-10 as arrays, for the benchmarks that need data from outside the repository.

CIFAR-10 lies below MAKEWEIGHT_DATA. Fashion-MNIST lies in FASHION_MNIST, or where Debian's package puts it (`apt-get
download dataset-fashion-mnist; dpkg -x *.deb FOLDER`, then FASHION_MNIST=FOLDER/usr/share/datasets/fashion-mnist).
"""

import gzip
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

import record

NAMES = {
    "fashion-mnist": (
        ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
    ),
    "cifar10": ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
}
FASHION_FOLDER = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))
STEMS = {"train": "train", "test": "t10k"}

Pictures = tuple[np.ndarray, np.ndarray]
"""uint8 `(n, channels, size, size)` and class numbers `(n,)`."""


def read(name: str, part: str) -> Pictures:
    """The set's own train or test part."""
    if name == "fashion-mnist":
        stem = STEMS[part]
        return read_idx(f"{stem}-images")[:, None], read_idx(f"{stem}-labels").astype(np.int64)
    sheet = pd.read_parquet(record.need(record.DATA / f"cifar10_{part}.parquet"))
    pictures = np.stack([np.asarray(Image.open(io.BytesIO(one["bytes"])).convert("RGB")) for one in sheet["img"]])
    return pictures.transpose(0, 3, 1, 2), sheet["label"].to_numpy().astype(np.int64)


def read_idx(start: str) -> np.ndarray:
    """The IDX file whose name starts so, packed or not."""
    found = sorted(FASHION_FOLDER.glob(f"{start}*"))
    path = record.need(found[0] if found else FASHION_FOLDER / start, "FASHION_MNIST")
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    dimensions = data[3]
    shape = np.frombuffer(data, ">u4", dimensions, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
