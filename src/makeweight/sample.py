"""sample: trained engines -> data/sample/<engine>.parquet, a synthetic data set in the columns of the real one."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image, ImageDraw

from makeweight import codecs, files, generators, params, paths, pictures, report_files, runtime, samples, shards
from makeweight.codecs import Codec
from makeweight.errors import InputError
from makeweight.generators import Engine
from makeweight.generators.engine import SHARD
from makeweight.learning import Labelled, LearningParams, as_tensors, fit_network, predict, scaled
from makeweight.models.encoders import JointClassifier
from makeweight.params import Section
from makeweight.progress import say, track
from makeweight.samples import Samples
from makeweight.shards import Backend

SPLIT_FILE = paths.SPLIT / "samples.parquet"


class FilterParams(Section):
    """What the filter rejects. Every row is written all the same, and `passed` says what the filter thinks."""

    learning: LearningParams
    """The classifier of the train fold that must recognise the class asked for."""
    copy_quantile: float
    """A row nearer to a train row than this quantile of the train rows' own nearest distances is a near copy."""


class SampleParams(Section):
    """How many rows per class, and how they are drawn."""

    amount: float
    """1: as many per class as fill it up to the largest train class; 2: twice that. Never fewer than there are real
    rows of the class in all folds: experiments that use fakes alone need as many."""
    truncation: float
    filter: FilterParams
    grid_columns: int
    listings: int
    """Rows shown as whole listings in the report."""


@dataclass(frozen=True)
class Train:
    """The train fold as the codecs encode it."""

    rows: Labelled
    validation: Labelled
    classes: list[str]
    split: Samples


def read_train(fitted: dict[str, Codec]) -> Train:
    """Train and validation rows with their class index."""
    split = samples.read(SPLIT_FILE)
    classes = samples.classes(split)
    fold = split.table["fold"].to_numpy()
    labels = pd.Categorical(split.table["label"], categories=classes).codes.astype(np.int64)
    encoded = {name: np.load(paths.PREPROCESS / name / "encoded.npy", mmap_mode="r") for name in fitted}
    parts = [
        Labelled({name: np.array(array[fold == part]) for name, array in encoded.items()}, labels[fold == part])
        for part in ("train", "validation")
    ]
    return Train(parts[0], parts[1], classes, split)


def rows_per_class(counts: np.ndarray, amount: float, least: np.ndarray) -> np.ndarray:
    """How many fakes of each class: `amount` times what fills it up to the largest, never below its `least`."""
    return np.maximum(np.ceil(amount * (counts.max() - counts)).astype(int), least)


def decoded(content: dict[str, np.ndarray], fitted: dict[str, Codec], seed: int) -> pd.DataFrame:
    """Encoded arrays as the columns of the real table."""
    return pd.concat([fitted[name].decode(array, seed) for name, array in content.items()], axis=1)


def recognised(judge: torch.nn.Module, fakes: Labelled, device: torch.device) -> np.ndarray:
    """Where the classifier of the train fold sees the class that was asked for, `(n,)` of bool."""
    return predict(judge, fakes.inputs, device).argmax(1) == fakes.labels


@torch.no_grad()
def places(judge: JointClassifier, rows: Labelled, batch: int = 512) -> torch.Tensor:
    """Where rows lie in the judge's feature space, `(n, 128)`."""
    device = torch.device("cpu")
    parts = []
    for start in range(0, len(rows), batch):
        part = {name: x[start : start + batch] for name, x in rows.inputs.items()}
        parts.append(judge.features(scaled(as_tensors(part, device))))
    return torch.cat(parts)


def near_copies(judge: JointClassifier, fakes: Labelled, train: Labelled, quantile: float) -> np.ndarray:
    """Where a fake lies nearer to a train row than `quantile` of the train rows lie to each other, `(n,)` of bool."""
    known = places(judge, train)
    between = torch.cdist(known, known).fill_diagonal_(torch.inf).min(1).values
    nearest = torch.cat([torch.cdist(part, known).min(1).values for part in places(judge, fakes).split(1024)])
    return (nearest < torch.quantile(between, quantile)).numpy()


