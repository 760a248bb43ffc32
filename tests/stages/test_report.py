"""The page says what the files say, says what is missing, and needs nothing but itself."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from makeweight.core import timings
from makeweight.core.errors import InputError
from makeweight.results import charts_old as charts
from makeweight.results import public, seconds
from makeweight.results.chapters import confusion
from makeweight.results.opening import read_ruling
from makeweight.results.shelf import Shelf
from makeweight.stages.report.__main__ import Setting, main, write_page

VOID = {"meta", "img", "link", "br", "hr", "input"}


class Checker(HTMLParser):
    """Every element that is opened is closed in turn; ids stand once; links and pictures stay inside the page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.pictures_without_words = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.addresses += [values[name] or "" for name in ("href", "src") if name in values]
        self.pictures_without_words += tag == "img" and not values.get("alt")

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "metrics", tmp_path / "plots")


def put_numbers(shelf: Shelf, name: str, numbers: dict[str, float]) -> None:
    path = shelf.metrics / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(numbers))


def put_series(shelf: Shelf, name: str, **columns: list) -> None:
    path = shelf.plots / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns).to_csv(path, index=False)


def put_picture(shelf: Shelf, name: str) -> None:
    path = shelf.plots / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), "teal").save(path)


def put_verdict(shelf: Shelf, recommended: str, verdict: str = "helps", mean: float = 3.14) -> None:
    put_series(
        shelf,
        "verdict/intervals.csv",
        arm=["smote", "flow_50", "flow"],
        mean=[mean, -2.0, -2.0],
        low=[1.0, -4.0, -4.0],
        high=[5.0, -0.5, -0.5],
        verdict=[verdict, "hurts", "hurts"],
        simple_mean=[None, -5.0, -5.0],
        simple_low=[None, -6.0, -6.0],
        simple_high=[None, -4.0, -4.0],
        simple_verdict=[None, "hurts", "hurts"],
    )
    told = {
        "view": "fusion",
        "recommended": recommended,
        "best_simple": "smote",
        "uses": {"flow": "flow_50"},
        "sentences": {"recommendation": "Use smote: it <helps>."},
    }
    (shelf.plots / "verdict" / "verdict.json").write_text(json.dumps(told))
    put_numbers(
        shelf, "verdict", {"smote.macro_f1.mean": 0.4, "smote.macro_f1.low": 0.38, "smote.macro_f1.high": 0.421}
    )


def put_scores(shelf: Shelf, **means: float) -> None:
    scores = {f"{arm}.macro_f1.{end}": mean for arm, mean in means.items() for end in ("mean", "low", "high")}
    put_numbers(shelf, "verdict", scores)


def page_of(shelf: Shelf) -> str:
    sweep = pd.DataFrame({"configuration": ["slow", "plain"], "train.rate": [0.1, 0.3], "score": [0.75, 0.5]})
    return write_page(shelf, Setting("Stamps & coins", "CC0", "seed: 1\n", 0.05, sweep, public.EMPTY))


