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
from makeweight.results.run import Run
from makeweight.stages.report import seconds
from makeweight.stages.report.__main__ import Setting, main, write_page

VOID = {"meta", "img", "link", "br", "hr", "input"}


class Checker(HTMLParser):
    """Every element that is opened is closed in turn; no id comes twice; links and pictures stay inside the page."""

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
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "metrics", tmp_path / "plots")


def put_numbers(run: Run, name: str, numbers: dict[str, float]) -> None:
    path = run.folders.metrics / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(numbers))


def put_series(run: Run, name: str, **columns: list) -> None:
    path = run.folders.plots / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns).to_csv(path, index=False)


def put_picture(run: Run, name: str) -> None:
    path = run.folders.plots / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), "teal").save(path)


def put_verdict(run: Run, recommended: str, verdict: str = "helps", mean: float = 3.14) -> None:
    put_series(
        run,
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
    record = {
        "view": "fusion",
        "recommended": recommended,
        "best_simple": "smote",
        "chosen": {"flow": "flow_50"},
        "sentences": {"recommendation": "Use smote: it <helps>."},
    }
    (run.folders.plots / "verdict" / "verdict.json").write_text(json.dumps(record))
    put_numbers(run, "verdict", {"smote.macro_f1.mean": 0.4, "smote.macro_f1.low": 0.38, "smote.macro_f1.high": 0.421})


def put_scores(run: Run, **means: float) -> None:
    scores = {f"{arm}.macro_f1.{end}": mean for arm, mean in means.items() for end in ("mean", "low", "high")}
    put_numbers(run, "verdict", scores)


def page_of(run: Run) -> str:
    return write_page(run, Setting("Stamps & coins", "CC0", "seed: 1\n", 0.05))


def words_of(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_an_empty_run_says_what_to_do(run: Run) -> None:
    page = words_of(page_of(run))
    for stage in ("verdict", "sample", "clean", "classify", "fidelity", "fewshot", "tsne", "train_gan"):
        assert f"Not made yet: dvc repro {stage}" in page


def test_the_first_screen_says_what_to_use_and_how_sure_it_is(run: Run) -> None:
    put_verdict(run, "smote")
    put_numbers(run, "contest/none", {"rows.real": 2300, "fusion.seeds": 3})
    put_numbers(run, "split", {"test": 480})
    put_numbers(run, "clean", {"samples_out": 4000, "classes": 14})
    opening = words_of(page_of(run).partition("<nav")[0])
    assert "Use smote: it helps by 3.1 points." in opening
    hurt = "Synthetic samples of flow hurt (\u22122.0 points), and are worse than smote"
    assert f"{hurt} (\u22125.0 points, \u22126.0 to \u22124.0)." in opening
    assert "2 ways of balancing the 2,300 training samples of 14 classes" in opening
    assert "each trained 3 times" in opening and "tested on 480 samples" in opening
    assert "+3.1 (+1.0 to +5.0)" in opening and "95 % interval" in opening
    assert "chosen on validation for its engine" in opening
    assert "goes from" not in opening  # what doing nothing scores is not known here
    put_scores(run, none=0.3686, smote=0.4)
    assert "Macro-F1 goes from 36.9 to 40.0 of 100 points." in words_of(page_of(run))


def test_ways_that_chance_cannot_tell_from_the_recommended_one_are_named(run: Run) -> None:
    put_verdict(run, "smote")
    put_scores(run, none=0.3, smote=0.4)
    arms = run.folders.series("verdict", "intervals.csv")
    assert arms is not None
    arms.loc[arms["arm"] != "smote", "simple_verdict"] = "inconclusive"
    put_series(run, "verdict/intervals.csv", **{str(name): list(arms[name]) for name in arms})
    opening = words_of(page_of(run).partition("<nav")[0])
    assert "of 100 points. The comparison with it is inconclusive for flow 50." in opening
    assert "and the comparison with smote is inconclusive (\u22125.0 points, \u22126.0 to \u22124.0)." in opening


def test_where_most_ways_are_level_the_others_are_named(run: Run) -> None:
    put_verdict(run, "smote")
    put_scores(run, none=0.3, smote=0.4)
    given = run.folders.series("verdict", "intervals.csv")
    assert given is not None
    own = given["arm"] == "smote"
    more = [given[own].assign(arm=f"way_{index}", simple_verdict="inconclusive") for index in range(4)]
    more.append(given[own].assign(arm="far_off", simple_verdict="hurts"))
    arms = pd.concat([given[own], *more], ignore_index=True)
    put_series(run, "verdict/intervals.csv", **{str(name): list(arms[name]) for name in arms})
    text = "of 100 points. Of the 5 other ways, all but far off can&#39;t be told from it."
    assert text in words_of(page_of(run).partition("<nav")[0])


def test_a_verdict_can_say_no(run: Run) -> None:
    put_verdict(run, "none")
    assert "Add nothing: on the validation samples no way of balancing was better" in words_of(page_of(run))
    nothing = "Add nothing: nothing is shown to be better than none"
    for recommended, word, mean in (
        ("none", "inconclusive", 0.3),
        ("smote", "inconclusive", 3.1),
        ("smote", "hurts", -3.0),
    ):
        put_verdict(run, recommended, verdict=word, mean=mean)
        text = words_of(page_of(run))
        assert nothing in text and "Use smote: +" not in text and "<h1>Use" not in page_of(run)
    record = json.loads((run.folders.plots / "verdict" / "verdict.json").read_text())
    put_verdict(run, "none")
    (run.folders.plots / "verdict" / "verdict.json").write_text(
        json.dumps(record | {"recommended": "none", "preferred": "flow_50"})
    )
    assert "Add nothing: flow 50, which validation chose, is not shown to help on the test samples" in words_of(
        page_of(run)
    )


def test_where_doing_nothing_makes_no_mistake_the_first_screen_says_so(run: Run) -> None:
    put_verdict(run, "none", verdict="inconclusive", mean=0.0)
    put_scores(run, none=0.998)
    assert "anything to gain" not in words_of(page_of(run))
    put_scores(run, none=1.0)
    assert "already recognises every test sample" in words_of(page_of(run).partition("<nav")[0])


def test_the_contest_table_tells_scores_in_points(run: Run) -> None:
    put_verdict(run, "smote")
    put_numbers(run, "contest/flow_50", {"rows.synthetic": 5400, "steps": 2850})
    put_numbers(run, "contest/smote", {"rows.synthetic": 100, "steps": 3300})
    put_numbers(run, "train_gan/flow", {"updates": 1500})
    put_numbers(
        run, "fidelity", {f"flow.{kind}.membership_auc": auc for kind, auc in (("image", 0.51), ("text", 0.62))}
    )
    page = page_of(run)
    assert re.search(r'<tr class="best"><td class="words-column">smote</td>.*?40\.0 \(38\.0 to 42\.1\)', page)
    assert "5,400 4,350 0.620" in words_of(page) and "100 3,300" in words_of(page)


def test_the_clock_stands_on_a_page_of_its_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put_verdict(run, "smote")
    put_numbers(run, "train_gan/flow", {"updates": 1500})
    before = page_of(run)
    timings.write_seconds("contest", "flow_50", 40.2)
    timings.write_seconds("contest", "smote", 31.0)
    timings.write_seconds("train_gan", "flow", 100.4)
    assert page_of(run) == before and seconds.LINK in before
    words = words_of(seconds.write_seconds_page(run, ""))
    assert "flow 50 40 100 141" in words and "smote 31 0 31" in words


def test_the_page_is_whole_and_needs_nothing_else(run: Run) -> None:
    put_everything(run)
    page = page_of(run)
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert checker.pictures_without_words == 0
    inner = {address for address in checker.addresses if not address.startswith("data:image/png;base64,")}
    inner.discard(seconds.LINK)  # the clock may not be in the page
    assert {address[1:] for address in inner} <= set(checker.ids)
    assert all(address.startswith("#") for address in inner)
    assert "url(" not in page and "<script" not in page and "@import" not in page


def put_everything(run: Run) -> None:
    put_verdict(run, "smote")
    put_numbers(run, "ingest", {"samples": 11012, "failures": 95})
    dropped = {"dropped.near_duplicate": 7000, "dropped.blank": 12}
    put_numbers(run, "clean", {"samples_in": 11012, "samples_out": 4000, "classes": 2, **dropped})
    put_series(run, "clean/funnel.csv", step=["samples_in", "near_duplicate"], rows=[11012, 4000])
    put_series(run, "clean/class_counts.csv", label=["a", "b"], before=[9000, 12], after=[3990, 10])
    put_picture(run, "clean/dropped_near_duplicate.png")
    put_picture(run, "sample/flow/real_and_synthetic.png")
    put_picture(run, "sample/flow/listings.png")
    put_numbers(run, "sample", {"flow.rows.a": 777})
    put_series(run, "split/classes.csv", label=["b", "a"], train=[1, 5])
    put_series(run, "sample/flow/listings.csv", label=["a"], title=["<b>Star"], description=["of gold"], price=[1.25])
    put_series(run, "train_gan/flow/losses.csv", step=[1, 2, 3], flow=[1.0, None, 0.5])
    put_series(run, "train_gan/flow/scores.csv", step=[2, 3], score=[0.1, 0.2])
    put_numbers(run, "fidelity", {"real.image.recall": 0.9, "flow.image.recall": 0.25, "flow.image.recall.a": 0.77})
    put_series(run, "fidelity/classes.csv", engine=["flow"], modality=["image"], **{"class": ["a"]}, recall=[0.77])
    put_numbers(run, "classify/e1", {"real.lenet.accuracy": 0.5, "real.lenet.f1.a": 0.4})
    put_numbers(run, "classify/e2", {"lenet.ratio": 0.5})
    for name in ("real_lenet", "synthetic_lenet_on_real", "synthetic_nn"):
        put_series(run, f"classify/confusion_{name}.csv", actual=["a", "b"], predicted=["a", "a"], count=[3, 1])
    put_series(run, "classify/history_real_lenet.csv", epoch=[1, 2], train_loss=[2.0, 1.0])
    put_series(run, "verdict/dose.csv", engine=["flow"], amount=[0], mean=[1], low=[0], high=[2], **zero_recall())
    put_series(run, "verdict/classes.csv", label=["a"], arm=["smote"], mean=[4.4], low=[1.0], high=[7.0])
    put_series(run, "verdict/arms.csv", view=["fusion"], arm=["none"], mean=[40.0], low=[38.0], high=[42.0])
    put_numbers(run, "fewshot/fine", {"triplet.verification.eer": 0.3})
    settings = {"way": [5, 5], "shot": [1, 1], "low": [0.4, 0.1], "high": [0.6, 0.3], "chance": [0.2, 0.2]}
    put_series(run, "fewshot/fine/table.csv", method=["triplet", "naive"], mean=[0.5, 0.2], **settings)
    put_picture(run, "fewshot/fine/episode.png")
    put_numbers(run, "tsne", {"real.purity": 0.4})
    put_series(run, "tsne/embedding.csv", x=[0, 1], y=[0, 1], label=["a", "b"], source=["real", "flow"])
    put_picture(run, "tsne/other.png")


def zero_recall() -> dict[str, list[int]]:
    return {"recall_mean": [0], "recall_low": [0], "recall_high": [0]}


def test_every_file_is_shown(run: Run) -> None:
    put_everything(run)
    page = page_of(run)
    assert page.count("data:image/png;base64,") == 5
    for stage in ("clean", "sample", "train_gan", "classify", "fewshot", "tsne", "verdict"):
        assert run.folders.not_shown(stage) == [], stage
    words = words_of(page)
    assert "Not made yet" not in words
    for text in (
        "11,012",
        "near duplicate: 7,000 dropped",
        "image, recall 0.900 0.250",
        "50.0 (40.0 to 60.0)",
        "+4",
        "chance: 20 %",
    ):
        assert text in words, text


def test_foreign_text_can_not_become_markup(run: Run) -> None:
    put_everything(run)
    page = page_of(run)
    assert "<b>Star" not in page and "&lt;b&gt;Star" in page
    assert "it &lt;helps&gt;." in page
    assert "Stamps &amp; coins" in page


def test_the_same_files_give_the_same_page(run: Run) -> None:
    put_everything(run)
    assert page_of(run) == page_of(Run(run.folders.metrics, run.folders.plots))


def test_broken_files_are_told_by_name(run: Run) -> None:
    put_numbers(run, "clean", {})
    (run.folders.metrics / "clean.json").write_text("{")
    with pytest.raises(InputError, match="clean.json: not valid JSON"):
        page_of(run)
    (run.folders.metrics / "clean.json").write_text("[1]")
    with pytest.raises(InputError, match="clean.json: right would be names with values"):
        page_of(run)
    run.folders.plots.mkdir()
    (run.folders.plots / "empty.csv").write_text("")
    with pytest.raises(InputError, match="empty.csv: not a readable CSV"):
        run.folders.series("empty.csv")


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


def test_data_without_pictures_or_novel_classes_pass(run: Run) -> None:
    put_verdict(run, "none")
    put_numbers(run, "fewshot/fine", {})
    put_numbers(run, "sample", {"flow.rows.yes": 7})
    put_series(
        run, "sample/flow/listings.csv", id=["f-1"], label=["yes"], income=["1.50"], bytes=[1200000], code=["007"]
    )
    put_numbers(run, "classify/e1", {"real.nn.accuracy": 0.5})
    put_series(run, "classify/confusion_real_nn.csv", actual=["yes"], predicted=["no"], count=[3])
    words = words_of(page_of(run))
    assert "Nothing to try it on: it needs pictures" in words
    assert "Engine flow: 1 whole synthetic sample, chosen at random" in words
    assert "income 1.50 bytes 1200000 code 007" in words
    assert "nn, trained on real, tested on real actual" in words


def test_what_happened_to_the_data_is_one_chapter_whose_numbers_add_up(run: Run) -> None:
    put_numbers(run, "ingest", {"samples": 100})
    put_numbers(run, "clean", {"samples_in": 100, "samples_out": 60, "dropped.series_cap": 38, "dropped.empty_text": 2})
    put_series(run, "clean/funnel.csv", step=["raw samples", "empty_text", "series_cap"], rows=[100, 98, 60])
    remedies = ["rules: {empty_text: false}", "rules: {series_cap: {max_rows: 99}}"]
    rules = {"rule": ["empty_text", "series_cap"], "action": ["drop"] * 2, "count": [2, 38], "remedy": remedies}
    put_series(run, "clean/rules.csv", **rules)
    left_out = {
        "kind": ["row", "file"],
        "rule": ["no label", "hidden"],
        "count": [5, 2],
        "example_1": ["a.csv#7", "<b>"],
    }
    put_series(run, "ingest/excluded.csv", **left_out, example_2=[None, None])
    changed = {"column": ["price"], "change": ["decimal comma"], "count": [9], "as_written": ['["2,5"]']}
    put_series(run, "ingest/changed.csv", **changed, as_read=['["2.5"]'], remedy=["decimal: '.'"])
    columns = {"column": ["price", "shoe size"], "use": ["number", "unused"]}
    put_series(run, "ingest/columns.csv", **columns, values=[98, None], missing=[2, None])
    put_series(run, "ingest/notes.csv", note=["the class is the folder"])
    words = words_of(page_of(run))
    assert "105 rows in = 60 rows out + 40 dropped by rules + 5 left out while the source was read." in words
    assert "43 % of the rows are gone (45 of 105)." in words
    assert "series cap 38 dropped 60 rules: {series_cap: {max_rows: 99}}" in words
    assert "row no label 5 a.csv#7" in words and "file hidden 2 &lt;b&gt;" in words
    assert "price decimal comma 9 2,5 \u2192 2.5 decimal: &#39;.&#39;" in words
    assert "price number 98 2" in words and "gives them no role: shoe size ." in words
    assert "the class is the folder" in words
    put_numbers(run, "split", {"train": 40, "validation": 9, "test": 10, "unused": 1})
    assert "The rows out by split: train 40, validation 9, test 10, unused 1." in words_of(page_of(run))
    put_numbers(run, "clean", {"samples_out": 61, "dropped.series_cap": 38, "dropped.empty_text": 2})
    assert "These numbers do not add up" in words_of(page_of(run))


def test_the_first_screen_names_the_classes_that_are_gone(run: Run) -> None:
    put_verdict(run, "none")
    put_numbers(run, "clean", {"samples_out": 60})
    remedy = "rules: {small_class: {min_rows: 2}}"
    put_series(run, "clean/gone.csv", label=["fraud <1>"], rows=[33], rule=["small_class"], remedy=[remedy])
    for page in (page_of(run), page_of(Run(run.folders.metrics, run.folders.plots))):
        opening = words_of(page.partition("<nav")[0])
        assert "One class is gone: the clean samples have no row of it." in opening
        assert (
            f"fraud &lt;1&gt; : 33 rows, most taken by the rule small class; to keep it, in the card: {remedy}"
            in opening
        )
    many = [f"class {number}" for number in range(20)]
    put_series(run, "clean/gone.csv", label=many, rows=[2] * 20, rule=["x"] * 20, remedy=[None] * 20)
    opening = words_of(page_of(run).partition("<nav")[0])
    assert "20 classes are gone" in opening and "and 8 more with 16 rows" in opening


def test_ways_that_mean_nothing_for_the_data_are_said_in_one_line(run: Run) -> None:
    put_verdict(run, "none")
    path = run.folders.plots / "verdict" / "verdict.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"left_out": {"classic": "it changes pictures"}}))
    views = {"view": ["trees", "fusion"], "arm": ["smote", "smote"], "mean": [1.0, 2.0]}
    put_series(run, "verdict/arms.csv", **views, low=[0.0, 1.0], high=[2.0, 3.0])
    assert "Left out, classic: it changes pictures." in words_of(page_of(run))
    arms = run.folders.series("verdict", "intervals.csv")
    assert arms is not None
    renamed = arms.assign(arm=arms["arm"].replace("flow_50", "flow_50+refit"))
    put_series(run, "verdict/intervals.csv", **{str(name): list(renamed[name]) for name in renamed})
    text = "Empty where a way changes nothing and would repeat another: refit in trees."
    assert text in words_of(page_of(run))


ODD = ("a.b", "macro_f1", "accuracy", "None", "nan", "007", "1.0", "title", "real", "=1", "+", "<b>x</b>",
       "x/y \"q\" 'z'", "rows.a.b", "$x_1^", "_hidden", "\N{SNOWMAN}", "long name " * 30)  # fmt: skip


def test_classes_may_have_any_name(run: Run) -> None:
    labels = list(ODD)
    count = len(labels)
    put_verdict(run, "none")
    put_numbers(run, "ingest", {"samples": count})
    put_numbers(run, "clean", {"samples_in": count, "samples_out": count, "classes": count, "imbalance_ratio": 1.0})
    put_series(run, "clean/class_counts.csv", label=labels, before=[2] * count, after=[1] * count)
    put_series(run, "clean/gone.csv", label=labels, rows=[2] * count, rule=["r"] * count, remedy=["m"] * count)
    put_series(run, "split/classes.csv", label=labels, train=range(1, count + 1))
    put_numbers(run, "sample", {f"flow.rows.{label}": 7 for label in labels} | {"flow.rows": 7 * count})
    scores = {f"real.nn.f1.{label}": 0.125 for label in labels} | {"real.nn.accuracy": 0.5, "real.nn.macro_f1": 0.25}
    put_numbers(run, "classify/e1", scores)
    put_series(run, "classify/confusion_real_nn.csv", actual=labels, predicted=labels, count=[3] * count)
    of_class = {f"flow.text.coverage.{label}": 0.5 for label in labels}
    put_numbers(run, "fidelity", of_class | {"flow.text.coverage": 0.75, "flow.text.copy_rate.title": 0.25})
    by_class = {"engine": ["flow"] * count, "modality": ["text"] * count, "class": labels, "coverage": [0.5] * count}
    put_series(run, "fidelity/classes.csv", **by_class)
    changes = {"label": labels, "arm": ["smote"] * count, "mean": [1.0] * count}
    put_series(run, "verdict/classes.csv", **changes, low=[0.0] * count, high=[2.0] * count)
    points = {"x": range(count), "y": range(count), "label": labels, "source": ["real"] * count}
    put_series(run, "tsne/embedding.csv", **points)
    put_series(run, "sample/flow/listings.csv", id=labels, label=labels, shoe_size=["042"] * count)
    page = page_of(run)
    checker = Checker()
    checker.feed(page)
    assert not checker.open and len(set(checker.ids)) == len(checker.ids)
    assert "<b>x</b>" not in page and "042" in page
    assert {size.label: size.synthetic for size in run.class_sizes} == {label: {"flow": 7} for label in labels}
    assert {size.real for size in run.class_sizes} == set(range(1, count + 1))
    assert run.own_kind[0].accuracy == 0.5 and run.own_kind[0].macro_f1 == 0.25
    assert run.synthetic[0].rows == 7 * count
    fidelity, (confusion,) = run.fidelity, run.confusions
    assert fidelity is not None and [(one.name, one.value) for one in fidelity.measures] == [
        ("coverage", 0.75),
        ("copy_rate.title", 0.25),
    ]
    assert set(confusion.labels) == set(labels)
    assert {change.label for change in run.class_changes} == set(labels)


def test_benchmarks_and_sweeps_are_not_of_this_run(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_verdict(run, "none")
    before = page_of(run)
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "benchmarks" / "results" / "quality"
    results.mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(results / "fashion-mnist_wgan_gp.png")
    (results.parent / "quality.json").write_text('{"fashion-mnist.wgan_gp.ratio": 0.89}')
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "sweep.csv").write_text("params.yaml:seed,score\n1,0.5\n")
    assert page_of(run) == before and "fashion" not in before and "sweep" not in before
