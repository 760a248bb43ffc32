"""The tables of generated rows beside those of other generators, from numbers by hand."""

import json
from pathlib import Path

import pytest

from makeweight.tools.tables.peers import peers

SHARES = {"latent_flow": 0.96, "ctgan": 0.71, "arfpy": 0.955}


def numbers(low: float) -> dict[str, object]:
    """Three methods on one table, of which one has no end on the other."""
    found: dict[str, object] = {"machine": "m", "commit": "c", "tables": 2, "splits": 1}
    for method, share in {"real": 1.0, **SHARES}.items():
        found |= {f"abalone9-18.{method}.share.macro_f1": share, f"mean.{method}.share.macro_f1": share}
        found |= {f"mean.{method}.share.average_precision": share - 0.1, f"mean.{method}.tables": 2}
        found |= {f"mean.{method}.seconds": 2.25, f"mean.{method}.splits": 1}
    found |= {"mean.arfpy.splits": 2, "mean.arfpy.std_over_splits": 0.031}
    found |= {"pima.latent_flow.share.macro_f1": 1.01, "pima.ctgan.share.macro_f1": 0.5}
    ends = {"ctgan": (0.2, 0.25, 0.3), "arfpy": (low, 0.005, 0.01 - low)}
    for method, values in ends.items():
        names = (f"mean.{method}.own_less_this.{end}" for end in ("low", "mean", "high"))
        found |= dict(zip(names, values, strict=True))
    return found


@pytest.mark.parametrize(
    ("low", "sentence"),
    [(-0.01, "ahead of `ctgan`, inconclusive against `arfpy`."), (0.002, "ahead of `arfpy` and `ctgan`.")],
)
def test_the_sentence_says_what_is_shown(tmp_path: Path, low: float, sentence: str) -> None:
    (tmp_path / "tables_peers.json").write_text(json.dumps(numbers(low)))
    assert f"On 2 tables, rows of `latent_flow` are {sentence}" in peers(tmp_path)


def test_methods_come_in_order_and_a_cell_without_a_score_is_empty(tmp_path: Path) -> None:
    (tmp_path / "tables_peers.json").write_text(json.dumps(numbers(-0.01)))
    text = peers(tmp_path)
    assert "| `arfpy` | 2 | 2 | 95.5 % | ± 3.1 | 85.5 % | +0.5 (-1.0 to +2.0) | 2.2 |" in text
    assert "| `ctgan` | 2 | 1 | 71.0 % |  | 61.0 % |" in text
    assert text.index("| `latent_flow` | 2 |") < text.index("| `arfpy` | 2 |") < text.index("| `ctgan` | 2 |")
    assert "| pima | 101.0 |  | 50.0 |" in text
    assert "real" not in text


def test_without_numbers_it_says_so(tmp_path: Path) -> None:
    assert peers(tmp_path).startswith("Not measured yet")