def words_of(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_an_empty_shelf_says_what_to_run(shelf: Shelf) -> None:
    page = words_of(page_of(shelf))
    for stage in ("verdict", "sample", "clean", "classify", "fidelity", "fewshot", "tsne", "train_gan"):
        assert f"Not made yet: dvc repro {stage}" in page


def test_the_first_screen_says_what_to_use_and_how_sure_it_is(shelf: Shelf) -> None:
    put_verdict(shelf, "smote")
    put_numbers(shelf, "contest/none", {"rows.real": 2300, "fusion.seeds": 3})
    put_numbers(shelf, "split", {"test": 480})
    put_numbers(shelf, "clean", {"samples_out": 4000, "classes": 14})
    opening = words_of(page_of(shelf).partition("<nav")[0])
    assert "Use smote: it helps by 3.1 points." in opening
    hurt = "Samples made by the generator flow hurt (\u22122.0 points) and are worse than smote"
    assert f"{hurt} (\u22125.0 points, \u22126.0 to \u22124.0)." in opening
    assert "2 ways of balancing the 2,300 training samples of 14 classes" in opening
    assert "each trained 3 times" in opening and "480 test samples" in opening
    assert "+3.1 (+1.0 to +5.0)" in opening and "95 % interval" in opening
    assert "chosen on validation for its generator" in opening
    assert "goes from" not in opening  # what doing nothing scores is not known here
    put_scores(shelf, none=0.3686, smote=0.4)
    assert "Macro-F1 goes from 36.9 to 40.0 of 100 points." in words_of(page_of(shelf))


def test_ways_that_chance_cannot_tell_from_the_recommended_one_are_named(shelf: Shelf) -> None:
    put_verdict(shelf, "smote")
    put_scores(shelf, none=0.3, smote=0.4)
    arms = shelf.series("verdict", "intervals.csv")
    assert arms is not None
    arms.loc[arms["arm"] != "smote", "simple_verdict"] = "inconclusive"
    put_series(shelf, "verdict/intervals.csv", **{str(name): list(arms[name]) for name in arms})
    opening = words_of(page_of(shelf).partition("<nav")[0])
    assert "of 100 points. No difference to it is shown for flow 50." in opening
    assert "and no difference to smote is shown (\u22125.0 points, \u22126.0 to \u22124.0)." in opening


def test_where_most_ways_are_level_the_others_are_named(shelf: Shelf) -> None:
    put_verdict(shelf, "smote")
    put_scores(shelf, none=0.3, smote=0.4)
    given = shelf.series("verdict", "intervals.csv")
    assert given is not None
    own = given["arm"] == "smote"
    more = [given[own].assign(arm=f"way_{place}", simple_verdict="inconclusive") for place in range(4)]
    more.append(given[own].assign(arm="far_off", simple_verdict="hurts"))
    arms = pd.concat([given[own], *more], ignore_index=True)
    put_series(shelf, "verdict/intervals.csv", **{str(name): list(arms[name]) for name in arms})
    told = "of 100 points. Of the 5 other ways, all but far off can&#39;t be told from it."
    assert told in words_of(page_of(shelf).partition("<nav")[0])


def test_a_verdict_can_say_no(shelf: Shelf) -> None:
    put_verdict(shelf, "none")
    assert "Add nothing: no way of balancing did better" in words_of(page_of(shelf))
    put_verdict(shelf, "smote", verdict="inconclusive")
    assert "Use smote: +3.1 points, though chance alone could explain that." in words_of(page_of(shelf))
    put_verdict(shelf, "smote", verdict="inconclusive", mean=-1.0)
    assert "No gain is shown: smote, which validation chose, made \u22121.0 points" in words_of(page_of(shelf))
    put_verdict(shelf, "smote", verdict="hurts", mean=-3.0)
    assert "on the test samples it hurts by 3.0 points: add nothing." in words_of(page_of(shelf))


def test_the_contest_table_tells_scores_in_points(shelf: Shelf) -> None:
    put_verdict(shelf, "smote")
    put_numbers(shelf, "contest/flow_50", {"rows.synthetic": 5400, "steps": 2850})
    put_numbers(shelf, "contest/smote", {"rows.synthetic": 100, "steps": 3300})
    put_numbers(shelf, "train_gan/flow", {"updates": 1500})
    put_numbers(
        shelf, "fidelity", {f"flow.{kind}.membership_auc": auc for kind, auc in (("image", 0.51), ("text", 0.62))}
    )
    page = page_of(shelf)
    assert re.search(r'<tr class="best"><td class="words-column">smote</td>.*?40\.0 \(38\.0 to 42\.1\)', page)
    assert "5,400 4,350 0.620" in words_of(page) and "100 3,300" in words_of(page)


def test_the_clock_stands_on_a_page_of_its_own(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put_verdict(shelf, "smote")
    put_numbers(shelf, "train_gan/flow", {"updates": 1500})
    before = page_of(shelf)
    timings.write_seconds("contest", "flow_50", 40.2)
    timings.write_seconds("contest", "smote", 31.0)
    timings.write_seconds("train_gan", "flow", 100.4)
    assert page_of(shelf) == before and seconds.LINK in before
    words = words_of(seconds.write_seconds_page(shelf, ""))
    assert "flow 50 40 100 141" in words and "smote 31 0 31" in words


def test_the_page_is_whole_and_needs_nothing_else(shelf: Shelf) -> None:
    put_everything(shelf)
    page = page_of(shelf)
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert checker.pictures_without_words == 0
    inner = {address for address in checker.addresses if not address.startswith("data:image/png;base64,")}
    inner.discard(seconds.LINK)  # the clock may not stand in the page
    assert {address[1:] for address in inner} <= set(checker.ids)
    assert all(address.startswith("#") for address in inner)
    assert "url(" not in page and "<script" not in page and "@import" not in page


def put_everything(shelf: Shelf) -> None:
    put_verdict(shelf, "smote")
    put_numbers(shelf, "ingest", {"samples": 11012, "failures": 95})
    dropped = {"dropped.near_duplicate": 7000, "dropped.blank": 12}
    put_numbers(shelf, "clean", {"samples_in": 11012, "samples_out": 4000, "classes": 2, **dropped})
    put_series(shelf, "clean/funnel.csv", step=["samples_in", "near_duplicate"], rows=[11012, 4000])
    put_series(shelf, "clean/class_counts.csv", label=["a", "b"], before=[9000, 12], after=[3990, 10])
    put_picture(shelf, "clean/dropped_near_duplicate.png")
    put_picture(shelf, "sample/flow/real_and_synthetic.png")
    put_picture(shelf, "sample/flow/listings.png")
    put_numbers(shelf, "sample", {"flow.rows.a": 777})
    put_series(shelf, "split/classes.csv", label=["b", "a"], train=[1, 5])
    put_series(shelf, "sample/flow/listings.csv", label=["a"], title=["<b>Star"], description=["of gold"], price=[1.25])
    put_series(shelf, "train_gan/flow/losses.csv", step=[1, 2, 3], flow=[1.0, None, 0.5])
    put_series(shelf, "train_gan/flow/scores.csv", step=[2, 3], score=[0.1, 0.2])
    put_numbers(shelf, "fidelity", {"real.image.recall": 0.9, "flow.image.recall": 0.25, "flow.image.recall.a": 0.77})
    put_series(shelf, "fidelity/classes.csv", engine=["flow"], modality=["image"], **{"class": ["a"]}, recall=[0.77])
    put_numbers(shelf, "classify/e1", {"real.lenet.accuracy": 0.5, "real.lenet.f1.a": 0.4})
    put_numbers(shelf, "classify/e2", {"lenet.ratio": 0.5})
    for name in ("real_lenet", "synthetic_lenet_on_real", "synthetic_nn"):
        put_series(shelf, f"classify/confusion_{name}.csv", actual=["a", "b"], predicted=["a", "a"], count=[3, 1])
    put_series(shelf, "classify/history_real_lenet.csv", epoch=[1, 2], train_loss=[2.0, 1.0])
    put_series(shelf, "verdict/dose.csv", engine=["flow"], amount=[0], mean=[1], low=[0], high=[2], **zero_recall())
    put_series(shelf, "verdict/classes.csv", label=["a"], arm=["smote"], mean=[4.4], low=[1.0], high=[7.0])
    put_series(shelf, "verdict/arms.csv", view=["fusion"], arm=["none"], mean=[40.0], low=[38.0], high=[42.0])
    put_numbers(shelf, "fewshot/fine", {"triplet.verification.eer": 0.3})
    settings = {"way": [5, 5], "shot": [1, 1], "low": [0.4, 0.1], "high": [0.6, 0.3], "chance": [0.2, 0.2]}
    put_series(shelf, "fewshot/fine/table.csv", method=["triplet", "naive"], mean=[0.5, 0.2], **settings)
    put_picture(shelf, "fewshot/fine/episode.png")
    put_numbers(shelf, "tsne", {"real.purity": 0.4})
    put_series(shelf, "tsne/embedding.csv", x=[0, 1], y=[0, 1], label=["a", "b"], source=["real", "flow"])
    put_picture(shelf, "tsne/other.png")


def zero_recall() -> dict[str, list[int]]:
    return {"recall_mean": [0], "recall_low": [0], "recall_high": [0]}


def test_every_file_is_shown(shelf: Shelf) -> None:
    put_everything(shelf)
    page = page_of(shelf)
    assert page.count("data:image/png;base64,") == 5
    for stage in ("clean", "sample", "train_gan", "classify", "fewshot", "tsne", "verdict"):
        assert shelf.untaken(stage) == [], stage
    words = words_of(page)
    assert "Not made yet" not in words
    for told in (
        "11,012",
        "near duplicate: 7,000 dropped",
        "image, recall 0.900 0.250",
        "50.0 (40.0 to 60.0)",
        "+4",
        "chance: 20 %",
    ):
        assert told in words, told


def test_foreign_text_can_not_become_markup(shelf: Shelf) -> None:
    put_everything(shelf)
    page = page_of(shelf)
    assert "<b>Star" not in page and "&lt;b&gt;Star" in page
    assert "it &lt;helps&gt;." in page
    assert "Stamps &amp; coins" in page


def test_the_same_files_give_the_same_page(shelf: Shelf) -> None:
    put_everything(shelf)
    assert page_of(shelf) == page_of(Shelf(shelf.metrics, shelf.plots))


def test_broken_files_are_told_by_name(shelf: Shelf) -> None:
    put_numbers(shelf, "clean", {})
    (shelf.metrics / "clean.json").write_text("{")
    with pytest.raises(InputError, match="clean.json: not valid JSON"):
        page_of(shelf)
    (shelf.metrics / "clean.json").write_text("[1]")
    with pytest.raises(InputError, match="clean.json: right would be names with values"):
        page_of(shelf)
    shelf.plots.mkdir()
    (shelf.plots / "empty.csv").write_text("")
    with pytest.raises(InputError, match="empty.csv: not a readable CSV"):
        shelf.series("empty.csv")


def test_the_stage_writes_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("dataset: stamps\nverdict:\n  family_wise_alpha: 0.05\n")
    Path("datasets").mkdir()
    card = "title: Stamps\nlicence: CC0\nsource:\n  kind: table\ncolumns:\n  label: country\n"
    Path("datasets/stamps.yaml").write_text(card)
    main()
    written = [path for path in Path("plots").rglob("*") if path.is_file()]
    assert written == [Path("plots/report.html")]
    assert "<title>Makeweight: Stamps</title>" in written[0].read_text(encoding="utf-8")
    assert "family_wise_alpha: 0.05" in written[0].read_text(encoding="utf-8")


def test_the_ruling_is_read_as_written(shelf: Shelf) -> None:
    assert read_ruling(shelf) is None
    put_verdict(shelf, "smote")
    ruling = read_ruling(shelf)
    assert ruling is not None
    words = ruling.words_on("smote")
    assert words is not None and (words["mean"], words["verdict"]) == (3.14, "helps")
    assert ruling.words_on("none") is None


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (-1.2, 1.3, [-1, -0.5, 0, 0.5, 1]), (3, 3, [3]), (0.113, 0.127, None)],
)
def test_ticks_are_round_and_inside(low: float, high: float, wanted: list[float] | None) -> None:
    found = charts.ticks(low, high)
    assert wanted is None or found == wanted
    assert found and all(low <= tick <= high for tick in found)