@dataclass(frozen=True)
class Draw:
    """The making of one shard of rows. It fixes the threads, because the order of sums may depend on them."""

    engine: Engine
    seed: int
    truncation: float
    threads: int

    def __call__(self, numbered: tuple[int, np.ndarray]) -> dict[str, np.ndarray]:
        """A shard's number and class indices to content by modality, as encoded."""
        torch.set_num_threads(self.threads)
        shard, labels = numbered
        return self.engine.generate(labels, self.seed, self.truncation, first=shard)


def generate(
    engine: Engine, labels: np.ndarray, seed: int, truncation: float, backend: Backend
) -> dict[str, np.ndarray]:
    """What `engine.generate` makes, shard by shard; locally in this process, whose threads are all at work then."""
    work = Draw(engine, seed, truncation, torch.get_num_threads())
    numbered = [(shard, labels[shard * SHARD :][:SHARD]) for shard in range(max(1, -(-len(labels) // SHARD)))]
    parts = shards.map_shards(work, numbered, backend, processes=1)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def synthesize(
    engine: Engine, fitted: dict[str, Codec], wanted: np.ndarray, seed: int, truncation: float, backend: Backend
) -> tuple[Labelled, pd.DataFrame]:
    """`wanted[c]` rows of each class: as the engine made them, and as a table."""
    labels = np.repeat(np.arange(len(wanted)), wanted)
    content = generate(engine, labels, seed, truncation, backend)
    table = decoded(content, fitted, seed)
    names = np.array(engine.classes)[labels]
    table.insert(0, "label", names)
    table.insert(0, "id", [f"{engine.name}-{seed}-{row:06d}" for row in range(len(labels))])
    # What stands in the file is what counts: text and table are read back from their columns.
    inputs = {name: fitted[name].encode(table) for name in content}
    return Labelled(inputs, labels), table


def model_hash(folder: Path) -> str:
    """The first half of the weights' SHA-256, as lineage."""
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()[:32]


def measure(table: pd.DataFrame, classes: list[str]) -> dict[str, float]:
    """Rows per class, and the share that the filter would keep."""
    counts = table["label"].value_counts()
    return {
        "rows": len(table),
        "passed": float(table["passed"].mean()),
        **{f"rows.{name}": int(counts.get(name, 0)) for name in classes},
        **{f"passed.{name}": float(share) for name, share in table.groupby("label")["passed"].mean().items()},
    }


def main() -> None:
    """Sample every engine that params.yaml names."""
    config = params.load(SampleParams, "sample")
    seed = int(params.value("seed"))
    backend = shards.backend()
    runtime.prepare(seed)
    device = torch.device("cpu")
    wanted_modalities = params.value("modalities")
    fitted = {name: codec for name, codec in codecs.load_present(paths.PREPROCESS).items() if name in wanted_modalities}
    train = read_train(fitted)
    judge = JointClassifier({name: codec.spec for name, codec in fitted.items()}, len(train.classes))
    fit_network(judge, train.rows, train.validation, config.filter.learning, seed, device)
    counts = np.bincount(train.rows.labels, minlength=len(train.classes))
    real = train.split.table["label"].value_counts().reindex(train.classes).to_numpy()
    wanted = rows_per_class(counts, config.amount, real)
    numbers: dict[str, float] = {}
    names = list(params.value("engines"))
    with files.replacing_folder(paths.SAMPLE) as partial:
        for name in track(names, "sample"):
            folder = paths.TRAIN_GAN / name
            engine = generators.load(folder)
            if engine.classes != train.classes:
                raise InputError(f"{folder / 'model.json'}: its classes are not those of {SPLIT_FILE}; run `dvc repro`")
            rows, table = synthesize(engine, fitted, wanted, seed, config.truncation, backend)
            copies = near_copies(judge, rows, train.rows, config.filter.copy_quantile)
            table["synthetic"] = True
            table["model"] = model_hash(folder)
            table["seed"] = seed
            table["index"] = np.arange(len(table))
            table["near_copy"] = copies
            table["passed"] = recognised(judge, rows, device) & ~copies
            say(f"sample {name}: {len(table)} rows, {table['passed'].mean():.0%} pass the filter")
            samples.write(Samples(table, train.split.roles), partial / f"{name}.parquet")
            numbers |= {f"{name}.{key}": value for key, value in measure(table, train.classes).items()}
            numbers[f"{name}.near_copies"] = float(copies.mean())
            show(name, table, train, fitted, config, seed)
    report_files.write_metrics("sample", numbers)


def show(
    engine: str, table: pd.DataFrame, train: Train, fitted: dict[str, Codec], config: SampleParams, seed: int
) -> None:
    """Untouched pictures per class, real beside synthetic, and some whole listings chosen by the seed alone."""
    rng = np.random.default_rng(seed)
    roles = train.split.roles
    if roles.image is not None and roles.image in table:
        sheet = real_and_synthetic(train, table, roles.image, fitted["image"], config.grid_columns, rng)
        report_files.write_picture("sample", "real_and_synthetic.png", sheet, engine)
    chosen = table.iloc[np.sort(rng.choice(len(table), min(config.listings, len(table)), replace=False))]
    columns = [name for name in (*roles.text, *roles.numeric, *roles.categorical) if name in chosen]
    report_files.write_series("sample", "listings.csv", chosen[["id", "label", *columns]], engine)
    if roles.image is not None and roles.image in chosen:
        strip = Image.new("RGB", (96 * len(chosen), 96), "white")
        for place, content in enumerate(chosen[roles.image]):
            strip.paste(enlarged(content, 96), (96 * place, 0))
        report_files.write_picture("sample", "listings.png", strip, engine)


def enlarged(content: bytes, edge: int) -> Image.Image:
    """The picture in a square of `edge`, enlarged without smoothing."""
    picture = Image.fromarray(pictures.decode(content))
    scale = max(1, edge // max(picture.size))
    picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    picture.thumbnail((edge, edge))
    square = Image.new("RGB", (edge, edge), "white")
    square.paste(picture, ((edge - picture.width) // 2, (edge - picture.height) // 2))
    return square


def real_and_synthetic(
    train: Train,
    table: pd.DataFrame,
    image: str,
    codec: Codec,
    columns: int,
    rng: np.random.Generator,
    edge: int = 64,
) -> Image.Image:
    """A row per class: real train pictures left, synthetic right, both chosen by chance, with names and headings."""
    real = train.split.fold("train").table
    # Real pictures are shown at the size that the engines see, so that both sides are alike.
    real = real.assign(**{image: codec.decode(codec.encode(real))[image].to_numpy()})
    margin, gap, head = 150, 24, 24
    width = margin + 2 * columns * edge + gap
    sheet = Image.new("RGB", (width, head + len(train.classes) * edge), "white")
    pen = ImageDraw.Draw(sheet)
    pen.text((margin, 6), "real (train fold)", fill="black")
    pen.text((margin + columns * edge + gap, 6), "synthetic, as it came out", fill="black")
    for row, name in enumerate(train.classes):
        pen.text((6, head + row * edge + edge // 2 - 6), name[:24], fill="black")
        for side, source in enumerate((real, table)):
            own = source.loc[source["label"] == name, image].to_numpy()
            for column, place in enumerate(rng.choice(len(own), min(columns, len(own)), replace=False)):
                left = margin + side * (columns * edge + gap) + column * edge
                sheet.paste(enlarged(own[place], edge), (left, head + row * edge))
    return sheet
