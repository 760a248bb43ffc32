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


def test_a_word_may_stand_beside_the_numbers() -> None:
    outputs.write_metrics("headline", {"macro_f1": 0.5}, words={"recommended": "smote"})
    assert json.loads(Path("metrics/headline.json").read_text()) == {"macro_f1": 0.5, "recommended": "smote"}


@pytest.mark.parametrize(
    ("number", "kept"),
    [(0.724196123, 0.724196), (1234567.25, 1234567.0), (61.31134, 61.3113), (1.2345678e-7, 1.23457e-07), (-0.0, 0.0)],
)
def test_numbers_keep_what_is_stable(number: float, kept: float) -> None:
    assert outputs.stable(number) == kept


def test_noise_of_another_processor_changes_no_byte() -> None:
    """The sums of another order of additions differ in the last bits."""
    rng = np.random.default_rng(0)
    numbers = {f"n{place}": float(number) for place, number in enumerate(rng.lognormal(0, 5, 200))}
    noisy = {name: number * (1 + 4e-16 * rng.choice([-1, 1])) for name, number in numbers.items()}
    assert numbers != noisy

    def written(values: dict[str, float]) -> list[bytes]:
        outputs.write_metrics("verdict", values)
        outputs.write_csv("verdict", "a.csv", pd.DataFrame({"number": list(values.values()), "kind": "x"}))
        outputs.write_record("verdict", "verdict.json", {"deep": [{"values": values}], "words": "as they are", "n": 3})
        paths = ("metrics/verdict.json", "plots/verdict/a.csv", "plots/verdict/verdict.json")
        return [Path(path).read_bytes() for path in paths]

    assert written(numbers) == written(noisy)


def test_large_counts_with_gaps_are_written_in_full() -> None:
    outputs.write_csv("clean", "a.csv", pd.DataFrame({"rows": [1234567.0, float("nan")]}))
    assert Path("plots/clean/a.csv").read_text() == 'rows\n1234567\n""\n'
