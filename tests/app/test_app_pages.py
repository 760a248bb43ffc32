"""Every page and call of the application over the miniature project, and over one without any output."""

import base64
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from app_project import ARMS, FUSIONS, SHAPES, fill, make_project, render_shape, shapes
from fastapi.testclient import TestClient
from PIL import Image

from makeweight.app import experiments, generation
from makeweight.app.limits import Limits
from makeweight.app.server import create
from makeweight.core.random import batch_stream

QUERY = "engine=wgan_gp&label=line&count=3&seed=5"
PICTURE = render_shape("circle", np.random.default_rng(0))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = make_project(tmp_path_factory.mktemp("filled"))
    fill(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


@pytest.fixture()
def client(filled: Path) -> Iterator[TestClient]:
    with TestClient(create(Limits()), base_url="http://127.0.0.1:8000", follow_redirects=False) as started:
        yield started


@pytest.fixture()
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.chdir(make_project(tmp_path))
    return TestClient(create(Limits()), base_url="http://127.0.0.1:8000")


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
    assert client.get(found["picture"]).content == train["image"].iloc[int(np.argmin(distances))]
    assert client.get(f"/api/neighbour?{QUERY}&row=3").status_code == 404


def test_the_page_of_samples(client: TestClient) -> None:
    answer = client.get(f"/generate/samples?{QUERY}")
    assert answer.text.count('class="sample"') == 3 and "samples of line" in answer.text


def test_an_upload_gets_two_answers(client: TestClient) -> None:
    cells = json.dumps({"title": "a small circle", "price": 7.5})
    both = client.post("/api/classify", files={"picture": PICTURE}, data={"cells": cells}).json()
    assert set(both) == {"none", "wgan_gp_100"}
    for arm, prediction in both.items():
        assert set(prediction["views"]) == {"image", "tabular", "text"}
        assert sum(prediction["fused"].values()) == pytest.approx(1)
        assert prediction["weights"] == FUSIONS[0]
        views = prediction["views"].items()
        rule = dict(zip(SHAPES, (0.0, 0.0, 0.0) if arm == "none" else (0.0, 0.3, 0.6), strict=True))
        product = {
            name: np.exp(rule[name]) * np.prod([shares[name] ** FUSIONS[0][view] for view, shares in views])
            for name in SHAPES
        }
        for name in SHAPES:
            assert prediction["fused"][name] == pytest.approx(product[name] / sum(product.values()), rel=1e-4)
    assert both["none"] != both["wgan_gp_100"]


def test_two_modalities_have_weights_of_their_own(client: TestClient) -> None:
    two = client.post("/api/classify", files={"picture": PICTURE}, data={"cells": '{"price": 7.5}'}).json()["none"]
    assert two["weights"] == {"image": 0.75, "tabular": 0.0}
    powers = {name: share**0.75 for name, share in two["views"]["image"].items()}
    assert two["fused"] == pytest.approx({name: x / sum(powers.values()) for name, x in powers.items()}, rel=1e-4)
    page = client.post("/classify", files={"picture": PICTURE}, data={"cell.price": "7.5"}).text
    assert "picture</th>" in page and '<td class="number">0.75</td>' in page


def test_classifiers_without_decisions_name_their_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_project(tmp_path))
    fill(tmp_path)
    for arm in ARMS:
        (tmp_path / "data/contest" / arm / "decisions.json").unlink()
    with TestClient(create(Limits()), base_url="http://127.0.0.1:8000") as client:
        both = client.post("/api/classify", files={"picture": PICTURE}, data={"cells": '{"price": 7.5}'})
    assert both.status_code == 404 and both.json()["command"] == "dvc repro contest"


def test_one_modality_is_enough(client: TestClient) -> None:
    picture = client.post("/api/classify", files={"picture": PICTURE}).json()
    assert set(picture["none"]["views"]) == {"image"}
    assert picture["none"]["fused"] == pytest.approx(picture["none"]["views"]["image"], rel=1e-5)
    text = client.post("/api/classify", data={"cells": '{"title": "a line"}'}).json()
    assert set(text["none"]["views"]) == {"text"}


def test_pictures_are_judged_as_training_saw_them_and_by_the_rule_of_the_arm(client: TestClient) -> None:
    from makeweight.data.codecs import load_present
    from makeweight.learn import view_models
    from makeweight.learn.features import Features

    codec = load_present(Path("data/preprocess"))["image"]
    array = Features.load(Path("data/learners")).of_pictures(codec.encode(pd.DataFrame({"image": [PICTURE]})))
    shown = client.post("/api/classify", files={"picture": PICTURE}).json()
    for arm in ARMS:
        expected = view_models.load(Path("data/contest") / arm)["image"].predict(array)[0].astype(float)
        if arm != "none":
            expected *= np.exp([0.0, 0.3, 0.6])
            expected /= expected.sum()
        named = dict(zip(sorted(SHAPES), expected, strict=True))
        assert shown[arm]["fused"] == {name: pytest.approx(named[name], rel=1e-3, abs=1e-6) for name in SHAPES}


def bomb() -> bytes:
    """A picture of few bytes that claims 25 million pixels."""
    buffer = io.BytesIO()
    Image.new("1", (5000, 5000)).save(buffer, format="PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("files", "data", "message"),
    [
        ({}, {}, "at least a picture"),
        ({"picture": b"<svg/>"}, {}, "cannot be read"),
        ({"picture": bomb()}, {}, "pixels"),
        ({}, {"cells": "{"}, "not valid JSON"),
        ({}, {"cells": "[1]"}, "JSON object"),
        ({}, {"cells": '{"colour": "red"}'}, "no column 'colour'"),
        ({}, {"cells": '{"price": "cheap"}'}, "not a number"),
        ({}, {"cells": '{"price": "inf"}'}, "finite"),
        ({}, {"cells": '{"title": "a"}', "arm": "../none"}, "no arm"),
    ],
)
def test_invalid_uploads_are_refused(client: TestClient, files: dict, data: dict, message: str) -> None:
    answer = client.post("/api/classify", files=files, data=data)
    assert answer.status_code == 422 and message in answer.json()["error"]


