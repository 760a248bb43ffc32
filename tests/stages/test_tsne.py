"""The embedding of real and synthetic rows: fitted, measured and plotted."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openTSNE
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from makeweight.core import files, stopping
from makeweight.data import samples
from makeweight.data.codecs import TabularCodec
from makeweight.data.labelled import Labelled
from makeweight.data.samples import Roles, Samples
from makeweight.results import charts
from makeweight.results.charts.scatter import REAL_SOURCES
from makeweight.stages import tsne
from makeweight.stages.tsne import Group, JointPca, Params

SETTINGS = Params(
    max_train_rows=90,
    max_held_out_rows=30,
    max_synthetic_rows=30,
    principal_components=3,
    perplexity=10.0,
    iterations=100,
    neighbours=5,
)


def blobs(count: int, seed: int) -> Labelled:
    """Three classes far apart, in pictures and in a vector."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    vectors = (rng.normal(size=(count, 4)) + 20 * np.eye(4)[labels]).astype(np.float32)
    pictures = (80 * labels[:, None, None, None] + rng.integers(0, 20, (count, 1, 4, 4))).astype(np.uint8)
    return Labelled({"image": pictures, "tabular": vectors}, labels)


def group(source: str, rows: Labelled) -> Group:
    return Group(source, np.array([f"{source}-{row}" for row in range(len(rows))], dtype=object), rows)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other cost more than they bring for a few rows, above all beside other tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAKEWEIGHT_THREADS", "1")
        yield


@pytest.fixture(scope="module")
def embedded(one_thread: None) -> tuple[list[Group], list[np.ndarray], list[np.ndarray]]:
    mixed = blobs(30, 3)
    groups = [
        group("real", blobs(90, 1)),
        group("held out", blobs(30, 2)),
        group("wrong", Labelled(mixed.inputs, (mixed.labels + 1) % 3)),
    ]
    reduce = JointPca.fit(groups[0].rows, SETTINGS.principal_components, 0)
    vectors = [reduce(each.rows) for each in groups]
    return groups, vectors, tsne.embed(vectors[0], vectors[1:], SETTINGS, 0)


