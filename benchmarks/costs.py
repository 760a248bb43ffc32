"""Processor milliseconds per row of the row-wise work, on the pictures and texts of the built-in catalogue's stock.

docs/scale.md multiplies these. One thread; generators have their default sizes and untrained weights, which take the
same time as trained ones.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

import record
from makeweight import generators
from makeweight.core import params
from makeweight.data import codecs
from makeweight.data.labelled import Labelled
from makeweight.data.samples import Roles, Samples
from makeweight.stages.clean import settings as clean_settings
from makeweight.stages.clean.perceptual_hashes import EDGE, channels_between, crop_spans, hash_windows
from makeweight.stages.clean.picture_features import EncodePictures
from makeweight.stages.clean.row_features import RowFeatures
from makeweight.stages.ingest.shop.catalogue import STOCK

ROWS = 256
ROLES = Roles(
    image="image",
    text=("title", "description"),
    numeric=("n_paths", "n_nodes", "n_colours", "n_gradients", "svg_bytes"),
    categorical=("language", "png_mode"),
)


def stock() -> pd.DataFrame:
    """Rows spread over the whole stock, numbers as text, as a crawl finds them."""
    table = pd.read_parquet(STOCK)
    table = table.iloc[np.linspace(0, len(table) - 1, ROWS).astype(int)].reset_index(drop=True)
    table = table.assign(
        id=table.index.astype(str), label=table["folder"], **{n: table[n].astype(str) for n in ROLES.numeric}
    )
    return table[["id", "label", *ROLES.features]]


def cost(work: Callable[[], Any], rows: int = ROWS) -> tuple[float, Any]:
    """Processor milliseconds per row, and the result."""
    start = time.process_time()
    result = work()
    return round((time.process_time() - start) / rows * 1000, 4), result


def main() -> None:
    """Measure clean, hash, picture encoding, codecs and engines."""
    torch.set_num_threads(1)
    raw = stock()
    config = params.load(clean_settings.Params, "clean")
    found: dict[str, float] = {}
    work = RowFeatures(ROLES, config.picture, clean_settings.general_texts(config), {}, {})
    work(raw.head(50))
    found["clean.measure"], measured = cost(lambda: work(raw))
    thumbnails = np.stack([np.frombuffer(content, np.uint8) for content in measured["mw_thumbnail"]])
    thumbnails = channels_between(thumbnails.reshape(-1, EDGE, EDGE, 3))
    found["clean.hashes"], _ = cost(lambda: hash_windows(thumbnails, crop_spans(config.near_duplicates.crop_shares)))
    found["clean.redraw"], encoded_pictures = cost(lambda: EncodePictures(config.picture)(raw))
    table = measured[["id", "label", *ROLES.features]].assign(image=encoded_pictures["image"])
    specs, inputs = {}, {}
    for name, kind in codecs.CODECS.items():
        values = dict(params.value(f"preprocess.{name}"))
        values |= {"steps": 2} if name == "text" else {}
        codec = kind.fit(Samples(table, ROLES), kind.params.model_validate(values), 0)
        found[f"preprocess.{name}"], inputs[name] = cost(lambda codec=codec: codec.encode(table))
        specs[name] = codec.spec
    labels = np.arange(ROWS) % 14
    for name in ("wgan_gp", "latent_flow"):
        settings = generators.ENGINES[name].params.model_validate(params.value(f"train_gan.engines.{name}"))
        classes = [str(label) for label in range(14)]
        data = Labelled(inputs, labels)
        context = generators.TrainingContext(0, torch.device("cpu"))
        trainer = generators.start(name, data, specs, classes, settings, 10, context)
        found[f"sample.{name}"], _ = cost(lambda trainer=trainer: trainer.averaged.generate(labels, 0))
        trainer.step()
        found[f"train_gan.{name}.ms_per_step"], _ = cost(lambda trainer=trainer: [trainer.step() for _ in range(3)], 3)
    record.add("scale_costs", found)


if __name__ == "__main__":
    assert Path("params.yaml").exists(), "run it from the repository's root"
    main()
