"""One labeling of data that have pictures: all repeats of the experiment, their tables, plots, networks and metrics."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.numpy import save as packed_arrays
from safetensors.torch import save as packed

from makeweight.core import files, outputs, params, paths, progress, runtime
from makeweight.data import codecs, encoded, reserved, samples
from makeweight.stages.fewshot import (
    accuracy_table,
    class_split,
    experiment,
    patch_methods,
    picture_set,
    plots,
    synthetic_prototypes,
)
from makeweight.stages.fewshot.accuracy_table import Accuracies
from makeweight.stages.fewshot.class_split import ClassSplit, TooLittleDataError
from makeweight.stages.fewshot.classifiers import REFERENCE
from makeweight.stages.fewshot.experiment import Outcome, Params
from makeweight.stages.fewshot.picture_set import PictureSet
from makeweight.stages.fewshot.synthetic_prototypes import SyntheticPictures

STAGE = "fewshot"


@dataclass(frozen=True)
class Repeat:
    """One class split, its novel rows and the outcome of the experiment on it."""

    split: ClassSplit
    novel: PictureSet
    outcome: Outcome


def run(labeling: str) -> str | None:
    """Read the pictures and the engines' samples, run every repeat, write tables, plots, networks and metrics.

    Returns:
        Why there is too little to learn from, in which case nothing is written; else None.
    """
    config = params.load(Params, STAGE)
    seed = params.seed()
    device = runtime.device(str(params.value("device")))
    runtime.prepare(seed)
    table = samples.read_split(paths.SPLIT / "samples.parquet").table
    try:
        codec = codecs.ImageCodec.load(paths.PREPROCESS / "image")
        encoded.check_columns({"image": codec}, paths.PREPROCESS, list(table))
        pictures = encoded.read_rows(paths.PREPROCESS / "image" / "encoded.npy", codec, len(table))
        synthetic = read_synthetic(labeling, codec, config.network.picture_size)
        repeats = [
            run_repeat(table, pictures, synthetic, labeling, config, seed + number, device)
            for number in range(config.repeats)
        ]
    except TooLittleDataError as reason:
        return str(reason)
    sizes, common_sizes = picture_set.measure_sizes(table["image"])
    numbers = {f"pictures.{name}": number for name, number in sizes.items()} | measure(repeats)
    accuracies = accuracy_table.stack([one.outcome.accuracies for one in repeats])
    synthetic_accuracies = accuracy_table.stack([one.outcome.synthetic_accuracies for one in repeats])
    normalised = {
        steps: accuracy_table.stack([one.outcome.normalised_accuracies[steps] for one in repeats])
        for steps in repeats[0].outcome.normalised_accuracies
    }
    write_tables(labeling, accuracies, synthetic_accuracies, normalised, repeats[0].outcome.history, common_sizes)
    coordinates = write_plots(labeling, repeats[0], config, seed)
    with files.replacing_folder(paths.FEWSHOT / labeling) as folder:
        save(folder, table, repeats[0], coordinates, config)
    outputs.write_metrics(STAGE, numbers, labeling)
    for method, points in repeats[0].outcome.history.groupby("method"):
        progress.log_curve(str(method), points.drop(columns="method").to_dict("records"))
    return None


def read_synthetic(labeling: str, codec: codecs.ImageCodec, size: int) -> dict[str, SyntheticPictures]:
    """Engine -> its accepted samples; empty for a labeling other than coarse, whose classes no generator knows."""
    if labeling != "coarse":
        progress.say(f"fewshot {labeling}: the generators know `label` only, so they can't help with these classes")
        return {}
    synthetic = {}
    for engine in params.names("engines"):
        path = paths.SAMPLE / f"{engine}.parquet"
        table = samples.read(path, ["label", "image", reserved.PASSED]).table
        table = table[table[reserved.PASSED]].reset_index(drop=True)
        with samples.decoding(path):
            pictures = picture_set.resize(codec.encode(table), size)
        synthetic[engine] = SyntheticPictures(pictures, table["label"].to_numpy(dtype=str))
    return synthetic


def run_repeat(
    table: pd.DataFrame,
    pictures: np.ndarray,
    synthetic: Mapping[str, SyntheticPictures],
    labeling: str,
    config: Params,
    seed: int,
    device: torch.device,
) -> Repeat:
    """Split the classes and run the experiment once."""
    split = class_split.split_classes(table, labeling, config.class_split, np.random.default_rng(seed))
    size = config.network.picture_size
    base, validation, novel = (
        select_rows(table, pictures, split, class_set, size) for class_set in class_split.CLASS_SETS
    )
    return Repeat(split, novel, experiment.run(base, validation, novel, config, seed, device, synthetic))


def select_rows(table: pd.DataFrame, pictures: np.ndarray, split: ClassSplit, class_set: str, size: int) -> PictureSet:
    """The rows of one class set with their pictures, resized."""
    rows = split.rows(class_set)
    names, classes = np.unique(split.name[rows].astype(str), return_inverse=True)
    units = pd.factorize(table[reserved.UNIT].to_numpy()[rows])[0]
    held_out = table[reserved.SPLIT].to_numpy()[rows] != "train"
    return PictureSet(picture_set.resize(pictures[rows], size), classes, units, names.tolist(), held_out)


def measure(repeats: Sequence[Repeat]) -> dict[str, float]:
    """Flat metrics: accuracies with intervals over the repeats, other numbers as means over the repeats."""
    each = [
        one.outcome.numbers | {f"class_split.{name}": number for name, number in one.split.numbers.items()}
        for one in repeats
    ]
    others = each[0] if len(each) == 1 else {str(name): float(mean) for name, mean in pd.DataFrame(each).mean().items()}
    accuracies = accuracy_table.stack([one.outcome.accuracies for one in repeats])
    synthetic_accuracies = accuracy_table.stack([one.outcome.synthetic_accuracies for one in repeats])
    return {
        **others,
        **accuracy_table.measure(accuracies, REFERENCE),
        **accuracy_table.measure(synthetic_accuracies, synthetic_prototypes.REFERENCE),
        "repeats": len(repeats),
    }


def write_plots(labeling: str, first: Repeat, config: Params, seed: int) -> pd.DataFrame:
    """Write the plots of the first repeat; return the t-SNE coordinates, one row per novel row."""
    method, novel, outcome = config.tsne.method, first.novel, first.outcome
    stages = {"before": "untrained", "after": method}
    coordinates = {
        when: plots.tsne_coordinates(outcome.points[name], config.tsne.perplexity, seed)
        for when, name in stages.items()
    }
    captions = {
        when: f"silhouette {outcome.numbers[f'{name}.embedding.silhouette']:.2f}, "
        f"purity of neighbours {outcome.numbers[f'{name}.embedding.purity']:.2f}"
        for when, name in stages.items()
    }
    outputs.write_png(STAGE, "tsne.png", plots.plot_tsne(coordinates, captions, method, novel), labeling)
    sampled = min(outcome.episodes.values(), key=plots.distance_from_plotted_size)
    predictions = outcome.classifiers[method].predict(sampled)
    outputs.write_png(STAGE, "episode.png", plots.plot_episode(novel, sampled, predictions, method), labeling)
    return pd.DataFrame(
        {f"{name}_{when}": points[:, axis] for when, points in coordinates.items() for axis, name in enumerate("xy")}
    )


def save(folder: Path, table: pd.DataFrame, first: Repeat, coordinates: pd.DataFrame, config: Params) -> None:
    """Write networks, embeddings and t-SNE coordinates of the first repeat."""
    rows = first.split.rows("novel")
    names = pd.DataFrame({"id": table["id"].to_numpy()[rows], "name": first.split.name[rows].astype(str)})
    pd.concat([names, coordinates], axis=1).to_parquet(folder / "novel.parquet", index=False)
    (folder / "embeddings.safetensors").write_bytes(packed_arrays(first.outcome.points))
    shape = list(first.novel.shape)
    files.write_json(folder / "network.json", {"shape": shape, **config.network.model_dump(exclude={"picture_size"})})
    for method, embedder in first.outcome.embedders.items():
        state = {name: tensor.cpu().contiguous() for name, tensor in embedder.network.state_dict().items()}
        (folder / f"{method}.safetensors").write_bytes(packed(state))


def write_tables(
    labeling: str,
    accuracies: Accuracies,
    synthetic_accuracies: Accuracies,
    normalised: dict[str, Accuracies],
    history: pd.DataFrame,
    sizes: pd.DataFrame,
) -> None:
    """Write the CSV files of a cell; files of an earlier run are removed from its folder."""
    shutil.rmtree(paths.PLOTS / STAGE / labeling, ignore_errors=True)
    synthetic_table = accuracy_table.tabulate(synthetic_accuracies, synthetic_prototypes.REFERENCE)
    outputs.write_csv(STAGE, "table.csv", accuracy_table.tabulate(accuracies, REFERENCE), labeling)
    outputs.write_csv(STAGE, "synthetic.csv", synthetic_table, labeling)
    generated = accuracy_table.tabulate_differences(accuracies, patch_methods.CALIBRATED, patch_methods.COMPARED)
    outputs.write_csv(STAGE, "generated.csv", generated, labeling)
    outputs.write_csv(STAGE, "normalisation.csv", accuracy_table.tabulate_normalisations(normalised), labeling)
    outputs.write_csv(STAGE, "history.csv", history, labeling)
    outputs.write_csv(STAGE, "sizes.csv", sizes, labeling)
