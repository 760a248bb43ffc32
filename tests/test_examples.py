"""The notebooks of examples/ run from end to end, and hold their outputs."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.ipynb"))
MOST_BYTES = 300_000
QUICK = """
from makeweight.balance.sampler import GANSampler
from makeweight.learn.trees import TreesParams
from makeweight.trial import one_split

one_split.STEPS, one_split.FOLDS = 3, 2
one_split.TREES = TreesParams(learning_rates=(0.3,), max_leaf_nodes=(4,), trees=(4,))
GANSampler.__init__.__kwdefaults__["steps"] = 3
SECONDS = 1
"""
"""Says with less work what a notebook says with more."""


def test_there_are_three() -> None:
    assert NAMES == ["catalogue", "pictures", "table"]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_from_end_to_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(EXAMPLES.parent / "src"), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    book = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    for cell in book.cells:
        cell["source"] = re.sub(r"^SECONDS = \d+$", QUICK, cell["source"], flags=re.MULTILINE)
    NotebookClient(book, timeout=3600, resources={"metadata": {"path": str(EXAMPLES)}}).execute()


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_holds_its_outputs_and_is_small(name: str) -> None:
    path = EXAMPLES / f"{name}.ipynb"
    book = nbformat.read(path, as_version=4)
    cells = [cell for cell in book.cells if cell["cell_type"] == "code"]
    assert path.stat().st_size < MOST_BYTES
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert sum(bool(cell["outputs"]) for cell in cells) >= len(cells) - 1
    assert not re.search(r"/(?:home|root|tmp|work)/", path.read_text(encoding="utf-8"))
