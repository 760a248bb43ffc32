"""A copy of the project per split, with its own parameters and outputs; what is done in it is remembered."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from makeweight.core import cells, files, params, paths
from makeweight.core.errors import InputError

STAGES = ("split", "preprocess", "train_gan", "sample", "learners", "contest", "verdict")
"""What depends on the split, and leads to a score."""
OTHER_PARAMS = ("ingest", "clean", "fidelity", "classify", "fewshot", "labelings", "tsne", "logger", "backend")
"""Sections of params.yaml that change nothing from the clean samples to the verdict."""
SOURCES = ("balance", "core", "data", "generators", "learn", *(f"stages/{stage}" for stage in STAGES))
PACKAGE = Path(__file__).parents[2]
ENTRY = PACKAGE.parent / "stage.py"
"""Of the repository; an installed package has none."""
SAMPLES = paths.CLEAN / "samples.parquet"

Cell = tuple[str, ...]
"""A stage, or a stage and the name of a cell."""


@dataclass(frozen=True)
class Copy:
    """The folder of one split."""

    folder: Path
    repeat: int

    @property
    def is_complete(self) -> bool:
        """Whether its verdict has been made."""
        return self.is_done((STAGES[-1],))

    def is_done(self, cell: Cell) -> bool:
        """Whether a cell has ended well."""
        return self.marker(cell).is_file()

    def marker(self, cell: Cell) -> Path:
        """An empty file that stands for a cell that has ended well."""
        return self.folder / "done" / "@".join(cell)

    def prepare(self) -> None:
        """Write its parameters, and let it see the cards and the clean samples of the project."""
        yaml = YAML()
        values = yaml.load(params.FILE.read_text(encoding="utf-8"))
        values["split"]["repeat"] = self.repeat
        (self.folder / "done").mkdir(parents=True, exist_ok=True)
        with files.replacing(self.folder / params.FILE) as partial, partial.open("w", encoding="utf-8") as file:
            yaml.dump(values, file)
        for path in (paths.DATASETS, paths.CLEAN):
            link = self.folder / path
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(path.resolve())

    def run(self, cell: Cell, lock: int) -> None:
        """Run one cell; what it prints goes to log.txt.

        Args:
            cell: which.
            lock: the open file that locks the folder: the cell holds it too, should it outlive this process.

        Raises:
            InputError: it failed; the message has its last line.
        """
        log = self.folder / "log.txt"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*stage_command(), *cell],
                cwd=self.folder,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                pass_fds=(lock,),
            )
            try:
                code = process.wait()
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
        if code != 0:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise InputError(f"{log}: `{' '.join(cell)}` failed: {lines[-1] if lines else f'exit status {code}'}")
        self.marker(cell).touch()

    def remove_data(self) -> None:
        """Remove all but the numbers of a split that is complete: data and checkpoints of many splits are large."""
        for name in (paths.DATA, paths.SCRATCH):
            shutil.rmtree(self.folder / name, ignore_errors=True)


def stage_command() -> list[str]:
    """What runs a stage: the repository's script, or the installed command in a project of one's own."""
    return [sys.executable, *([str(ENTRY)] if ENTRY.is_file() else ["-m", "makeweight", "stage"])]


def cells_of(values: Mapping[str, Any]) -> list[Cell]:
    """The cells of a split in the order in which they run, by the lists in params.yaml."""
    found: list[Cell] = []
    for stage in STAGES:
        names = cells.declared(stage, values)
        found += [(stage,)] if names is None else [(stage, name) for name in names]
    return found


def key() -> str:
    """A hash of all that the scores depend on: parameters, card, clean samples and code.

    Raises:
        InputError: there are no clean samples.
    """
    if not SAMPLES.is_file():
        raise InputError(f"{SAMPLES}: no such file; run `dvc repro clean`")
    values = {name: part for name, part in params.read_yaml(params.FILE).items() if name not in OTHER_PARAMS}
    digest = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode())
    card = paths.DATASETS / f"{values['dataset']}.yaml"
    code = [PACKAGE / name for name in SOURCES]
    sources = [file for path in code for file in (sorted(path.rglob("*.py")) or [path.with_suffix(".py")])]
    for file in [card, SAMPLES, *sources]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def check_key(folder: Path) -> None:
    """Check that the folder is new, or holds splits of the same parameters, data and code.

    Raises:
        InputError: it holds others.
    """
    file, now = folder / "key.txt", key()
    if not file.is_file():
        files.write_text(file, f"{now}\n")
    elif file.read_text(encoding="utf-8").strip() != now:
        raise InputError(
            f"{folder}: holds splits of other parameters, data or code; remove it to begin again, or name another "
            f"folder by --folder"
        )


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Hold the folder; yield the lock.

    Raises:
        InputError: another process works in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another process works in it; wait for it, or end it first") from None
        yield file.fileno()


def copies(folder: Path, repeats: int) -> list[Copy]:
    """The copies of the splits. Repeat 0 is not among them: it is the project's own, in which chance places less."""
    return [Copy(folder / f"split-{repeat}", repeat) for repeat in range(1, repeats + 1)]


def found_in(folder: Path) -> list[Copy]:
    """The copies whose verdict has been made, in order."""
    numbers = sorted(int(path.name.removeprefix("split-")) for path in folder.glob("split-*"))
    every = [Copy(folder / f"split-{number}", number) for number in numbers]
    return [copy for copy in every if copy.is_complete]