@pytest.mark.parametrize(("owner", "step"), [(openTSNE.initialization, "pca"), (openTSNE.tsne, "kl_divergence_bh")])
def test_a_stop_never_leaves_compiled_code(owner: Any, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """openTSNE crashed in 5 of 120 runs that were stopped at random moments: exceptions came into compiled code."""
    went_on, original = [], getattr(owner, step)

    def stopped(*given: Any, **named: Any) -> Any:
        if not went_on:
            signal.raise_signal(signal.SIGTERM)
            went_on.append(step)
        return original(*given, **named)

    monkeypatch.setattr(owner, step, stopped)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    stopping.stop_in_order()
    try:
        with pytest.raises(stopping.Terminated):
            tsne.embed(blobs(60, 0).inputs["tabular"], [], SETTINGS, 0)
    finally:
        stopping.arrived.clear()
        for number, handler in before.items():
            signal.signal(number, handler)
    assert went_on == [step]


def test_every_modality_has_the_same_variance_in_the_joint_vector():
    rows = blobs(90, 1)
    vectors = JointPca.fit(rows, 3, 0)(rows)
    assert vectors[:, :3].var(0, ddof=1).sum() == pytest.approx(1, rel=1e-4)
    assert vectors[:, 3:].var(0, ddof=1).sum() == pytest.approx(1, rel=1e-4)


def test_other_rows_lie_in_their_class_and_do_not_move_the_embedding(embedded):
    groups, vectors, coordinates = embedded
    numbers = tsne.measure(groups, vectors, coordinates, SETTINGS.neighbours, 3)
    assert numbers["chance.purity"] == pytest.approx(1 / 3)
    assert numbers["real.purity"] == 1
    assert numbers["held_out.purity"] == 1
    assert numbers["wrong.purity"] == 0
    assert numbers["real.silhouette"] > 0.5
    alone = tsne.embed(vectors[0], [], SETTINGS, 0)[0]
    # The origin may move, distances may not.
    assert coordinates[0] - coordinates[0][0] == pytest.approx(alone - alone[0], abs=1e-6)


def test_a_train_row_added_again_lies_on_itself(embedded):
    _, vectors, coordinates = embedded
    again = tsne.embed(vectors[0], [vectors[0][:20]], SETTINGS, 0)
    assert again[0] == pytest.approx(coordinates[0], abs=1e-6)
    assert np.abs(again[1] - again[0][:20]).mean() < 0.1 * again[0].std()


def test_purity_by_hand():
    reference, labels = np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([0, 1, 1, 1])
    assert tsne.purity(np.array([[0.4], [10.4]]), np.array([0, 1]), reference, labels, 2) == pytest.approx(
        (0.5 + 1) / 2
    )
    # Within one set a point is not its own neighbour.
    assert tsne.purity(reference, labels, reference, labels, 1) == pytest.approx(2 / 4)


def test_a_perplexity_above_the_rows_is_lowered():
    vectors = np.random.default_rng(0).normal(size=(12, 2))
    settings = SETTINGS.model_copy(update={"perplexity": 500.0})
    assert np.isfinite(tsne.embed(vectors, [vectors[:2]], settings, 0)[0]).all()


def test_sampled_rows_keep_their_ids():
    whole = group("real", blobs(90, 1))
    part = whole.sample(10, np.random.default_rng(0))
    indices = [int(name.split("-")[1]) for name in part.ids]
    assert indices == sorted(set(indices)) and len(indices) == 10
    assert (part.rows.labels == whole.rows.labels[indices]).all()
    assert len(whole.sample(1000, np.random.default_rng(0)).rows) == 90


def test_the_plot_has_a_panel_per_source_in_the_colours_of_the_pages(embedded):
    groups, vectors, coordinates = embedded
    classes = ["ash", "birch", "cedar"]
    numbers = tsne.measure(groups, vectors, coordinates, SETTINGS.neighbours, 3)
    points = tsne.point_table(groups, coordinates, classes)
    assert len(points) == 150
    assert points.loc[points["source"] == "real", "label"].value_counts().to_dict() == dict.fromkeys(classes, 30)
    figure = tsne.plot_embedding(points, numbers)
    assert [axes.get_title() for axes in figure.axes] == [
        "real: 90 rows, purity 1.00",
        "held out: 30 rows, purity 1.00",
        "wrong: 30 rows, purity 0.00",
    ]
    shown = [[to_hex(one.get_facecolor()[0]) for one in axes.collections] for axes in figure.axes]
    real, held_out, engine = (palette()[name] for name in ("s0", "s7", "s1"))
    assert shown == [[real], [real, held_out], [real, engine]]


def palette() -> dict[str, str]:
    """The colours of the pages on white."""
    light = charts.STYLE.partition("prefers-color-scheme: dark")[0]
    return dict(re.findall(r"--chart-(s\d): (#[0-9a-f]{6})", light))


def test_the_stage_reads_tables_alone_and_writes_the_same_bytes_twice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    listed = "".join(f"  {name}: {value}\n" for name, value in SETTINGS.model_dump().items())
    Path("params.yaml").write_text(f"seed: 20\nengines:\n- flow\ntsne:\n{listed}")
    rng = np.random.default_rng(0)
    labels = np.arange(150) % 3
    table = pd.DataFrame(
        {
            "id": [f"row-{row}" for row in range(150)],
            "label": np.take(["ash", "birch", "cedar"], labels),
            "height": rng.normal(10 * labels),
            "width": rng.normal(-10 * labels),
        }
    )
    roles = Roles(numeric=("height", "width"))
    real = Samples(table.assign(mw_split=["train"] * 90 + ["validation"] * 30 + ["test"] * 30), roles)
    samples.write(real, Path("data/split/samples.parquet"))
    samples.write(Samples(table.tail(12).reset_index(drop=True), roles), Path("data/sample/flow.parquet"))
    folder = Path("data/preprocess/tabular")
    folder.mkdir(parents=True)
    settings = TabularCodec.params(quantiles=20, spike_share=0.5, max_categories=5)
    codec = TabularCodec.fit(real.split("train"), settings, 0)
    codec.save(folder)
    files.write_json(folder / "spec.json", codec.spec.to_json())
    np.save(folder / "encoded.npy", codec.encode(real.table))

    tsne.main()
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.suffix in {".csv", ".png", ".json"}}
    points = pd.read_csv("plots/tsne/embedding.csv")
    assert points["source"].value_counts().to_dict() == {"real": 90, "held out": 30, "flow": 12}
    assert REAL_SOURCES == (tsne.TRAIN, tsne.HELD_OUT), "charts know the names of real points"
    assert list(points.columns) == ["x", "y", "label", "source", "id"]
    assert len(pd.read_parquet("data/tsne/coordinates.parquet")) == 132
    assert json.loads(Path("metrics/tsne.json").read_text())["flow.purity"] > 0.9
    tsne.main()
    assert {path: path.read_bytes() for path in written} == written
