"""Prepare what all arms of the contest share: the features of real and synthetic rows, and the learners' parameters.

Both come from the train split as it is: features without its labels, parameters by predictions out of fold.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core import files, outputs, params, paths, runtime, timings
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.ranges import Folds
from makeweight.data import encoded, samples
from makeweight.data.codecs.text_analysis import join_columns
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled
from makeweight.data.samples import Samples
from makeweight.learn import views
from makeweight.learn.features import Features, write_array
from makeweight.learn.patches import PatchFeatures, PatchParams
from makeweight.learn.trees import TreesParams
from makeweight.learn.words import TextFeatures, WordParams
from makeweight.stages.learners.search import Found, LinearParams, search_strength, search_trees


class PictureParams(LinearParams):
    """Patch features, and the model on them."""

    patches: PatchParams


class TextParams(LinearParams):
    """TF-IDF, and the model on it."""

    words: WordParams


class Params(Section):
    """Folds of the train rows, and for each learner what it is tried with."""

    folds: Folds
    image: PictureParams
    text: TextParams
    tabular: LinearParams
    trees: TreesParams


def fit_features(settings: Params, data: Encoded, real: Samples, seed: int) -> Features:
    """The features of the modalities that the data have, fitted on the train rows."""
    train = data.rows("train")
    patches = words = None
    if "image" in data.modalities:
        patches = PatchFeatures.fit(np.asarray(data.arrays["image"][train]), settings.image.patches, seed)
    if "text" in data.modalities:
        words = TextFeatures.fit(join_columns(real.table.iloc[train], real.roles.text), settings.text.words)
    return Features(patches, words, real.roles.text)


def arrays_of(features: Features, data: Encoded, table: pd.DataFrame, pictures: np.ndarray | None) -> dict[str, Any]:
    """Modality -> features of the rows of a table, of pictures and texts; `pictures` where they are encoded already."""
    found: dict[str, Any] = {}
    if features.patches is not None:
        found["image"] = features.of_pictures(data.codecs["image"].encode(table) if pictures is None else pictures)
    if features.words is not None:
        found["text"] = features.of_texts(table)
    return found


def write_features(features: Features, data: Encoded, real: Samples, folder: Path) -> dict[str, Any]:
    """Write the features of all real rows and of every file in data/sample; return those of the real rows."""
    features.save(folder)
    own = arrays_of(features, data, real.table, data.arrays.get("image"))
    for modality, array in own.items():
        write_array(folder / f"real.{modality}", array)
    for path in sorted(paths.SAMPLE.glob("*.parquet")):
        with samples.decoding(path):
            arrays = arrays_of(features, data, samples.read(path).table, None)
        for modality, array in arrays.items():
            write_array(folder / f"{path.stem}.{modality}", array)
    return own


def search(settings: Params, data: Encoded, arrays: dict[str, Any], seed: int) -> dict[str, Found]:
    """View -> the parameters with the best predictions out of fold, for every view that has parameters."""
    rows = data.rows("train")
    train = data.split("train")
    folds = data.train_folds(settings.folds, seed)
    found = {}
    for view, config in (("text", settings.text), ("image", settings.image), ("tabular", settings.tabular)):
        if views.VIEWS[view] in data.modalities:
            modality = views.VIEWS[view]
            array = arrays[modality][rows] if modality in arrays else train.inputs[modality]
            found[view] = search_strength(Labelled({modality: array}, train.labels), folds, len(data.classes), config)
    if "tabular" in data.modalities:
        found["trees"] = search_trees(train.only("tabular"), folds, len(data.classes), settings.trees, seed)
    return found


def main() -> None:
    """Read the split, the codes and the synthetic rows; write features, parameters, and how good they are."""
    settings = params.load(Params, "learners")
    seed = params.seed()
    runtime.prepare(seed)
    started = time.monotonic()
    data = encoded.read()
    real = samples.read_split(paths.SPLIT / "samples.parquet")
    features = fit_features(settings, data, real, seed)
    with files.replacing_folder(paths.LEARNERS) as folder:
        arrays = write_features(features, data, real, folder)
        found = search(settings, data, arrays, seed)
        files.write_json(folder / "parameters.json", {view: one.parameters for view, one in found.items()})
    numbers: dict[str, float] = {f"{modality}.features": array.shape[1] for modality, array in arrays.items()}
    for view, one in found.items():
        say(f"{view}: {one.readable} (out of fold on train rows: log loss {one.loss:.3f}, macro-F1 {one.macro_f1:.3f})")
        numbers |= {f"{view}.{name}": value for name, value in one.parameters.items()}
        numbers |= {f"{view}.out_of_fold.log_loss": one.loss, f"{view}.out_of_fold.macro_f1": one.macro_f1}
    outputs.write_metrics("learners", numbers)
    timings.write_seconds("learners", "all", time.monotonic() - started)


if __name__ == "__main__":
    main()
