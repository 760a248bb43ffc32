"""Every other page and call of the application over the miniature project, and over one without any output."""

import base64
import csv
import io
import threading
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from app_project import fill, make_project, render_shape, shapes
from fastapi.testclient import TestClient
from PIL import Image

from makeweight.app import experiments, generation
from makeweight.app.limits import Limits
from makeweight.app.server import create
from makeweight.core.errors import InputError
from makeweight.core.random import batch_stream

QUERY = "engine=wgan_gp&label=line&count=3&seed=5"
PICTURE = render_shape("circle", np.random.default_rng(0))


@pytest.mark.parametrize(
    ("path", "command"), [("/generate", "train_gan"), ("/classify", "contest"), ("/compare", "verdict")]
)
def test_missing_outputs_are_named_with_their_command(empty: TestClient, path: str, command: str) -> None:
    answer = empty.get(path)
    assert f"<code>dvc repro {command}</code>" in answer.text
    home = empty.get("/")
    assert home.status_code == 200 and f"dvc repro {command}" in home.text and ">present<" not in home.text
    assert "In the last run" not in home.text


def test_missing_in_json(empty: TestClient) -> None:
    answer = empty.get(f"/api/samples?{QUERY}")
    assert answer.status_code == 404 and answer.json()["command"] == "dvc repro train_gan"
    assert empty.get("/api/verdict").json()["command"] == "dvc repro verdict"
    assert empty.get("/api/metrics").json() == {}


def test_samples_are_the_generators_own(client: TestClient) -> None:
    """What the page shows is exactly what the engine and the codecs give: no pixel is changed."""
    from makeweight import generators
    from makeweight.data.codecs import load_present

    engine = generators.load(Path("data/train_gan/wgan_gp"))
    arrays = engine.generate(np.full(3, engine.classes.index("line")), 5, 1.0)
    shown = client.get(f"/api/samples?{QUERY}").json()
    assert len(shown) == 3
    for index, sample in enumerate(shown):
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(sample["picture"].partition(",")[2]))))
        assert np.array_equal(picture, arrays["image"][index].transpose(1, 2, 0))
    row = load_present(Path("data/preprocess"))["tabular"].decode(arrays["tabular"]).iloc[0]
    assert shown[0]["tabular"] == {"price": row["price"], "size": row["size"], "origin": row["origin"]}
    assert set(shown[0]["text"]) == {"title", "description"}


def test_the_same_request_gives_the_same_samples(client: TestClient) -> None:
    first, again, other = (client.get(f"/api/samples?{QUERY[:-1]}{seed}").json() for seed in (5, 5, 6))
    assert first == again != other
    less = client.get(f"/api/samples?{QUERY}&truncation=0").json()
    assert less[0]["picture"] == less[1]["picture"] == less[2]["picture"]


def test_only_what_is_asked_for_is_shown(client: TestClient) -> None:
    assert set(client.get(f"/api/samples?{QUERY}&show=tabular").json()[0]) == {"tabular"}


@pytest.mark.parametrize(
    ("change", "message"),
    [("count=65", "at most 64"), ("count=0", "count"), ("seed=-1", "seed"), ("label=cow", "no class 'cow'"),
     ("engine=..", "no engine"), ("truncation=nan", "truncation"), ("mystery=1", "mystery")],
)  # fmt: skip
def test_invalid_requests_are_refused(client: TestClient, change: str, message: str) -> None:
    name = change.partition("=")[0]
    kept = "&".join(part for part in QUERY.split("&") if not part.startswith(f"{name}="))
    answer = client.get(f"/api/samples?{kept}&{change}")
    assert answer.status_code == 422 and message in answer.json()["error"]


def test_downloads_hold_the_samples(client: TestClient) -> None:
    shown = client.get(f"/api/samples?{QUERY}").json()
    packed = client.get(f"/api/samples.zip?{QUERY}").content
    assert packed == client.get(f"/api/samples.zip?{QUERY}").content
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert archive.namelist() == ["000.png", "001.png", "002.png", "samples.csv"]
    assert archive.read("001.png") == base64.b64decode(shown[1]["picture"].partition(",")[2])
    rows = list(csv.DictReader(io.StringIO(archive.read("samples.csv").decode())))
    assert [row["image"] for row in rows] == ["000.png", "001.png", "002.png"]
    assert {row["label"] for row in rows} == {"line"} and {row["mw_synthetic"] for row in rows} == {"True"}
    assert not any(row["origin"].startswith("=") for row in rows)
    table = pd.read_parquet(io.BytesIO(client.get(f"/api/samples.parquet?{QUERY}").content))
    assert list(table["mw_index"]) == [0, 1, 2] and set(table["mw_seed"]) == {5}
    assert bytes(table["image"][2]) == archive.read("002.png")