def test_numbers_as_people_read_them() -> None:
    assert [charts.number(value) for value in (11012, 0, 0.5, 1.0, 0.00021)] == [
        "11,012",
        "0",
        "0.500",
        "1.000",
        "0.00021",
    ]
    assert [charts.signed(value) for value in (1.26, -0.04, -3)] == ["+1.3", "\u00b10.0", "\u22123.0"]


def test_an_interval_is_drawn_to_scale() -> None:
    drawn = charts.intervals([charts.Interval("arm", 1.0, 0.0, 2.0)], "points")
    lefts = [float(value) for value in re.findall(r"left:([\d.]+)%", drawn)]
    zero, bar, dot = lefts[:3]
    width = float(re.search(r"width:([\d.]+)%", drawn)[1])
    assert zero == bar
    assert dot == pytest.approx(bar + width / 2, abs=0.01)


def test_bars_are_proportional() -> None:
    drawn = charts.bars([("a", {"rows": 200.0}), ("b", {"rows": 50.0})], ["rows"])
    assert re.findall(r"--part:([\d.]+)", drawn) == ["1.0000", "0.2500"]


def test_a_line_goes_through_its_points() -> None:
    drawn = charts.lines([charts.Line("loss", [0, 5, 10], [0.0, float("nan"), 1.0])], "step", "loss")
    points = re.search(r'<polyline points="([^"]+)"', drawn)[1].split()
    assert len(points) == 2
    (x0, y0), (x1, y1) = ([float(number) for number in point.split(",")] for point in points)
    assert (x0, x1) == (0, 1000)
    assert y0 > y1
    assert charts.lines([charts.Line("empty", [], [])], "step", "loss") == ""


