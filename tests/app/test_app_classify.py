"""The page Classify and its calls: predictions of two arms for one upload."""

import base64
import dataclasses
import io
import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from app_project import ARMS, FUSIONS, SHAPES, fill, make_project, render_shape, shapes
from fastapi.testclient import TestClient
from PIL import Image

from makeweight.app import artefacts, classification, classification_example, uploads
from makeweight.app.limits import Limits
from makeweight.app.server import create

QUERY = "engine=wgan_gp&label=line&count=3&seed=5"
PICTURE = render_shape("circle", np.random.default_rng(0))


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


def test_uploads_in_one_batch_do_not_affect_each_other(client: TestClient) -> None:
    """Each gets what it gets alone: other modalities, other arms, and errors beside it."""
    cells = {"title": "a small circle", "price": "7.5"}
    batch = [
        uploads.Upload(PICTURE, cells, ""),
        uploads.Upload(b"", {"title": "a line"}, "wgan_gp_100"),
        uploads.Upload(b"", {"colour": "red"}, ""),
        uploads.Upload(PICTURE, {}, "../none"),
        uploads.Upload(render_shape("square", np.random.default_rng(1)), {"title": " "}, ""),
        uploads.Upload(b"", {"price": "7.5"}, ""),
    ]
    together = classification.classify(batch, Limits())
    assert "no column 'colour'" in str(together[2]) and "no arm '../none'" in str(together[3])
    for upload, found in zip(batch, together, strict=True):
        (alone,) = classification.classify([upload], Limits())
        assert type(found) is type(alone)
        for arm in ARMS if isinstance(found, dict) else ():
            assert dict(found[arm].fused) == pytest.approx(dict(alone[arm].fused), rel=1e-4)
            assert found[arm].views.keys() == alone[arm].views.keys()


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


def test_a_picture_stays_chosen_when_the_form_returns(client: TestClient) -> None:
    wrong = client.post("/classify", files={"picture": PICTURE}, data={"cell.price": "cheap"})
    assert wrong.status_code == 422
    kept = re.findall(r'name="kept_picture" value="([^"]+)" checked', wrong.text)
    assert [base64.b64decode(one) for one in kept] == [PICTURE] and 'alt="the kept picture"' in wrong.text
    again = client.post("/classify", data={"kept_picture": kept[0], "cell.price": "7"})
    direct = client.post("/classify", files={"picture": PICTURE}, data={"cell.price": "7"})
    assert again.status_code == 200 and again.text == direct.text and kept[0] in again.text
    other = render_shape("square", np.random.default_rng(1))
    replaced = client.post("/classify", files={"picture": other}, data={"kept_picture": kept[0]})
    assert base64.b64encode(other).decode() in replaced.text and kept[0] not in replaced.text
    changed = client.post("/classify", data={"kept_picture": "!"})
    assert changed.status_code == 422 and "choose it again" in changed.text
    unread = client.post("/classify", files={"picture": b"<svg/>"})
    assert unread.status_code == 422 and "kept_picture" not in unread.text


def test_an_example_is_a_sample_of_the_test_split(client: TestClient) -> None:
    assert 'href="/classify/example"' in client.get("/classify").text
    tests = shapes(150)[lambda table: table["mw_split"] == "test"]
    seen = set()
    for number in range(len(tests)):
        page = client.get(f"/classify/example?number={number}").text
        title, label = re.search(r'name="cell.title"[^>]*>(.*?)<', page), re.search(r"class is <strong>(\w+)", page)
        kept = base64.b64decode(re.findall(r'name="kept_picture" value="([^"]+)"', page)[0])
        row = tests[tests["image"] == kept].iloc[0]
        assert (row["title"], row["label"]) == (title[1], label[1]) and f'value="{row["size"]:g}"' in page
        assert 'id="predictions"' in page and f"/classify/example?number={number + 1}" in page
        seen.add(row["id"])
    assert seen == set(tests["id"]), "all come in turn"
    assert client.get("/classify/example?number=-1").status_code == 422


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.89, "1234567.89"),
        (0.1 + 0.2, "0.30000000000000004"),
        (12.5, "12.5"),
        (-3.0, "-3"),
        (1e-7, "1e-07"),
        (np.float64(7), "7"),
        (np.float32(0.1), "0.1"),
        (20250101, "20250101"),
        (None, ""),
        (math.nan, ""),
        ("a <b>", "a <b>"),
    ],
)
def test_the_cells_of_an_example_read_back_as_the_same_values(value: object, text: str) -> None:
    assert classification_example.cell_of(value) == text
    if text and not isinstance(value, str):
        assert type(value)(text) == value


def test_an_example_is_classified_by_its_own_values(
    client: TestClient, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = artefacts.samples()
    table = samples.table.assign(price=samples.table["price"] + 1234567.125)
    monkeypatch.setattr(artefacts, "samples", lambda: dataclasses.replace(samples, table=table))
    found = classification_example.example(0, uploads.fields())
    assert float(found.cells["price"]) in set(table["price"])
    page = client.get("/classify/example").text
    assert f'value="{found.cells["price"]}"' in page
    cells = json.dumps(found.cells)
    direct = client.post("/api/classify", files={"picture": found.picture}, data={"cells": cells}).json()
    (label, share), *_ = direct["none"]["fused"].items()
    assert f"<strong>{label}</strong>, {100 * share:.1f}" in page


def test_without_samples_there_is_no_example(empty: TestClient) -> None:
    assert empty.get("/classify/example").status_code == 404


def test_an_arm_is_shown_with_what_the_verdict_says_of_it(client: TestClient) -> None:
    page = client.post("/classify", files={"picture": PICTURE}, data={"cell.price": "7.5"}).text
    found = "wgan gp 100: hurts, \u22123.5 (\u22125.0 to \u22122.0) points of macro-F1 against doing nothing"
    assert f"On the test samples, {found}; recommended is smote." in page
    assert "On the test samples" not in client.get("/classify").text


def test_without_a_recommended_or_chosen_one_the_synthetic_arm_that_is_best_on_test_is_shown(
    client: TestClient, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled / "plots/verdict/intervals.csv"
    before = path.read_text()
    lines = ("arm,mean,low,high,verdict", "smote,9,8,10,helps", "wgan_gp_25,-3,-4,-2,hurts", "wgan_gp_50,-1,-4,2,hurts")
    path.write_text("\n".join(lines))
    monkeypatch.setattr(classification, "arms", lambda: ["none", "wgan_gp_25", "wgan_gp_50"])
    assert classification.default_arm() == "wgan_gp_50"
    monkeypatch.setattr(classification, "arms", lambda: ["none", "smote", "wgan_gp_25", "wgan_gp_50"])
    assert classification.default_arm() == "smote", "the recommended one comes first"
    path.write_text(before)
