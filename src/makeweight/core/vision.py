"""torchvision, importable beside any torch: its compiled operators may be missing, the rest works without them.

PyPI ships one Linux build of torchvision, made for CUDA. Beside a CPU build of torch its operator library can't load,
yet the package goes on to attach Python code to two of the missing operators, and the import ends in "operator
torchvision::nms does not exist". Naming the two is enough: calling them still fails with torchvision's own message.
Import this module before anything that imports torchvision by itself (torchmetrics, for one).
"""

import importlib
import sys
from types import ModuleType

import torch

UNLOADED_OPERATORS = ("nms", "qnms")
"""The operators to which torchvision attaches code although its library did not load."""

declared: torch.library.Library | None = None
"""Keeps the names alive: they go when this object goes."""


def import_torchvision() -> ModuleType:
    """torchvision as installed; where its operators can't load, their names are declared first."""
    global declared
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    declared = torch.library.Library("torchvision", "FRAGMENT")
    for name in UNLOADED_OPERATORS:
        declared.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return importlib.import_module("torchvision")


torchvision = import_torchvision()
