"""Metrics are flat, sorted, finite numbers; tables and pictures have the same bytes for the same content."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from makeweight.core import outputs


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_metrics_are_sorted_plain_numbers() -> None:
    outputs.write_metrics("clean", {"rows": np.int64(3), "b.share": np.float32(0.25), "a": 1 / 3})
    text = Path("metrics/clean.json").read_text()
    assert list(json.loads(text).items()) == [("a", 0.333333), ("b.share", 0.25), ("rows", 3)]
    assert '"rows": 3\n' in text


def test_cells_have_files_of_their_own() -> None:
    outputs.write_metrics("fewshot", {"accuracy": 1.0}, "fine")
    assert json.loads(Path("metrics/fewshot/fine.json").read_text()) == {"accuracy": 1.0}
    assert outputs.plot_path("train_gan", "loss.csv", "wgan_gp") == Path("plots/train_gan/wgan_gp/loss.csv")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), np.float32("-inf")])
def test_nan_and_infinity_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="metric clean:share"):
        outputs.write_metrics("clean", {"share": number})
    assert not Path("metrics/clean.json").exists()


def test_tables_are_written_with_six_digits() -> None:
    outputs.write_csv("clean", "funnel.csv", pd.DataFrame({"step": ["in"], "rows": [1 / 3]}))
    assert Path("plots/clean/funnel.csv").read_bytes() == b"step,rows\nin,0.333333\n"


def test_a_figure_has_the_same_bytes_twice() -> None:
    def png_bytes() -> bytes:
        figure = Figure()
        figure.subplots().plot([1, 2, 3])
        outputs.write_png("clean", "line.png", figure)
        return Path("plots/clean/line.png").read_bytes()

    assert png_bytes() == png_bytes()
    outputs.write_png("clean", "dot.png", Image.new("RGB", (2, 3), "red"))
    with Image.open("plots/clean/dot.png") as picture:
        assert picture.size == (2, 3)


@pytest.mark.parametrize(
    "name", ["drums $_$", "$20, 50% off: $10 a", "\\frac{ $x^^2$ __", "$$", "$\\alpha$", "a\nb\x00c", "<b>&"]
)
def test_any_name_stands_in_a_plot_as_it_is_written(name: str) -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2], label=name)
    axes.set(title=name, xlabel=name, xticks=[0, 1], xticklabels=[name, "$b$"])
    axes.legend(title=name)
    axes.text(0, 0, name)
    axes.annotate(name, (0, 0))
    figure.suptitle(name)
    outputs.write_png("clean", "names.png", figure)
    assert outputs.plot_path("clean", "names.png").is_file()
