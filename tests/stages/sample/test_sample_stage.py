"""The stage on numbers only: as many rows as asked, the filtered ones filled up, options in the lineage."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.picture_sheet import as_pixels, enlarged
from makeweight.data.samples import Roles, Samples
from makeweight.stages import preprocess
from makeweight.stages.sample import __main__ as sample
from makeweight.stages.train_gan import __main__ as train_gan
from miniature import write_project

CHANGES = {
    "device": "cpu",
    "modalities": ["tabular"],
    "engines": ["latent_flow"],
    "train_gan.steps": 8,
    "train_gan.quality.evaluations": 1,
    "train_gan.quality.synthetic_per_class": 10,
    "train_gan.quality.training.epochs": 1,
    "sample.filter.file": True,
    "sample.filter.training.epochs": 3,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of 15 and 30 train rows, and an engine that has seen them."""
    folder = tmp_path_factory.mktemp("numbers")
    write_project(folder, CHANGES)
    rng = np.random.default_rng(0)
    labels = np.array(["few", "many", "many"] * 20)
    table = pd.DataFrame(
        {
            "id": [f"row{row}" for row in range(60)],
            "label": labels,
            "x": np.where(labels == "few", 2.0, -2.0) + rng.normal(0, 1, 60),
            "y": rng.normal(0, 1, 60),
            "mw_split": np.array(["train", "train", "train", "validation"])[np.arange(60) // 3 % 4],
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        samples.write(Samples(table, Roles(numeric=("x", "y"))), Path("data/split/samples.parquet"))
        preprocess.main("tabular")
        train_gan.main("latent_flow")
    return folder


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """The unfiltered and the filtered table, and the metrics, with other parameters of `sample`."""
    monkeypatch.chdir(folder)
    whole = params.read_yaml(Path("params.yaml"))["sample"]
    whole |= {name: value for name, value in changes.items() if name != "rounds"}
    whole["filter"] = {**whole["filter"], **({"rounds": changes["rounds"]} if "rounds" in changes else {})}
    known = params.value
    monkeypatch.setattr(params, "value", lambda section: whole if section == "sample" else known(section))
    written: dict[str, float] = {}
    monkeypatch.setattr(sample.outputs, "write_metrics", lambda stage, numbers: written.update(numbers))
    sample.main()
    tables = [samples.read(Path(f"data/sample/latent_flow{kind}.parquet")).table for kind in ("", "_filtered")]
    return tables[0], tables[1], written


def test_the_filtered_rows_are_filled_up(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, filtered, numbers = run(project, monkeypatch, rounds=20)
    # A full balance wants 15 of the small class and none of the large, but as many as there are real rows at least.
    assert whole["label"].value_counts().to_dict() == {"few": 20, "many": 40}
    assert 0 < whole["mw_passed"].mean() < 1
    assert filtered["mw_passed"].all() and not filtered["mw_near_copy"].any() and filtered["id"].is_unique
    assert numbers["latent_flow.filtered.short"] == 60 - len(filtered)
    assert len(filtered) > whole["mw_passed"].sum()
    first = filtered[filtered["mw_seed"] == whole["mw_seed"].iloc[0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, whole[whole["mw_passed"]].reset_index(drop=True))
    assert not {"mw_truncation", "mw_class_mixing", "truncation", "class_mixing"} & (set(whole) | set(numbers)), (
        "options that are off are not declared"
    )


def test_without_rounds_what_is_short_is_counted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, filtered, numbers = run(project, monkeypatch, rounds=0)
    assert len(filtered) == whole["mw_passed"].sum() and numbers["latent_flow.filtered.generated_more"] == 0
    for name in ("few", "many"):
        short = int((~whole.loc[whole["label"] == name, "mw_passed"]).sum())
        assert numbers.get(f"latent_flow.filtered.short.{name}", 0) == short


def test_options_are_lineage(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, _, _ = run(project, monkeypatch, rows="per_class", amount=30, rounds=0)
    mixed, _, numbers = run(
        project, monkeypatch, rows="per_class", amount=30, rounds=0, class_mixing=0.5, truncation=0.5
    )
    assert (mixed["mw_class_mixing"] == 0.5).all() and (mixed["mw_truncation"] == 0.5).all()
    assert numbers["class_mixing"] == 0.5 and numbers["truncation"] == 0.5
    assert plain["label"].value_counts().to_dict() == {"few": 30, "many": 30}
    assert mixed["x"].std() < plain["x"].std()


def test_a_request_is_met_to_the_row(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _, _ = run(project, monkeypatch, rows={"few": 7}, rounds=0)
    assert whole["label"].tolist() == ["few"] * 7
    before = Path("data/sample/latent_flow.parquet").read_bytes()
    with pytest.raises(InputError, match=r"`sample.rows` asks for class 'fwe'; there are few, many"):
        run(project, monkeypatch, rows={"fwe": 7})
    with pytest.raises(InputError, match="ask for no row"):
        run(project, monkeypatch, rows={"few": 0})
    assert Path("data/sample/latent_flow.parquet").read_bytes() == before, "nothing half-written"


def test_rows_of_small_classes_with_columns_filled_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, numbers = run(project, monkeypatch, rounds=0, masked={"amount": 1.0, "kept": 0.5})
    masked = samples.read(Path("data/sample/latent_flow_masked.parquet")).table
    assert masked["label"].tolist() == ["few"] * 15 and numbers["latent_flow.masked.rows"] == 15
    real = samples.read(Path("data/split/samples.parquet")).table.set_index("id").loc[masked["mw_begun_at"]]
    assert (real["label"] == "few").all() and (real["mw_split"] == "train").all()
    same = np.stack([np.abs(masked[name].to_numpy() - real[name].to_numpy()) < 1e-3 for name in ("x", "y")])
    assert (same.sum(0) == 1).all() and same.any(1).all(), "one of two columns stays, now this, now that"
    assert (masked["mw_kept"] == 0.5).all()


def test_of_one_column_nothing_is_filled_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "columns_of", lambda specs: [("tabular", slice(0, 1))])
    _, _, numbers = run(project, monkeypatch, rounds=0, masked={"amount": 1.0, "kept": 0.5})
    assert not Path("data/sample/latent_flow_masked.parquet").exists()
    assert not any(name.startswith("latent_flow.masked") for name in numbers)


def test_measure_counts_by_class() -> None:
    table = pd.DataFrame(
        {"label": ["a", "a", "b"], "mw_passed": [True, False, False], "mw_near_copy": [False, True, False]}
    )
    assert sample.measure(table, ("a", "b", "c")) == {
        "rows": 3,
        "passed": pytest.approx(1 / 3),
        "near_copies": pytest.approx(1 / 3),
        "rows.a": 2,
        "rows.b": 1,
        "rows.c": 0,
        "passed.a": 0.5,
        "passed.b": 0.0,
    }


def test_model_hash_depends_on_the_weights(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = sample.model_hash(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert len(first) == 32 and sample.model_hash(tmp_path) != first


def test_pictures_are_enlarged_without_smoothing() -> None:
    pixels = np.zeros((3, 2, 2), dtype=np.uint8)
    pixels[:, 0, 0] = 255
    for array in (pixels, pixels[:1]):
        shown = np.asarray(enlarged(as_pixels(array), 8))
        assert (shown[:4, :4] == 255).all() and (shown[4:] == 0).all() and set(np.unique(shown)) == {0, 255}


@pytest.mark.parametrize("share", [-0.1, 0.6])
def test_more_than_half_of_another_class_is_refused(
    share: float, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=f"`sample.class_mixing` is {share}"):
        run(project, monkeypatch, class_mixing=share)


def test_near_rows_have_a_file_of_their_own_with_where_they_began(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, numbers = run(project, monkeypatch, rounds=0)
    assert not Path("data/sample/latent_flow_near.parquet").exists(), "off by default"
    whole, _, numbers = run(project, monkeypatch, rounds=0, near={"amount": 1.0, "kept": 0.5})
    near = samples.read(Path("data/sample/latent_flow_near.parquet")).table
    assert near["label"].tolist() == ["few"] * 15 and numbers["latent_flow.near.rows"] == 15
    real = samples.read(Path("data/split/samples.parquet")).table.set_index("id")
    began = real.loc[near["mw_begun_at"]]
    assert (began["mw_split"] == "train").all(), "never at a row that is tested"
    assert began["label"].tolist()[::2] == ["few"] * 8 and began["label"].tolist()[1::2] == ["many"] * 7
    assert (near["mw_kept"] == 0.5).all() and near["id"].iloc[0].startswith("latent_flow_near-")
    assert not {"mw_begun_at", "mw_kept"} & set(whole)
    assert np.corrcoef(near["x"], began["x"])[0, 1] > 0.5, "they keep something of where they began"


@pytest.mark.parametrize(
    ("near", "message"),
    [
        ({"amount": -1.0, "kept": 0.5}, r"`sample.near.amount` is -1.0; right would be 0 or more"),
        ({"amount": 1.0, "kept": 1.0}, r"`sample.near.kept` is 1.0; right would be a number below 1"),
    ],
)
def test_near_rows_need_a_share_and_an_amount(
    project: Path, monkeypatch: pytest.MonkeyPatch, near: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        run(project, monkeypatch, near=near)
