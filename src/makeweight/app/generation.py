"""Samples from the trained engines, as they come out: nothing is sharpened, recoloured or picked."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from makeweight.app import artefacts, csv_table
from makeweight.app.artefacts import SHELF, MissingError
from makeweight.core import paths
from makeweight.core.errors import InputError

if TYPE_CHECKING:  # seconds to import: what the first page does without is imported where it is used
    import numpy as np
    import pandas as pd

    from makeweight.data.codecs import Codec
    from makeweight.data.samples import Roles
    from makeweight.generators import Engine

TOGETHER = 256
"""Rows that go through an engine at once at most: `generators.engine.SHARD`, so that a wish is one shard."""
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of an engine; the same wish gives the same samples."""

    engine: str
    label: str
    count: int
    seed: int
    truncation: float


@dataclass(frozen=True, slots=True)
class Generated:
    """Samples as arrays (as encoded) and as the columns that these decode to."""

    arrays: dict[str, np.ndarray]
    table: pd.DataFrame


def engine_names() -> list[str]:
    """The engines that are trained, in name order."""
    return sorted(folder.parent.name for folder in artefacts.GENERATORS.need().glob("*/model.json"))


def engine(name: str) -> Engine:
    """A trained engine, loaded once."""
    from makeweight import generators

    known = engine_names()
    if not known:
        raise MissingError(artefacts.GENERATORS.what, artefacts.GENERATORS.stage)
    if name not in known:
        raise InputError(f"there is no engine {name[:50]!r}; there are {', '.join(known)}")
    return SHELF.take("engine", paths.TRAIN_GAN / name / "model.json", lambda file: generators.load(file.parent))


def codecs() -> dict[str, Codec]:
    """The fitted codecs, loaded once."""
    folder = artefacts.CODECS.need()
    marks = sorted(folder.glob("*/spec.json"))
    if not marks:
        raise MissingError(artefacts.CODECS.what, artefacts.CODECS.stage)
    from makeweight.data.codecs import load_present

    newest = max(marks, key=artefacts.version)
    return SHELF.take("codecs", newest, lambda _: load_present(folder))


def roles() -> Roles:
    """Which columns are features."""
    return artefacts.samples().roles


def check(wish: Wish) -> None:
    """Refuse a wish for a class that the engine does not know, and an engine older than the codecs."""
    chosen = engine(wish.engine)
    if wish.label not in chosen.classes:
        raise InputError(f"there is no class {wish.label[:50]!r}; there are {', '.join(chosen.classes[:30])}")
    if chosen.specs != {name: codec.spec for name, codec in codecs().items()}:
        raise MissingError("a generator for the data as they are encoded now", artefacts.GENERATORS.stage)


def generate(wishes: Sequence[Wish]) -> list[Generated]:
    """Samples for every wish; wishes to one engine with one truncation go through its networks together."""
    groups: dict[tuple[str, float], list[int]] = {}
    for place, wish in enumerate(wishes):
        groups.setdefault((wish.engine, wish.truncation), []).append(place)
    made: dict[int, Generated] = {}
    for (name, truncation), places in groups.items():
        chosen = [wishes[place] for place in places]
        for start in shards([wish.count for wish in chosen]):
            own = chosen[start]
            made.update(zip(places[start], generate_together(engine(name), truncation, own), strict=True))
    return [made[place] for place in range(len(wishes))]


def shards(counts: Sequence[int]) -> list[slice]:
    """Runs of wishes with at most `TOGETHER` rows each (or one wish)."""
    runs, start, rows = [], 0, 0
    for place, count in enumerate(counts):
        if place > start and rows + count > TOGETHER:
            runs.append(slice(start, place))
            start, rows = place, 0
        rows += count
    return [*runs, slice(start, len(counts))]


