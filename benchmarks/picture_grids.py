"""Pictures of every engine on one sheet per data set, as they came out: a row per engine, a column per class.

    python benchmarks/picture_grids.py cifar10 fashion-mnist --engines latent_flow pixel_flow --seconds 90
    python benchmarks/picture_grids.py catalogue --first-run 76fd74d

The rarest class stands left. In the picture sets, classes 2, 3 and 4 keep a tenth of their train rows; every engine
learns for about the same seconds of one core, with the parameters of params.yaml. `latent_flow` is also shown with its
crisp step switched off: the same latent vectors, as its decoder leaves them. Nothing is selected: the first rows of one
seed.

Of the catalogue, engines are cut out of the sheets that the stage `sample` left in this folder, and those of the first
run out of the sheets in its commit. For engines that params.yaml does not train, add them to `engines` in a copy of the
repository, run the stages `train_gan` and `sample` there, and then this.
"""

import argparse
import io
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import picture_sets
import quality
import record
from makeweight import generators
from makeweight.core import files, runtime
from makeweight.data import picture_sheet
from makeweight.data.picture_sheet import as_pixels, sheet
from makeweight.generators import Engine
from makeweight.results.run import Run

FOLDER = record.RESULTS / "picture_grids"
CATALOGUE = "catalogue"
PER_CLASS, SEED = 2, 1
"""Pictures of a class by each engine, and the seed that they are generated with."""
CLASSES = 10
"""Columns of a sheet: the rarest classes where there are more."""
LETTERS = 12
"""Of a class's name above its column, which has no room for more."""
SHEET = "plots/sample/{engine}/real_and_synthetic.png"
LAYOUT = (picture_sheet.MARGIN, picture_sheet.HEAD, picture_sheet.PITCH)
FIRST_LAYOUT = (150, 24, 64)
"""Left and top edge of the first picture of a sheet, and pixels from one to the next; in the first run's sheets too."""

Block = tuple[list[str], np.ndarray]
"""Texts beside an engine's rows of pictures, and these, uint8 `(rows, classes, channels, size, size)`."""


def rarest_first(counts: np.ndarray) -> np.ndarray:
    """The numbers of the rarest classes, the rarest first; of equal ones the first first."""
    return np.argsort(counts, kind="stable")[:CLASSES]


def synthetic_block(engine: Engine, order: np.ndarray, texts: list[str]) -> Block:
    """The engine's first pictures of each class."""
    pictures = engine.generate(np.tile(order, PER_CLASS), SEED)["image"]
    return texts, pictures.reshape(PER_CLASS, len(order), *pictures.shape[1:])


def engine_blocks(engine: Engine, updates: int, order: np.ndarray) -> Iterator[Block]:
    """What the engine makes, and, where it has a crisp step, what it made before it had one."""
    yield synthetic_block(engine, order, [engine.name, f"{updates:,} updates"])
    if getattr(engine.config, "local_steps", 0):
        engine.config = engine.config.model_copy(update={"local_steps": 0})
        yield synthetic_block(engine, order, ["the same before", "local_steps: 0"])


def cut_block(png: bytes, side: int, order: np.ndarray, texts: list[str], layout: tuple[int, int, int]) -> Block:
    """The first pictures of each class on the real (0) or synthetic (1) side of a sheet with a row per class."""
    left, top, pitch = layout
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).transpose(2, 0, 1)
    columns = (pixels.shape[2] - left - picture_sheet.GAP) // (2 * pitch)
    left += side * (columns * pitch + picture_sheet.GAP)
    edge = picture_sheet.EDGE

    def picture(row: int, column: int) -> np.ndarray:
        y, x = top + row * pitch, left + column * pitch
        return pixels[:, y : y + edge, x : x + edge]

    return texts, np.array([[picture(row, column) for row in order] for column in range(PER_CLASS)])


def picture_of(blocks: Sequence[Block], names: Sequence[str]) -> Image.Image:
    """One sheet of all blocks; `names` are those of the classes."""
    rows = [row for _, pictures in blocks for row in pictures]
    sides = [(name[:LETTERS], [[as_pixels(row[column])] for row in rows]) for column, name in enumerate(names)]
    return sheet([text for texts, _ in blocks for text in texts], sides, 1)


def show_set(name: str, engines: Sequence[str], seconds: float) -> None:
    """Train the engines on a picture set; the sheet and the numbers are written after each."""
    device = runtime.device("auto")
    task = quality.Task.read(f"{name}-imbalanced", 0, 0)
    order = rarest_first(np.bincount(task.train.labels))
    real = [np.flatnonzero(task.test.labels == label)[:PER_CLASS] for label in order]
    blocks: list[Block] = [(["real", "test rows"], task.test.inputs["image"][np.array(real).T])]
    numbers: dict[str, float] = {}
    for engine in engines:
        trained, spent = quality.train(engine, task, quality.settings(engine), seconds, 0, device)
        blocks += engine_blocks(trained, int(spent["updates"]), order)
        numbers |= {f"{name}.{engine}.{key}": round(value, 1) for key, value in spent.items()}
        save(name, picture_of(blocks, [task.names[label] for label in order]))
        record.add("picture_grids", numbers, f"{name}.")


def show_catalogue(first_run: str) -> None:
    """Cut the engines of the first and of the last run out of their sheets: these have a row per class, by name."""
    sizes = {size.label: size.real for size in Run().class_sizes}
    names = sorted(sizes)
    order = rarest_first(np.array([sizes[name] for name in names]))
    blocks: list[Block] = []
    for engine in generators.ENGINES:
        path = Path(SHEET.format(engine=engine))
        if path.is_file():
            now, first = path.read_bytes(), git_bytes(first_run, path)
            blocks = blocks or [cut_block(now, 0, order, ["real", "train rows"], LAYOUT)]
            if first is not None:
                blocks.append(cut_block(first, 1, order, [engine, "first run"], FIRST_LAYOUT))
            blocks.append(cut_block(now, 1, order, [engine, "now"], LAYOUT))
    save(CATALOGUE, picture_of(blocks, [names[label] for label in order]))


def git_bytes(commit: str, path: Path) -> bytes | None:
    """A file as it was in a commit, which must be there; None where that has none of the name."""
    subprocess.run(["git", "cat-file", "-e", commit], check=True)
    shown = subprocess.run(["git", "show", f"{commit}:{path.as_posix()}"], capture_output=True, check=False)
    return None if shown.returncode else shown.stdout


def save(name: str, picture: Image.Image) -> None:
    """Write the sheet of a data set."""
    with files.replacing(FOLDER / f"{name}.png") as partial:
        picture.save(partial, format="png", optimize=True)


def main() -> None:
    """Write the sheets of the requested sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", choices=[*picture_sets.NAMES, CATALOGUE])
    parser.add_argument("--engines", nargs="+", choices=list(generators.ENGINES), default=list(generators.ENGINES))
    parser.add_argument("--seconds", type=float, default=90.0, help="training time of each engine on a picture set")
    parser.add_argument("--first-run", default="76fd74d", help="the commit whose pictures of the catalogue are shown")
    arguments = parser.parse_args()
    runtime.prepare(0)
    for name in arguments.datasets:
        if name == CATALOGUE:
            show_catalogue(arguments.first_run)
        else:
            show_set(name, arguments.engines, arguments.seconds)


if __name__ == "__main__":
    main()