def test_the_nearest_real_sample_by_hand(client: TestClient, filled: Path) -> None:
    shown = client.get(f"/api/samples?{QUERY}").json()
    synthetic = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown[2]["picture"].partition(",")[2]))), dtype=float)
    table = shapes(150)
    train = table[table["mw_split"] == "train"]
    pixels = [np.asarray(Image.open(io.BytesIO(content))) for content in train["image"]]
    distances = [((real - synthetic) ** 2).mean() ** 0.5 / 255 for real in pixels]
    found = client.get(f"/api/neighbour?{QUERY}&row=2").json()
    assert found["id"] == train["id"].iloc[int(np.argmin(distances))]
    assert found["distance"] == pytest.approx(min(distances), abs=1e-3) and found["by"] == "image"
    own = train["label"].to_numpy() == "line"
    best = int(np.flatnonzero(own)[np.argmin(np.asarray(distances)[own])])
    assert found["of_class"]["id"] == train["id"].iloc[best] and found["of_class"]["label"] == "line"
    assert found["of_class"]["distance"] == pytest.approx(distances[best], abs=1e-3)
    apart = [((one.astype(float) - other) ** 2).mean() ** 0.5 / 255 for one in pixels[:30] for other in pixels[30:60]]
    assert found["distance"] / found["scaled"] == pytest.approx(np.median(apart), rel=0.1), "1 is a typical distance"
    assert client.get(found["picture"]).content == train["image"].iloc[int(np.argmin(distances))]
    assert client.get(f"/api/neighbour?{QUERY}&row=3").status_code == 404


def test_the_page_of_samples(client: TestClient) -> None:
    answer = client.get(f"/generate/samples?{QUERY}")
    assert answer.text.count('class="sample"') == 3 and "samples of line" in answer.text
    assert "16 × 16 pixels, made to train classifiers" in answer.text and "Real samples of line" in answer.text
    assert answer.text.count("/generate/real?sample=") == 8


def test_the_scores_of_the_class_stand_above_its_samples(client: TestClient, filled: Path) -> None:
    path = filled / "plots/fidelity/classes.csv"
    path.parent.mkdir(exist_ok=True)
    lines = ["engine,modality,class,precision,coverage", "real,image,line,0.5,0.75", "wgan_gp,image,line,0.125,0.25"]
    path.write_text("\n".join([*lines, "wgan_gp,image,circle,0.9,0.9"]))
    (filled / "metrics/fidelity.json").write_text("{}")
    text = client.get(f"/generate/samples?{QUERY}").text
    path.unlink()
    (filled / "metrics/fidelity.json").unlink()
    table = text.partition("Real, held out")[2].partition("</table>")[0]
    assert all(share in table for share in ("12.5", "50.0", "25.0", "75.0")) and "90.0" not in table


