"""Fashion-MNIST and CIFAR-10 as arrays, for the benchmarks that need data from outside the repository.

CIFAR-10 is read from MAKEWEIGHT_DATA; Fashion-MNIST from FASHION_MNIST, or from where Debian's package puts it (with
`apt-get download dataset-fashion-mnist; dpkg -x *.deb X`, FASHION_MNIST is X/usr/share/datasets/fashion-mnist).
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
    """Pictures and labels of the train or test part, as the set defines them."""
    if name == "fashion-mnist":
        stem = STEMS[part]
        return read_idx(f"{stem}-images")[:, None], read_idx(f"{stem}-labels").astype(np.int64)
    table = pd.read_parquet(record.need(record.DATA / f"cifar10_{part}.parquet"))
    pictures = np.stack([np.asarray(Image.open(io.BytesIO(one["bytes"])).convert("RGB")) for one in table["img"]])
    return pictures.transpose(0, 3, 1, 2), table["label"].to_numpy().astype(np.int64)


def read_idx(start: str) -> np.ndarray:
    """The array in the IDX file whose name starts with `start`, compressed or not."""
    found = sorted(FASHION_FOLDER.glob(f"{start}*"))
    path = record.need(found[0] if found else FASHION_FOLDER / start, "FASHION_MNIST")
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    dimensions = data[3]
    shape = np.frombuffer(data, ">u4", dimensions, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
