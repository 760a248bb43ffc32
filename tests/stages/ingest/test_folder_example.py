"""The shipped picture folder is what the code beside this test draws, and it is a data set that ingest can read."""

import json
from pathlib import Path

import example_pictures
import pyarrow.parquet as pq
import pytest

from makeweight.data import samples
from makeweight.stages.ingest import __main__ as ingest

ROOT = Path(__file__).parents[3]


def test_the_shipped_pictures_are_the_generated_ones() -> None:
    shipped = ROOT / "datasets" / "folder-example"
    generated = example_pictures.pictures()
    assert {path.relative_to(shipped).as_posix() for path in shipped.rglob("*.png")} == set(generated)
    assert all((shipped / name).read_bytes() == content for name, content in generated.items())


def test_the_stage_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    text = (ROOT / "params.yaml").read_text().replace("dataset: openclipart", "dataset: folder-example")
    (tmp_path / "params.yaml").write_text(text)
    ingest.main()
    assert json.loads((tmp_path / "metrics/ingest.json").read_text()) == {
        "excluded": 0,
        "failures": 0,
        "images": 150,
        "samples": 150,
    }
    found = samples.read(tmp_path / "data/ingest/samples.parquet")
    assert found.roles.modalities == ("image",)
    assert found.table["label"].value_counts().to_dict() == example_pictures.COUNTS
    first = (tmp_path / "data/ingest/samples.parquet").read_bytes()
    ingest.main()
    assert (tmp_path / "data/ingest/samples.parquet").read_bytes() == first
    columns = {path.stem: pq.read_schema(path).names for path in (tmp_path / "data/ingest").glob("*.parquet")}
    assert columns["failures"] == ["url", "kind", "reason"]
    assert columns["provenance"] == ["id", "url", "status", "sha256"]
    assert columns["excluded"] == ["url", "kind", "rule"]
