"""torchvision, importable with any build of torch: its compiled operators may be missing, the rest works without them.

PyPI ships one Linux build of torchvision, made for CUDA. With a CPU build of torch its operator library cannot load,
but the package still attaches Python code to two of the missing operators, and the import ends in "operator
torchvision::nms does not exist". Declaring the two is enough: calling them still fails with torchvision's own message.
Import this module before any package that imports torchvision itself, such as torchmetrics.
"""

import importlib
import sys
from types import ModuleType

import torch

UNLOADED_OPERATORS = ("nms", "qnms")
"""The operators to which torchvision attaches code although its library did not load."""

declared: torch.library.Library | None = None
"""Keeps the declarations: they are removed when this object is deleted."""


def import_torchvision() -> ModuleType:
    """Return torchvision; if its operators cannot load, their names are declared first."""
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