def test_confusion_counts_by_row() -> None:
    counts = pd.DataFrame({"actual": ["b", "a", "a"], "predicted": ["b", "a", "b"], "count": [4, 3, 1]})
    drawn = confusion(counts)
    cells = re.findall(r'<td style="--share:([\d.]+)" class="([^"]*)">(\d*)</td>', drawn)
    assert cells == [("0.750", "strong own", "3"), ("0.250", "", "1"), ("0.000", "", ""), ("1.000", "strong own", "4")]
    assert confusion(counts.drop(columns="count")).count(">1</td>") == 3


def test_parallel_coordinates_reach_from_worst_to_best() -> None:
    table = pd.DataFrame({"name": ["a", "b", "c"], "rate": [1, 3, 2], "same": 5, "way": ["x", "y", "x"]})
    drawn = charts.parallel_coordinates(table.assign(score=[0.9, 0.5, 0.7]), "name", "score")
    lines = re.findall(r'<polyline points="([^"]+)" class="([^"]+)"><title>([^<]+)', drawn)
    assert lines[-1] == ("0,400.0 500,400.0 1000,0.0", "s1", "a: 0.900")
    assert lines[1] == ("0,0.0 500,0.0 1000,400.0", "s0 faint", "b: 0.500")
    assert "same" not in drawn and "1 to 3" in drawn and "x to y" in drawn