def test_the_form_says_what_is_wrong_and_keeps_the_cells(client: TestClient) -> None:
    answer = client.post("/classify", data={"cell.price": "cheap", "cell.title": "a <b> title"})
    assert answer.status_code == 422 and "not a number" in answer.text and "a &lt;b&gt; title" in answer.text


def test_the_comparison_shows_every_result(client: TestClient) -> None:
    """Charts are SVG and tables in the page itself: nothing has to run or to be loaded to see them."""
    text = client.get("/compare").text
    assert "Use smote: 2.0 points" in text and text.count('class="plot-panel"') == 7
    intervals, doses, changes, matrix, plane, planes, funnel = text.split('class="plot-panel"')[1:]
    assert (
        "+2.0 (+0.5 to +3.5)" in intervals
        and "\u22123.5 (\u22125.0 to \u22122.0)" in intervals
        and "recommended" in intervals
    )
    assert "<polyline" in doses and "40.0 (36.0 to 42.0)" in doses and "38.0 (36.0 to 42.0)" in doses
    assert all(shape in changes for shape in SHAPES) and "\u22124" in changes
    assert matrix.count(">6</td>") == 3 and matrix.count(">1</td>") == 6
    assert plane.count("<circle") == 150 and planes.count("<figcaption") == 3
    assert "found" in funnel and ">200<" in funnel and ">150<" in funnel
    e1, e2 = (text.partition(title)[2].partition("</table>")[0] for title in ("<h2>E1", "<h2>E2"))
    assert cells_of(e1)["lenet"] == ["real", "real", "0.5", "–", "–", "–"]
    assert cells_of(e2)["lenet"] == ["synthetic", "real", "0.25", "–", "0.5"]


def cells_of(table: str) -> dict[str, list[str]]:
    """The heading of every row of an HTML table, and its cells."""
    rows = table.partition("<tbody>")[2].split("<tr>")[1:]
    return {row.partition("</th>")[0].rpartition(">")[2]: re.findall(r">([^<>]+)</td>", row) for row in rows}


def test_the_chart_styles_are_served(client: TestClient) -> None:
    styles = client.get("/static/charts.css")
    assert styles.headers["content-type"].startswith("text/css") and "prefers-color-scheme: dark" in styles.text
    assert "/static/charts.css" in client.get("/compare").text


def test_an_engines_own_line_is_left_out(client: TestClient, filled: Path) -> None:
    """It repeats that of the amount that validation chose."""
    verdict_file = filled / "plots/verdict/verdict.json"
    before = verdict_file.read_text()
    assert '<th scope="row">smote</th>' in client.get("/compare").text
    verdict_file.write_text(before.replace('"chosen": {}', '"chosen": {"smote": "wgan_gp_100"}'))
    assert '<th scope="row">smote</th>' not in client.get("/compare").text
    verdict_file.write_text(before)


def test_every_arm_has_its_cost(client: TestClient) -> None:
    cells = cells_of(client.get("/compare").text.partition("Every arm in every view")[2].partition("</table>")[0])
    assert cells["smote"][-3:] == ["1,234", "3,300", "42"]
    assert cells["none"][-3:] == ["0", "2,850", "–"], "none has not run on this machine"


def test_scores_without_a_rule_stand_beside(client: TestClient, filled: Path) -> None:
    path = filled / "metrics" / "contest" / "smote.json"
    before = path.read_text()
    view = json.loads((filled / "plots/verdict/verdict.json").read_text())["view"]
    beside = {f"{view}.argmax_macro_f1.mean": 0.4321, f"{view}.average_precision.mean": 0.5}
    path.write_text(json.dumps(json.loads(before) | beside))
    cells = cells_of(client.get("/compare").text.partition("Every arm in every view")[2].partition("</table>")[0])
    path.write_text(before)
    assert cells["smote"][-5:-3] == ["43.2", "50.0"] and cells["none"][-5:-3] == ["–", "–"]


def test_the_finding_stands_on_the_first_page_and_its_facts_on_compare(client: TestClient) -> None:
    assert "In the last run: Use smote: 2.0 points" in client.get("/").text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/compare").text))
    assert "Gain over doing nothing +2.0 points, interval +0.5 to +3.5" in words
    assert "Synthetic samples hurt the way that adds them: wgan gp 100" in words


def test_pages_say_that_a_threshold_comes_first(client: TestClient) -> None:
    assert "first try a tuned threshold" in client.get("/balance").text
    assert "decision rule" in client.get("/").text


def test_points_have_pictures(client: TestClient) -> None:
    assert client.get("/compare/picture?row=7").content == shapes(150)["image"][7]
    assert client.get("/compare/picture?row=150").status_code == 404


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
    page = client.get("/runs").text
    assert (
        "tidy-cat" in page
        and "gan.steps" in page
        and "verdict: none.macro_f1" in page
        and "seed" not in page.partition("<table")[2]
    )
    assert client.get("/api/runs").json()[2]["metrics"] == {"verdict: none.macro_f1": 0.6}
    two = client.get("/runs/compare?left=workspace&right=bbbbbbbbbbbb").text
    assert "+0.1" in two and "-30" in two
    assert client.get("/runs/compare?left=workspace&right=nothing").status_code == 404


def test_runs_without_dvc(empty: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiments.RUNS, "known", None)
    assert "dvc repro" in empty.get("/runs").text


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