def test_the_runs_that_dvc_lists(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def entry(revision: str, steps: int, score: float) -> dict:
        return {"rev": revision, "name": None, "data": {
            "timestamp": "2026-11-22T10:00:00",
            "params": {"params.yaml": {"data": {"gan": {"steps": steps}, "seed": 1}}},
            "metrics": {"metrics/verdict.json": {"data": {"none.macro_f1": score}}}}}  # fmt: skip

    entries = [entry("workspace", 100, 0.5) | {"experiments": None},
               entry("a" * 40, 50, 0.4)
            | {"experiments": [{"revs": [entry("b" * 40, 70, 0.6) | {"name": "tidy-cat"}]}]}]  # fmt: skip
    runs = experiments.runs_of(entries)
    assert [run.name for run in runs] == ["workspace", "aaaaaaa", "tidy-cat"]
    assert runs[2].params == {"gan.steps": 70, "seed": 1} and runs[2].metrics == {("verdict", "none.macro_f1"): 0.6}
    monkeypatch.setattr(experiments.RUNS, "all", lambda: runs)
    monkeypatch.setattr(experiments.RUNS, "known", (float("inf"), runs))
    page = client.get("/runs").text
    assert (
        "tidy-cat" in page
        and "gan.steps" in page
        and "verdict: none.macro_f1" in page
        and "seed" not in page.partition("<table")[2]
    )
    assert 'class="chart parallel"' in page and page.count("<g ") == 3
    assert client.get("/api/runs").json()[2]["metrics"] == {"verdict: none.macro_f1": 0.6}
    two = client.get("/runs/compare?left=workspace&right=bbbbbbbbbbbb").text
    assert "+0.1" in two and "\u221230" in two
    assert '<th scope="row">seed' not in two and "1 parameters and metrics are the same" in two
    assert client.get("/runs/compare?left=workspace&right=nothing").status_code == 404


def test_runs_without_dvc(empty: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiments.RUNS, "known", None)
    monkeypatch.setattr(experiments.RUNS, "asking", None)
    monkeypatch.setattr("makeweight.app.routes.runs.SECONDS_TO_WAIT", 60)
    assert "dvc repro" in empty.get("/runs").text


def test_while_dvc_is_asked_the_page_says_so(empty: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def slow() -> list[experiments.ExperimentRun]:
        assert answered.wait(300)
        return [experiments.ExperimentRun("workspace", "workspace", "", "", {"seed": 1}, {})]

    monkeypatch.setattr(experiments, "RUNS", experiments.RunCache())
    monkeypatch.setattr("makeweight.app.routes.runs.RUNS", experiments.RUNS)
    monkeypatch.setattr("makeweight.app.routes.runs.SECONDS_TO_WAIT", 0.05)
    monkeypatch.setattr(experiments, "load_runs", slow)
    loading = empty.get("/runs").text
    assert "Asking DVC" in loading and '<meta http-equiv="refresh" content="1">' in loading
    answered.set()
    experiments.RUNS.asking.result(300)
    assert '<th scope="row">workspace</th>' in empty.get("/runs").text


def test_an_error_of_dvc_that_comes_late_is_told_and_dvc_asked_again(
    empty: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, calls = threading.Event(), []

    def slow() -> list[experiments.ExperimentRun]:
        calls.append(1)
        assert answered.wait(30)
        raise InputError("`dvc exp show` did not answer in time")

    monkeypatch.setattr(experiments, "RUNS", experiments.RunCache())
    monkeypatch.setattr("makeweight.app.routes.runs.RUNS", experiments.RUNS)
    monkeypatch.setattr("makeweight.app.routes.runs.SECONDS_TO_WAIT", 0.05)
    monkeypatch.setattr(experiments, "load_runs", slow)
    assert "Asking DVC" in empty.get("/runs").text
    asking = experiments.RUNS.asking
    answered.set()
    assert asking.exception(30)
    assert "did not answer in time" in empty.get("/runs").text and len(calls) == 1
    empty.get("/runs")
    again = experiments.RUNS.asking
    assert (again is None or again.exception(30)) and len(calls) == 2, "a later visit asks again"


def test_the_description_names_every_call(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()["paths"]
    page = client.get("/api").text
    assert len(described) >= 15 and all(path in page for path in described)


@pytest.mark.parametrize(("path", "stage"), [(f"/api/samples?{QUERY}", "train_gan"), ("/api/classify", "contest")])
def test_models_older_than_the_codecs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, stage: str) -> None:
    monkeypatch.chdir(make_project(tmp_path))
    fill(tmp_path)
    for name in ("codec.json", "spec.json"):
        written = tmp_path / "data/preprocess/image" / name
        written.write_text(written.read_text().replace("16", "24"))
    with TestClient(create(Limits()), base_url="http://127.0.0.1:8000") as client:
        answer = client.get(path) if "samples" in path else client.post(path, files={"picture": PICTURE})
    assert answer.status_code == 404 and answer.json()["command"] == f"dvc repro {stage}"
    assert "encoded now" in answer.json()["error"]


def test_requests_in_one_batch_do_not_affect_each_other(filled: Path) -> None:
    """A request gets the same samples alone and beside others, ."""
    requests = [generation.SampleRequest("wgan_gp", label, count, seed, 1.0) for label, count, seed in
              (("line", 3, 5), ("circle", 1, 6), ("square", 20, 5), ("line", 3, 5))]  # fmt: skip
    requests.insert(2, generation.SampleRequest("wgan_gp", "line", 2, 5, 0.5))
    together = generation.generate(requests)
    for request, synthetic in zip(requests, together, strict=True):
        engine = generation.engine(request.engine)
        alone = engine.generate(
            np.full(request.count, engine.classes.index(request.label)), request.seed, request.truncation
        )
        for name, array in alone.items():
            assert np.abs(array.astype(float) - synthetic.arrays[name].astype(float)).max() <= (
                1 if name == "image" else 1e-4
            )
        for name, codec in generation.codecs().items():
            if name != "image":
                expected = codec.decode(alone[name], batch_stream(request.seed))
                pd.testing.assert_frame_equal(synthetic.table[list(expected)], expected, check_dtype=False)


def test_a_request_that_cannot_be_met_gets_its_error_beside_the_others(filled: Path) -> None:
    names = [("wgan_gp", "line"), ("no_engine", "line"), ("wgan_gp", "no class"), ("wgan_gp", "circle")]
    requests = [generation.SampleRequest(engine, label, 2, 5, 1.0) for engine, label in names]
    first, engine, label, last = generation.generate(requests)
    assert "no engine 'no_engine'" in str(engine) and "no class 'no class'" in str(label)
    for request, found in ((requests[0], first), (requests[3], last)):
        (alone,) = generation.generate([request])
        pd.testing.assert_frame_equal(found.table[["title", "origin"]], alone.table[["title", "origin"]])


def test_what_an_earlier_run_left_is_not_offered(client: TestClient, filled: Path) -> None:
    before = client.get("/api/classifiers").json()["arms"]
    stale = ("data/contest/old_gan_100/models.json", "data/train_gan/old_gan/model.json", "metrics/contest/old.json")
    for name in stale:
        (filled / name).parent.mkdir(parents=True, exist_ok=True)
        (filled / name).write_text("{}")
    try:
        assert client.get("/api/classifiers").json()["arms"] == before
        assert "old_gan" not in client.get("/generate").text + client.get("/classify").text
        assert "contest/old" not in client.get("/api/metrics").json()
    finally:
        for name in stale:
            (filled / name).unlink()
