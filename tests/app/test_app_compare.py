"""The verdict on the pages Start and Compare, and what stands behind it."""

import json
import re
from pathlib import Path

import numpy as np
from app_project import SHAPES, render_shape, shapes
from fastapi.testclient import TestClient

QUERY = "engine=wgan_gp&label=line&count=3&seed=5"
PICTURE = render_shape("circle", np.random.default_rng(0))


def test_the_comparison_shows_every_result(client: TestClient) -> None:
    """Charts are SVG and tables in the page itself: nothing has to run or to be loaded to see them."""
    text = client.get("/compare").text
    assert "Use smote: it helps by 2.0 points" in text and text.count('class="plot-panel') == 7
    intervals, doses, changes, matrix, plane, planes, funnel = text.split('class="plot-panel')[1:]
    assert (
        "+2.0 (+0.5 to +3.5)" in intervals
        and "\u22123.5 (\u22125.0 to \u22122.0)" in intervals
        and "recommended" in intervals
    )
    assert "<polyline" in doses and "40.0 (36.0 to 42.0)" in doses and "38.0 (36.0 to 42.0)" in doses
    assert all(shape in changes for shape in SHAPES) and "\u22124" in changes
    assert matrix.count(">6</td>") == 3 and matrix.count(">1</td>") == 6
    assert plane.count("<figcaption") == 1 and "60 held out points above 90 real ones" in plane
    assert planes.count("<figcaption") == 3
    assert client.get("/compare/map").text.count("<circle") == 150
    assert "found" in funnel and ">200<" in funnel and ">150<" in funnel
    e1, e2 = (text.partition(title)[2].partition("</table>")[0] for title in ("<h2>E1", "<h2>E2"))
    assert cells_of(e1)["lenet"] == ["real", "real", "0.5", "–", "–", "–"]
    assert cells_of(e2)["lenet"] == ["synthetic", "real", "0.25", "–", "0.5"]


def cells_of(table: str) -> dict[str, list[str]]:
    """The heading of every row of an HTML table, and its cells."""
    rows = table.partition("<tbody>")[2].split("<tr>")[1:]
    return {row.partition("</th>")[0].rpartition(">")[2]: re.findall(r">([^<>]+)</td>", row) for row in rows}


def test_the_matrices_of_the_experiments_have_a_page_of_their_own(client: TestClient) -> None:
    assert 'href="/compare/confusions"' in client.get("/compare").text
    text = client.get("/compare/confusions").text
    assert text.count('class="plot-panel') == 1 and text.count(">6</td>") == 3 and text.count(">1</td>") == 6
    assert "lenet, trained on real, tested on real" in text


def test_without_classifiers_there_are_no_matrices(empty: TestClient) -> None:
    answer = empty.get("/compare/confusions")
    assert answer.status_code == 404 and "dvc repro classify" in answer.text


def test_metrics_have_words_where_the_headline_has(client: TestClient, filled: Path) -> None:
    path = filled / "metrics/headline.json"
    path.write_text('{"recommended": "smote", "macro_f1": 0.43, "rows_kept": 150}')
    found = client.get("/api/metrics")
    path.unlink()
    assert found.status_code == 200
    assert found.json()["headline"] == {"recommended": "smote", "macro_f1": 0.43, "rows_kept": 150}


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
    cells = cells_of(
        client.get("/compare").text.partition("Every way of balancing in every view")[2].partition("</table>")[0]
    )
    assert cells["smote"][-3:] == ["1,234", "3,300", "42"]
    assert cells["none"][-3:] == ["0", "2,850", "–"], "none has not run on this machine"


def test_scores_without_a_rule_stand_beside(client: TestClient, filled: Path) -> None:
    path = filled / "metrics" / "contest" / "smote.json"
    before = path.read_text()
    view = json.loads((filled / "plots/verdict/verdict.json").read_text())["view"]
    beside = {f"{view}.argmax_macro_f1.mean": 0.4321, f"{view}.average_precision.mean": 0.5}
    path.write_text(json.dumps(json.loads(before) | beside))
    cells = cells_of(
        client.get("/compare").text.partition("Every way of balancing in every view")[2].partition("</table>")[0]
    )
    path.write_text(before)
    assert cells["smote"][-5:-3] == ["43.2", "50.0"] and cells["none"][-5:-3] == ["–", "–"]


def test_the_finding_stands_on_the_first_page_and_its_facts_on_compare(client: TestClient) -> None:
    assert "Use smote: it helps by 2.0 points of macro-F1 (0.5 to 3.5)." in client.get("/").text
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/compare").text))
    assert "Gain over doing nothing +2.0 points, interval +0.5 to +3.5" in words
    assert "Synthetic samples hurt the way that adds them: wgan gp 100" in words


def test_the_numbers_of_the_rule_can_be_opened(client: TestClient, filled: Path) -> None:
    path = filled / "plots/verdict/rule.csv"
    assert "The numbers of the rule" not in client.get("/compare").text
    path.write_text("view,label,bias,threshold,weight\ntrees,no,0,,\ntrees,yes,1.234,0.2254,\n")
    cells = cells_of(client.get("/compare").text.partition('id="rule"')[2].partition("</table>")[0])
    path.unlink()
    assert cells == {"no": ["0.00"], "yes": ["1.23"], "yes is predicted above": ["0.225"]}


def test_pages_say_that_a_threshold_comes_first(client: TestClient) -> None:
    assert "first try a tuned threshold" in client.get("/balance").text
    assert "decision rule" in client.get("/").text


def test_points_have_pictures(client: TestClient) -> None:
    assert client.get("/compare/picture?row=7").content == shapes(150)["image"][7]
    assert client.get("/compare/picture?row=150").status_code == 404
