"""Samples from the trained engines, as they come out: none is selected or retouched."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from makeweight.app import artefacts, csv_table
from makeweight.app.artefacts import CACHE, MissingError
from makeweight.core import paths
from makeweight.core.cell_text import cell_text, json_value
from makeweight.core.errors import InputError
from makeweight.data import reserved
from makeweight.results.file_cache import version

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import numpy as np
    import pandas as pd

    from makeweight.data.codecs import Codec
    from makeweight.data.samples import Roles
    from makeweight.generators import Engine

PAIRS = 2000
"""Random pairs of real samples whose median distance is the scale of distances."""
REAL_SHOWN = 8
MEASURES = {
    "precision": "share of synthetic samples that lie among real ones",
    "coverage": "share of real samples with a synthetic one nearby",
}
MAX_ROWS_PER_PASS = 256
"""Most rows in one pass through an engine: `generators.engine.SHARD`, so that a request is one shard."""
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """Samples to generate; the same request gives the same samples."""

    engine: str
    label: str
    count: int
    seed: int
    truncation: float


@dataclass(frozen=True, slots=True)
class SyntheticSamples:
    """Samples as encoded arrays by modality, and as the columns that these decode to."""

    arrays: dict[str, np.ndarray]
    table: pd.DataFrame


def engine_names() -> list[str]:
    """Return the names of the run's trained engines, sorted; those of an earlier run are left out."""
    return artefacts.cells_with("train_gan", "model.json", artefacts.ENGINES)


def engine(name: str) -> Engine:
    """Return a trained engine; it is loaded once."""
    from makeweight import generators

    known = engine_names()
    if not known:
        raise MissingError(artefacts.ENGINES.what, artefacts.ENGINES.stage)
    if name not in known:
        raise InputError(f"there is no engine {name[:50]!r}; there are {', '.join(known)}")
    return CACHE.get("engine", paths.TRAIN_GAN / name / "model.json", lambda file: generators.load(file.parent))


def codecs() -> dict[str, Codec]:
    """Return the fitted codecs by modality; they are loaded once."""
    folder = artefacts.CODECS.require()
    specs = sorted(folder.glob("*/spec.json"))
    if not specs:
        raise MissingError(artefacts.CODECS.what, artefacts.CODECS.stage)
    from makeweight.data.codecs import CODECS, load_present

    newest = max(specs, key=version)
    modalities = [name for name in CODECS if artefacts.run().folders.declares("preprocess", name)]
    return CACHE.get("codecs", newest, lambda _: load_present(folder, modalities))


def roles() -> Roles:
    """Return the roles of the columns of the sample table."""
    return artefacts.samples().roles


def usable_engine(name: str) -> Engine:
    """Return a trained engine; one that is older than the codecs is refused."""
    chosen = engine(name)
    if chosen.specs != {name: codec.spec for name, codec in codecs().items()}:
        raise MissingError("an engine for the data as they are encoded now", artefacts.ENGINES.stage)
    return chosen


def generate(requests: Sequence[SampleRequest]) -> list[SyntheticSamples | Exception]:
    """Generate the samples of every request; requests with the same engine and truncation share its passes.

    The files are looked at once for all of them. A request for an engine or class that there is not gets its error.
    """
    groups: dict[tuple[str, float], list[int]] = {}
    for index, request in enumerate(requests):
        groups.setdefault((request.engine, request.truncation), []).append(index)
    results: dict[int, SyntheticSamples | Exception] = {}
    for (name, truncation), indices in groups.items():
        try:
            own = usable_engine(name)
        except (InputError, MissingError) as error:
            results.update(dict.fromkeys(indices, error))
            continue
        known = [index for index in indices if requests[index].label in own.classes]
        for index in set(indices) - set(known):
            results[index] = unknown_class(requests[index].label, own.classes)
        chosen = [requests[index] for index in known]
        for part in shards([request.count for request in chosen]) if chosen else ():
            results.update(zip(known[part], generate_batch(own, truncation, chosen[part]), strict=True))
    return [results[index] for index in range(len(requests))]


