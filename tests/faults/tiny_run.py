"""A project as small as it can be, and its finished run, of which every case of the battery has a copy."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.generators import ENGINES
from miniature import ROOT, SMALL_LEARNERS, SMALL_RUN, outs_of, planned, write_project

COUNTS = {
    '<b onload="x">&lt;': 26,
    "drums $_$ %s {0}": 22,
    "=1+cmd|' !A0": 20,
    "None": 18,
    "\u202e\u00fc 007 \U0001f941": 18,
}
"""Classes with names that HTML, matplotlib, a spreadsheet, pandas or a terminal take for something else."""

CHANGES: dict[str, Any] = {
    **SMALL_RUN,
    **SMALL_LEARNERS,
    "engines": sorted(ENGINES),
    "arms": ["none", "smote", "latent_flow_100"],
    "clean.rules.small_class.min_rows": 6,
    "preprocess.image.size": 16,
    "preprocess.text.latent_dim": 4,
    "preprocess.text.class_dim": 2,
    "preprocess.text.candidates": 1,
    "preprocess.text.neighbours": 3,
    "train_gan.grid_columns": 2,
    "train_gan.quality.synthetic_per_class": 4,
    **{f"train_gan.engines.{engine}.steps_multiplier": 1.0 for engine in ENGINES},
    **{f"train_gan.engines.{engine}.channels": 8 for engine in ENGINES},
    **{f"train_gan.engines.{engine}.batch_size": 8 for engine in ENGINES},
    "train_gan.engines.wgan_gp.features": 16,
    "train_gan.engines.r3gan.features": 16,
    "train_gan.engines.latent_flow.latent_dim": 8,
    "train_gan.engines.latent_flow.flow_batch_size": 8,
    "train_gan.engines.latent_flow.width": 16,
    "train_gan.engines.latent_flow.blocks": 1,
    "train_gan.engines.latent_flow.solver_steps": 2,
    "train_gan.engines.latent_flow.refinement_blocks": 1,
    "train_gan.engines.latent_flow.local_steps": 1,
    "train_gan.engines.latent_flow.local_neighbours": 2,
    "train_gan.engines.pixel_flow.width": 16,
    "train_gan.engines.pixel_flow.largest_edge": 8,
    "train_gan.engines.pixel_flow.vector_blocks": 1,
    "train_gan.engines.pixel_flow.condition_dim": 16,
    "train_gan.engines.pixel_flow.solver_steps": 2,
    "sample.grid_columns": 2,
    "sample.listings": 2,
    "fidelity.network.training.steps_per_epoch": 2,
    "fidelity.network.width": 4,
    "fidelity.picture_detector.training.epochs": 1,
    "fidelity.picture_detector.training.steps_per_epoch": 2,
    "fidelity.picture_detector.width": 4,
    "fidelity.detection_folds": 2,
    "contest.seeds": 1,
    "contest.views": ["text", "image", "trees"],
    "verdict.bootstrap_samples": 20,
    "fewshot.patches.filters": 8,
    "fewshot.patches.patches_to_learn": 500,
    "fewshot.network.filters": 4,
    "fewshot.network.embedding_dim": 8,
    "fewshot.network.picture_size": 16,
    "fewshot.training.steps": 2,
    "fewshot.training.validate_every": 2,
    "fewshot.calibration.steps": 2,
    "fewshot.episodes.queries": 1,
    "fewshot.episodes.count": 3,
    "fewshot.episodes.validation_count": 2,
    "fewshot.verification_pairs": 10,
}
"""Changed parameters: every number as small as it can be while all code still runs."""


def write_tiny(folder: Path) -> None:
    """Write the project's sources, without a run."""
    write_project(folder, CHANGES, COUNTS)
    shutil.copy(ROOT / "dvc.yaml", folder / "dvc.yaml")


@dataclass(frozen=True)
class Cell:
    """One stage, or one cell of it, as dvc.yaml has it."""

    address: str
    arguments: tuple[str, ...]
    deps: tuple[str, ...]
    """Files and folders that it reads, of those that the project has."""
    outs: tuple[str, ...]

    def inputs(self, folder: Path) -> list[Path]:
        """The files that it reads, relative to the folder."""
        found = [folder / dep for dep in self.deps]
        files = [file for path in found for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
        own = [file for file in files if not any(file.is_relative_to(folder / out) for out in self.outs)]
        return sorted({file.relative_to(folder) for file in own})


def cells_of(folder: Path) -> list[Cell]:
    """All cells of the project; dvc.yaml has them in the order of the data."""
    cells = []
    for address, stage in planned(folder).items():
        deps = [dep for dep in stage.get("deps", []) if not dep.startswith("src")]
        cells.append(Cell(address, tuple(stage["cmd"].split()[2:]), tuple(deps), tuple(outs_of(stage))))
    return cells


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file that the stages wrote, but for `.scratch`."""
    files = [file for name in ("data", "metrics", "plots") for file in (folder / name).rglob("*") if file.is_file()]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def remove_outs(folder: Path, cell: Cell) -> None:
    """Remove what a cell wrote, as DVC does before it runs the cell again."""
    for out in cell.outs:
        path = folder / out
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
