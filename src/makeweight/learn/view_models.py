"""Trained models of the views on disk, as the application predicts uploads with them: linear models and networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from makeweight.core import files
from makeweight.learn import network_files
from makeweight.learn.linear_model import LinearModel
from makeweight.learn.models_file import read_models_file
from makeweight.learn.training import predict

LINEAR, NETWORK = "linear", "network"


@dataclass(frozen=True)
class Model:
    """A model that maps rows of one modality to class probabilities."""

    modality: str
    kind: str
    """`linear`: reads features (`learn.features`), vectors as they are encoded; `network`: reads encoded rows."""
    fitted: LinearModel | nn.Module
    description: Mapping[str, Any] | None = None
    """What it takes to build a network again."""

    def predict(self, rows: Any) -> np.ndarray:
        """Class probabilities, float32 `(n, classes)`."""
        if isinstance(self.fitted, LinearModel):
            return self.fitted.predict(rows)
        return predict(self.fitted, {self.modality: rows}, torch.device("cpu"))


def save(
    folder: Path, models: Mapping[str, Model], classes: Sequence[str], shapes: Mapping[str, Sequence[int]]
) -> None:
    """Write the models by view, and `models.json` with the class names, what each view reads, and in what shape.

    Args:
        folder: where to write.
        models: by view.
        classes: the class names in the order of the predictions.
        shapes: modality -> the shape of a row as its codec encodes it: a model of another shape is out of date.
    """
    networks = {}
    for view, model in models.items():
        if isinstance(model.fitted, LinearModel):
            model.fitted.save(folder / f"{view}.npz")
        else:
            networks[view] = (model.fitted, dict(model.description or {}))
    network_files.save(folder, networks, classes)
    views = {view: {"modality": model.modality, "kind": model.kind} for view, model in models.items()}
    shapes = {modality: list(shape) for modality, shape in shapes.items()}
    files.write_json(folder / "models.json", {"classes": list(classes), "views": views, "shapes": shapes})


def load(folder: Path) -> dict[str, Model]:
    """View -> the model that `save` wrote."""
    written = read_models_file(folder).views
    found = {}
    for view, one in written.items():
        linear = one.kind == LINEAR
        fitted = LinearModel.load(folder / f"{view}.npz") if linear else network_files.load(folder, view)[0]
        found[view] = Model(one.modality, one.kind, fitted)
    return found