def generate_together(engine: Engine, truncation: float, wishes: Sequence[Wish]) -> list[Generated]:
    """The rows of several wishes in one pass; every wish gets what `Engine.generate` would give it alone."""
    import numpy as np
    import pandas as pd
    import torch

    from makeweight.app.own_streams import OwnStreams
    from makeweight.generators.engine import as_encoded

    counts = [wish.count for wish in wishes]
    seeds = [int(np.random.SeedSequence([wish.seed, 0]).generate_state(1)[0]) for wish in wishes]
    labels = torch.tensor([engine.classes.index(wish.label) for wish in wishes]).repeat_interleave(torch.tensor(counts))
    with torch.no_grad(), torch.random.fork_rng(devices=[]), OwnStreams(counts, seeds):
        content = engine.sample(labels, torch.Generator(), truncation, {})
    arrays = {name: as_encoded(tensor) for name, tensor in content.items()}
    known = codecs()
    with torch.random.fork_rng(devices=[]), OwnStreams(counts, [wish.seed for wish in wishes]):
        table = pd.concat([known[name].decode(array) for name, array in arrays.items()], axis=1)
    return [cut(arrays, table, end - count, end) for count, end in zip(counts, np.cumsum(counts).tolist(), strict=True)]


def cut(arrays: dict[str, np.ndarray], table: pd.DataFrame, start: int, end: int) -> Generated:
    """The rows of one wish."""
    return Generated(
        {name: array[start:end] for name, array in arrays.items()}, table.iloc[start:end].set_axis(range(end - start))
    )


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The nearest real train sample: its id, by which modality it is the nearest, how far, and its columns."""

    id: str
    label: str
    modality: str
    distance: float
    cells: dict[str, object]
    picture: bytes | None


def nearest_real(made: Generated, row: int) -> Neighbour:
    """The train sample nearest to a made one, by picture where there is one, else by numbers, else by words."""
    import numpy as np

    modality = next(name for name in ("image", "tabular", "text") if name in made.arrays)
    path = paths.PREPROCESS / modality / "encoded.npy"
    if not path.is_file():
        raise MissingError(artefacts.CODECS.what, artefacts.CODECS.stage)
    table = artefacts.samples().table
    rows = np.flatnonzero(table["split"].to_numpy() == "train")
    real = SHELF.take(f"train {modality}", path, partial(read_flat, rows=rows))
    point = made.arrays[modality][row].astype(np.float32).ravel()
    squares = np.square(real - point).sum(axis=1)
    found = int(squares.argmin())
    sample = table.iloc[rows[found]]
    scale = 255.0 if modality == "image" else 1.0
    distance = float(np.sqrt(squares[found] / len(point)) / scale)
    picture = roles().image
    cells = {name: plain(sample[name]) for name in (*roles().text, *roles().numeric, *roles().categorical)}
    return Neighbour(
        str(sample["id"]), str(sample["label"]), modality, distance, cells, sample[picture] if picture else None
    )


def read_flat(path: Path, rows: np.ndarray) -> np.ndarray:
    """Encoded rows as float32 vectors."""
    import numpy as np

    return np.load(path, mmap_mode="r")[rows].reshape(len(rows), -1).astype(np.float32)


def plain(value: object) -> object:
    """A cell as JSON knows it; nothing for missing."""
    import numpy as np

    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def with_provenance(made: Generated, wish: Wish) -> pd.DataFrame:
    """The samples with label, engine, seed and number, and the mark that they are synthetic."""
    return made.table.assign(
        label=wish.label,
        synthetic=True,
        engine=wish.engine,
        seed=wish.seed,
        truncation=wish.truncation,
        index=range(wish.count),
    )


def as_parquet(made: Generated, wish: Wish) -> bytes:
    """The samples as one Parquet file, pictures as PNG inside the rows."""
    buffer = io.BytesIO()
    with_provenance(made, wish).to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def as_zip(made: Generated, wish: Wish) -> bytes:
    """The samples as samples.csv and one PNG per picture; the bytes depend on the wish only."""
    table = with_provenance(made, wish)
    picture = roles().image
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if picture in table:
            for row, content in enumerate(table[picture]):
                archive.writestr(zipfile.ZipInfo(f"{row:03d}.png", ZIP_TIME), content)
            table[picture] = [f"{row:03d}.png" for row in range(len(table))]
        cells = table.astype(object).where(table.notna(), "")
        archive.writestr(zipfile.ZipInfo("samples.csv", ZIP_TIME), csv_table.to_csv(cells))
    return buffer.getvalue()