def test_without_a_sweep_the_page_says_how_to_make_one(shelf: Shelf) -> None:
    none = pd.DataFrame({"configuration": [], "score": []})
    page = write_page(shelf, Setting("Stamps", "CC0", "", 0.05, none, public.EMPTY))
    assert "Not made yet: make sweep" in words_of(page)


def test_data_without_pictures_or_novel_classes_pass(shelf: Shelf) -> None:
    put_verdict(shelf, "none")
    put_numbers(shelf, "fewshot/fine", {})
    put_numbers(shelf, "sample", {"flow.rows.yes": 7})
    put_series(shelf, "sample/flow/listings.csv", id=["f-1"], label=["yes"], income=[1.5], bytes=[1.2e6])
    put_numbers(shelf, "classify/e1", {"real.nn.accuracy": 0.5})
    put_series(shelf, "classify/confusion_real_nn.csv", actual=["yes"], predicted=["no"], count=[3])
    words = words_of(page_of(shelf))
    assert "These data give no classes to try it on." in words
    assert "1 whole samples that flow made" in words and "income 1.500 bytes 1,200,000" in words
    assert "real nn actual" in words


def test_trials_on_public_pictures_stand_with_their_pictures(tmp_path: Path) -> None:
    numbers = {
        "coats.slow.ratio": 0.5,
        "coats.slow.minutes": 10.0,
        "coats.fast.ratio": 0.75,
        "coats.fast.ratio.std": 0.01,
        "coats.fast.coverage": 0.5,
        "coats.fast.seeds": 3,
        "coats.real.coverage": 0.875,
        "boots-imbalanced.fast.ratio": 0.25,
    }
    (tmp_path / "quality.json").write_text(json.dumps(numbers))
    trials = public.read_trials(tmp_path / "quality.json")
    assert trials[["data set", "engine", "ratio"]].to_numpy().tolist() == [
        ["boots-imbalanced", "fast", 0.25],
        ["coats", "fast", 0.75],
        ["coats", "slow", 0.5],
    ]
    assert trials.loc[1, ["std", "coverage", "coverage of real", "seeds"]].tolist() == [0.01, 0.5, 0.875, 3]
    Image.new("L", (4, 4)).save(tmp_path / "coats_fast.png")
    drawn = str(public.draw_public(trials, tmp_path))
    assert drawn.count("<img") == 1
    assert "Pictures of coats made by fast" in drawn


def test_without_trials_the_page_says_how_to_make_some(shelf: Shelf) -> None:
    assert "Not measured yet: python benchmarks/quality.py" in words_of(page_of(shelf))
