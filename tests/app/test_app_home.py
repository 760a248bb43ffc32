"""The first page says what the last run found, and the report is served beside it."""

import html
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from app_project import ARMS, SHAPES
from fastapi.testclient import TestClient
from PIL import Image

from makeweight.app import artefacts
from makeweight.core import files
from makeweight.data.picture_sheet import sheet
from makeweight.results.choice import ArmPoint, Choice
from makeweight.results.picture_strip import read_strip
from makeweight.results.run import Run
from makeweight.results.values import Interval
from makeweight.stages.report.__main__ import Setting, style, write_page
from makeweight.stages.report.seconds import write_seconds_page


def words_of(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def put_sheet(folder: Path, engine: str = "wgan_gp", shade: int = 150) -> None:
    """The sheet of `sample`: real pictures are of one grey per class, synthetic ones of another."""

    def rows(first: int) -> list[list[np.ndarray]]:
        return [[np.full((16, 16, 3), first + 10 * row, dtype=np.uint8)] * 8 for row in range(len(SHAPES))]

    target = folder / "plots/sample" / engine / "real_and_synthetic.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet(SHAPES, [("real", rows(50)), ("synthetic", rows(shade))], 8).save(target)
    lines = "label,train,validation,test\ncircle,60,20,20\nline,9,3,3\nsquare,20,7,7\n"
    files.write_text(folder / "plots/split/classes.csv", lines)


def test_the_first_page_shows_the_answer_the_chart_and_the_data(client: TestClient) -> None:
    words = words_of(client.get("/").text)
    assert "Use smote: it helps by 2.0 points of macro-F1 (0.5 to 3.5)." in words
    assert "+2.0 (+0.5 to +3.5)" in words and "\u22123.5 (\u22125.0 to \u22122.0)" in words
    assert "points (97 % intervals)" in words
    assert "clean samples 150" in words and "Open Clip Art Library" in words
    assert "dvc repro fidelity" in words and "Pipeline: 6 of 15 stages ready" in words, (
        "an engine and an arm are missing"
    )


def test_a_choice_that_macro_f1_does_not_make_stands_below_the_headline(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "All ways on a plane" not in client.get("/").text
    score = Interval(43.0, 42.0, 44.0)
    points = (
        ArmPoint("smote", score, Interval(55.0, 50.0, 60.0)),
        ArmPoint("mixup", score, Interval(78.0, 73.0, 83.0)),
    )
    monkeypatch.setattr("makeweight.results.choice.read_choice", lambda run, verdict: Choice(*points))
    words = words_of(client.get("/").text)
    assert "mixup lifts the recall of rare classes from 55.0 (50.0 to 60.0) with smote to 78.0 (73.0 to 83.0)" in words
    assert "All ways on a plane" in words


def test_real_pictures_stand_beside_synthetic_ones_of_the_rarest_classes(client: TestClient, filled: Path) -> None:
    put_sheet(filled)
    text = client.get("/").text
    shown = re.findall(r"<h3>(.*?)</h3>", text)
    assert shown == ["line", "square", "circle"], "the rarest class comes first"
    for side, first in (("real", 50), ("synthetic", 150)):
        picture = Image.open(io.BytesIO(client.get(f"/strip/0/{side}.png").content)).convert("RGB")
        assert picture.getpixel((30, 30)) == (first + 10,) * 3, "line is the second row of the sheet"
    assert client.get("/strip/3/real.png").status_code == 404


def test_the_pictures_are_those_that_are_hardest_to_tell_from_real_ones_and_the_class_sizes_as_they_are_now(
    client: TestClient, filled: Path
) -> None:
    put_sheet(filled)
    put_sheet(filled, "latent_flow", 200)
    fidelity, sizes = filled / "metrics/fidelity.json", filled / "plots/split/classes.csv"
    measured = {"wgan_gp.image.detection_accuracy": 0.8, "latent_flow.image.detection_accuracy": 0.9}
    fidelity.write_text(json.dumps(measured))
    assert "synthetic ones by wgan gp" in client.get("/").text
    before = sizes.read_text()
    fidelity.write_text(json.dumps(measured | {"latent_flow.image.detection_accuracy": 0.7}))
    sizes.write_text(before.replace("circle,60", "circle,6"))
    text = client.get("/").text
    picture = Image.open(io.BytesIO(client.get("/strip/0/synthetic.png").content)).convert("RGB")
    fidelity.unlink()
    sizes.write_text(before)
    (filled / "plots/sample/latent_flow/real_and_synthetic.png").unlink()
    assert "synthetic ones by latent flow" in text, "its pictures are now the harder ones to tell from real ones"
    assert re.findall(r"<h3>(.*?)</h3>", text)[0] == "circle" and picture.getpixel((30, 30)) == (200,) * 3


def test_a_stage_with_cells_is_ready_once_all_of_them_are(project: Path) -> None:
    cells = {
        "preprocess": ["data/preprocess/image", "data/preprocess/tabular", "data/preprocess/text"],
        "train_gan": ["data/train_gan/wgan_gp", "data/train_gan/latent_flow"],
        "contest": [f"data/contest/{arm}" for arm in (*ARMS, "smote")],
    }
    for stage, folders in cells.items():
        for folder in folders:
            assert not artefacts.pipeline()[stage], f"{folder} is missing"
            (project / folder).mkdir(parents=True)
        assert artefacts.pipeline()[stage]
    (project / "metrics/fewshot").mkdir(parents=True)
    assert not artefacts.pipeline()["fewshot"]
    files.write_text(project / "metrics/fewshot/fine.json", "{}")
    assert artefacts.pipeline()["fewshot"]


def test_without_a_run_the_first_page_says_what_to_do(empty: TestClient) -> None:
    words = words_of(empty.get("/").text)
    assert "Nothing was compared yet." in words and "Pipeline: 0 of 15 stages ready" in words
    assert empty.get("/report").status_code == 404 and "dvc repro report" in empty.get("/report").text


def test_the_report_is_served_with_its_pictures_apart(client: TestClient, filled: Path) -> None:
    put_sheet(filled)
    assert 'href="/report"' not in client.get("/").text
    page = write_page(Run(), Setting("Shapes", "", "seed: 1\n", 0.05))
    files.write_text(Path("plots/report.html"), page)
    files.write_text(Path(".scratch/seconds.html"), write_seconds_page(Run(), style()))
    served = client.get("/report")
    assert served.headers["content-encoding"] == "gzip" and "unsafe" not in served.headers["content-security-policy"]
    assert "data:image" in page and "data:image" not in served.text and "<style" not in served.text
    assert client.get("/report/style.css").text.startswith(":root") and 'href="/report/seconds"' in served.text
    addresses = re.findall(r'src="(/report/picture/\d+)"', served.text)
    assert len(addresses) == page.count("data:image")
    assert {client.get(address).headers["content-type"] for address in addresses} <= {"image/webp", "image/png"}
    assert client.get(f"/report/picture/{len(addresses)}").status_code == 404
    assert "What the last run took" in client.get("/report/seconds").text
    assert 'href="/report"' in client.get("/").text and words_of(page)[-200:] in words_of(served.text)


def test_pages_are_compressed_and_answers_of_the_api_are_not(client: TestClient) -> None:
    assert client.get("/compare").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/compare", headers={"accept-encoding": "identity"}).headers
    assert "content-encoding" not in client.get("/api/samples?engine=wgan_gp&label=line&count=8").headers


def test_every_number_of_the_first_page_is_one_of_the_results(client: TestClient) -> None:
    text = client.get("/").text.partition("<main")[2].partition("<details")[0]
    text = re.sub(r'<svg class="ticks">.*?</svg>', "", text, flags=re.DOTALL)
    run = Run()
    differences = [claim for arm in run.verdict.arms for claim in (arm.against_none,)]
    ends = [end for one in differences for end in (one.difference.mean, one.difference.low, one.difference.high)]
    known = {f"{abs(end):.1f}" for end in ends} | {f"{100 * (1 - run.alpha):g}", "1"}
    known |= {f"{run.cleaning.samples_out:,}", f"{run.split_sizes.test if run.split_sizes else ''}"}
    known.add(str(len(read_strip(run))))
    known |= set(re.findall(r"[\d.]+", " ".join(run.verdict.arm_names) + "Open Clip Art Library 0.18" + "macro-F1 4"))
    assert set(re.findall(r"\d[\d,]*(?:\.\d+)?", words_of(html.unescape(text)))) <= known
