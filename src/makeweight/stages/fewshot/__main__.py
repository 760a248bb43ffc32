"""fewshot: data/split and data/preprocess/image -> data/fewshot/<labeling>, metrics and plots of the same name."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file

from makeweight.core import files, outputs, params, paths, progress, runtime
from makeweight.core.errors import InputError
from makeweight.data import codecs, samples
from makeweight.stages.fewshot import division, drawing, experiment, generated, preparation, table
from makeweight.stages.fewshot.division import TooFewError
from makeweight.stages.fewshot.experiment import REFERENCE, Outcome, Params
from makeweight.stages.fewshot.generated import Made
from makeweight.stages.fewshot.loop import Collection
from makeweight.stages.fewshot.table import Accuracies

STAGE = "fewshot"
HISTORY_COLUMNS = ["method", "step", "train_loss", "validation_accuracy"]


@dataclass(frozen=True)
class Repeat:
    """One deal of the classes and what was found with it."""

    dealt: division.Division
    novel: Collection
    outcome: Outcome


def collect(sheet: pd.DataFrame, pictures: np.ndarray, dealt: division.Division, side: str, size: int) -> Collection:
    """The rows of one side with their pictures."""
    rows = dealt.rows(side)
    names, classes = np.unique(dealt.name[rows].astype(str), return_inverse=True)
    units = pd.factorize(sheet["unit"].to_numpy()[rows])[0]
    held_out = sheet["split"].to_numpy()[rows] != "train"
    return Collection(preparation.resize(pictures[rows], size), classes, units, names.tolist(), held_out)


def repeat(
    sheet: pd.DataFrame,
    pictures: np.ndarray,
    made: Mapping[str, Made],
    labeling: str,
    config: Params,
    seed: int,
    device: torch.device,
) -> Repeat:
    """Deal the classes to the sides and run the experiment once."""
    dealt = division.divide(sheet, labeling, config.division, np.random.default_rng(seed))
    base, validation, novel = (collect(sheet, pictures, dealt, side, config.network.size) for side in division.SIDES)
    return Repeat(dealt, novel, experiment.run(base, validation, novel, config, seed, device, made))


def measure(repeats: Sequence[Repeat]) -> dict[str, float]:
    """Everything as flat numbers; what is no accuracy is a mean over the repeats that have it."""
    each = [
        one.outcome.numbers | {f"division.{name}": number for name, number in one.dealt.numbers.items()}
        for one in repeats
    ]
    others = each[0] if len(each) == 1 else {str(name): float(mean) for name, mean in pd.DataFrame(each).mean().items()}
    return {
        **others,
        **table.measure(table.stack([one.outcome.accuracies for one in repeats]), REFERENCE),
        **table.measure(table.stack([one.outcome.helped for one in repeats]), generated.REFERENCE),
        "repeats": len(repeats),
    }


def read_pictures(sheet: pd.DataFrame, labeling: str) -> np.ndarray:
    """The encoded pictures, uint8 `(rows, channels, size, size)`.

    Raises:
        TooFewError: the data have no pictures, or not the labels that the labeling needs.
    """
    if not codecs.present(paths.PREPROCESS / "image"):
        raise TooFewError("the data have no pictures")
    if labeling != "coarse" and "fine_label" not in sheet:
        raise TooFewError(f"the data have no fine_label, which labeling {labeling} needs")
    pictures: np.ndarray = np.load(paths.PREPROCESS / "image" / "encoded.npy", mmap_mode="r")
    return pictures


def read_made(labeling: str, size: int) -> dict[str, Made]:
    """What every engine's sample offers to the coarse labeling; the generators know no other classes."""
    if labeling != "coarse":
        progress.say(f"fewshot {labeling}: the generators know `label` only, so they can't help with these classes")
        return {}
    codec = codecs.ImageCodec.load(paths.PREPROCESS / "image")
    made = {}
    for engine in params.value("engines"):
        table = samples.read(paths.SAMPLE / f"{engine}.parquet", ["label", "image", "passed"]).table
        table = table[table["passed"]].reset_index(drop=True)
        made[engine] = Made(preparation.resize(codec.encode(table), size), table["label"].to_numpy(dtype=str))
    return made