def unknown_class(label: str, classes: Sequence[str]) -> InputError:
    """Return the error of a class that an engine does not know."""
    return InputError(f"there is no class {label[:50]!r}; there are {', '.join(classes[:30])}")


def shards(counts: Sequence[int]) -> list[slice]:
    """Slices of consecutive requests with at most `MAX_ROWS_PER_PASS` rows each (or one request)."""
    slices, start, rows = [], 0, 0
    for index, count in enumerate(counts):
        if index > start and rows + count > MAX_ROWS_PER_PASS:
            slices.append(slice(start, index))
            start, rows = index, 0
        rows += count
    return [*slices, slice(start, len(counts))]


def generate_batch(engine: Engine, truncation: float, requests: Sequence[SampleRequest]) -> list[SyntheticSamples]:
    """Generate several requests in one pass; every request gets what `Engine.generate` would give it alone."""
    import numpy as np
    import pandas as pd

    from makeweight.core.random import RequestStream

    counts = [request.count for request in requests]
    labels = [np.full(request.count, engine.classes.index(request.label)) for request in requests]
    seeds = [request.seed for request in requests]
    parts = engine.generate_together(list(zip(labels, seeds, strict=True)), truncation)
    stream = RequestStream(counts, seeds)
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    table = pd.concat([codecs()[name].decode(array, stream) for name, array in arrays.items()], axis=1)
    ends = np.cumsum(counts).tolist()
    tables = [table.iloc[end - count : end] for count, end in zip(counts, ends, strict=True)]
    return [SyntheticSamples(part, own.reset_index(drop=True)) for part, own in zip(parts, tables, strict=True)]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The nearest real train sample, the modality that was compared, and the distance (root mean square, encoded)."""

    id: str
    label: str
    modality: str
    distance: float
    cells: dict[str, object]
    picture: bytes | None
    typical: float = 1.0
    """The typical distance between two real samples, in the same unit."""

    @property
    def scaled(self) -> float:
        """The distance on a scale where 1 is typical for two real samples."""
        return self.distance / self.typical if self.typical else 0.0


def nearest_real_samples(synthetic: SyntheticSamples, row: int, label: str) -> tuple[Neighbour, Neighbour]:
    """Find the train sample nearest to a synthetic one, among all and among those of one class.

    They are compared by picture if there is one, else by numbers, else by text.

    Args:
        synthetic: the samples.
        row: which of them.
        label: the class.
    """
    import numpy as np

    modality = next(name for name in ("image", "tabular", "text") if name in synthetic.arrays)
    path = paths.PREPROCESS / modality / "encoded.npy"
    if not path.is_file():
        raise MissingError(artefacts.CODECS.what, artefacts.CODECS.stage)
    table = artefacts.samples().table
    rows = np.flatnonzero(table[reserved.SPLIT].to_numpy() == "train")
    real = CACHE.get(f"train {modality}", path, partial(read_flat, rows=rows))
    point = synthetic.arrays[modality][row].astype(np.float32).ravel()
    squares = np.square(real - point).sum(axis=1)
    of_class = np.where(table["label"].to_numpy()[rows] == label, squares, np.inf)
    scale = 255.0 if modality == "image" else 1.0
    typical = CACHE.get(f"typical {modality}", path, lambda _: typical_distance(real)) / scale

    def neighbour(squares: np.ndarray) -> Neighbour:
        found = int(squares.argmin())
        sample, distance = table.iloc[rows[found]], float(np.sqrt(squares[found] / len(point)) / scale)
        cells = {name: json_value(sample[name]) for name in (*roles().text, *roles().tabular)}
        content = sample[roles().image] if roles().image else None
        return Neighbour(str(sample["id"]), str(sample["label"]), modality, distance, cells, content, typical)

    return neighbour(squares), neighbour(of_class)


def typical_distance(real: np.ndarray) -> float:
    """Return the median distance (root mean square) between two real samples, over random pairs."""
    import numpy as np

    rng = np.random.default_rng(0)
    pairs = rng.integers(0, len(real), (PAIRS, 2))
    apart = pairs[pairs[:, 0] != pairs[:, 1]]
    squares = np.square(real[apart[:, 0]] - real[apart[:, 1]]).mean(axis=1)
    return float(np.median(np.sqrt(squares))) if len(squares) else 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    """What the samples of a class are worth: the measures of an engine beside those of held-out real samples."""

    name: str
    meaning: str
    synthetic: float
    real: float | None


def quality_of(engine: str, label: str) -> list[Quality]:
    """Return the scores of a class in the stage `fidelity`; empty where it has not run."""
    fidelity = artefacts.run().fidelity
    table = None if fidelity is None else fidelity.by_class
    if table is None or not {"engine", "class", *MEASURES} <= set(table):
        return []
    own = table[table["class"].astype(str) == label]
    lines = own[own["engine"] == engine]
    if lines.empty:
        return []
    line = lines.iloc[0]
    real = own[(own["engine"] == "real") & (own["modality"] == line["modality"])]
    return [
        Quality(
            f"{line['modality']}, {name}", meaning, float(line[name]), None if real.empty else float(real[name].iloc[0])
        )
        for name, meaning in MEASURES.items()
    ]


def real_pictures(label: str) -> list[str]:
    """Return the ids of some train samples of a class that have a picture."""
    table, image = artefacts.samples().table, roles().image
    if image is None:
        return []
    own = table[(table["label"] == label) & (table[reserved.SPLIT] == "train") & table[image].notna()]
    return [str(name) for name in own["id"].sample(min(REAL_SHOWN, len(own)), random_state=0)]


def picture_size() -> str:
    """Return `32 x 32` as engines see pictures; empty where there are none."""
    codec = codecs().get("image")
    return "" if codec is None else f"{codec.spec.shape[-1]} × {codec.spec.shape[-2]}"


def read_flat(path: Path, rows: np.ndarray) -> np.ndarray:
    """Read encoded rows as float32 vectors, shape (rows, values)."""
    import numpy as np

    from makeweight.data.encoded import read_rows

    return read_rows(path, codecs()[path.parent.name])[rows].reshape(len(rows), -1).astype(np.float32)


def with_provenance(synthetic: SyntheticSamples, request: SampleRequest) -> pd.DataFrame:
    """Return the samples with columns that say that they are synthetic, and which request they came from."""
    lineage = {
        reserved.SYNTHETIC: True,
        reserved.ENGINE: request.engine,
        reserved.SEED: request.seed,
        reserved.TRUNCATION: request.truncation,
        reserved.INDEX: range(request.count),
    }
    return synthetic.table.assign(label=request.label, **lineage)


def as_parquet(synthetic: SyntheticSamples, request: SampleRequest) -> bytes:
    """Write the samples as one Parquet file, with pictures as PNG inside the rows."""
    buffer = io.BytesIO()
    with_provenance(synthetic, request).to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def as_zip(synthetic: SyntheticSamples, request: SampleRequest) -> bytes:
    """Write the samples as samples.csv and one PNG per picture; the bytes depend on the request only."""
    table = with_provenance(synthetic, request)
    picture = roles().image
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if picture in table:
            for row, content in enumerate(table[picture]):
                archive.writestr(zipfile.ZipInfo(f"{row:03d}.png", ZIP_TIME), content)
            table[picture] = [f"{row:03d}.png" for row in range(len(table))]
        cells = table.astype(object).map(cell_text)
        archive.writestr(zipfile.ZipInfo("samples.csv", ZIP_TIME), csv_table.to_csv(cells))
    return buffer.getvalue()