def draw(labeling: str, first: Repeat, config: Params, seed: int) -> pd.DataFrame:
    """Write the pictures of the first repeat; the map's coordinates, one row per novel row."""
    method, novel, outcome = config.map.method, first.novel, first.outcome
    maps = {
        when: drawing.place(outcome.points[name], config.map.perplexity, seed)
        for when, name in (("before", "untrained"), ("after", method))
    }
    told = {
        when: f"silhouette {outcome.numbers[f'{name}.map.silhouette']:.2f}, "
        f"kNN purity {outcome.numbers[f'{name}.map.purity']:.2f}"
        for when, name in (("before", "untrained"), ("after", method))
    }
    outputs.write_png(STAGE, "tsne.png", drawing.draw_maps(maps, told, method, novel), labeling)
    setting = min(outcome.asked, key=lambda name: drawing.unhandiness(outcome.asked[name]))
    asked = outcome.asked[setting]
    answers = outcome.alike[method].answer(outcome.alike[method].similarity, asked)
    outputs.write_png(STAGE, "episode.png", drawing.draw_episode(novel, asked, answers, method), labeling)
    return pd.DataFrame({f"{axis}_{when}": maps[when][:, place] for when in maps for place, axis in enumerate("xy")})


def save(folder: Path, sheet: pd.DataFrame, first: Repeat, coordinates: pd.DataFrame, config: Params) -> None:
    """Networks, embeddings and map coordinates of the first repeat."""
    rows = first.dealt.rows("novel")
    shown = pd.DataFrame({"id": sheet["id"].to_numpy()[rows], "name": first.dealt.name[rows].astype(str)})
    pd.concat([shown, coordinates], axis=1).to_parquet(folder / "novel.parquet", index=False)
    save_arrays(first.outcome.points, folder / "embeddings.safetensors")
    shape = list(first.novel.shape)
    files.write_json(folder / "network.json", {"shape": shape, **config.network.model_dump(exclude={"size"})})
    for method, embedder in first.outcome.embedders.items():
        state = {name: tensor.cpu().contiguous() for name, tensor in embedder.network.state_dict().items()}
        save_file(state, folder / f"{method}.safetensors")


def main(labeling: str) -> None:
    """Read, run every repeat, write."""
    config = params.load(Params, STAGE)
    seed = int(params.value("seed"))
    device = runtime.device(str(params.value("device")))
    runtime.prepare(seed)
    if labeling not in division.LABELINGS:
        raise InputError(f"params.yaml: `labelings` names {labeling!r}; known are {', '.join(division.LABELINGS)}")
    sheet = samples.read(paths.SPLIT / "samples.parquet").table
    try:
        pictures = read_pictures(sheet, labeling)
        made = read_made(labeling, config.network.size)
        repeats = [
            repeat(sheet, pictures, made, labeling, config, seed + number, device) for number in range(config.repeats)
        ]
    except TooFewError as reason:
        write_nothing(labeling, str(reason))
        return
    sizes, common = preparation.measure_sizes(sheet["image"])
    numbers = {f"pictures.{name}": number for name, number in sizes.items()} | measure(repeats)
    accuracies = table.stack([one.outcome.accuracies for one in repeats])
    helped = table.stack([one.outcome.helped for one in repeats])
    write_tables(labeling, accuracies, helped, repeats[0].outcome.history, common)
    coordinates = draw(labeling, repeats[0], config, seed)
    with files.replacing_folder(paths.FEWSHOT / labeling) as folder:
        save(folder, sheet, repeats[0], coordinates, config)
    outputs.write_metrics(STAGE, numbers, labeling)
    for method, points in repeats[0].outcome.history.groupby("method"):
        progress.log_curve(str(method), points.drop(columns="method").to_dict("records"))


def write_tables(
    labeling: str, accuracies: Accuracies, helped: Accuracies, history: pd.DataFrame, sizes: pd.DataFrame
) -> None:
    """The CSV files of a cell; what an earlier run left in its folder goes."""
    shutil.rmtree(paths.PLOTS / STAGE / labeling, ignore_errors=True)
    outputs.write_csv(STAGE, "table.csv", table.tabulate(accuracies, REFERENCE), labeling)
    outputs.write_csv(STAGE, "generated.csv", table.tabulate(helped, generated.REFERENCE), labeling)
    outputs.write_csv(STAGE, "history.csv", history, labeling)
    outputs.write_csv(STAGE, "sizes.csv", sizes, labeling)


def write_nothing(labeling: str, reason: str) -> None:
    """Outputs without content where the data have nothing to learn from: empty tables, no number."""
    progress.say(f"fewshot {labeling}: {reason}; nothing to learn from, so the tables stay empty")
    history, sizes = (pd.DataFrame(columns=columns) for columns in (HISTORY_COLUMNS, preparation.SIZE_COLUMNS))
    write_tables(labeling, {}, {}, history, sizes)
    with files.replacing_folder(paths.FEWSHOT / labeling):
        pass
    outputs.write_metrics(STAGE, {}, labeling)
