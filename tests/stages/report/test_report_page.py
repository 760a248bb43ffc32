"""The page says what the files say, says what is missing, and needs nothing but itself."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from run_files import page_of, put_everything, put_numbers, put_series, put_verdict, words_of

from makeweight.core.errors import InputError
from makeweight.results.run import Run
from makeweight.results.seconds_page import LINK
from makeweight.stages.report.__main__ import main

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


def test_an_empty_run_says_what_to_do(run: Run) -> None:
    page = words_of(page_of(run))
    for stage in ("verdict", "sample", "clean", "classify", "fidelity", "fewshot", "tsne", "train_gan"):
        assert f"Not made yet: dvc repro {stage}" in page


def test_the_page_is_whole_and_needs_nothing_else(run: Run) -> None:
    put_everything(run)
    page = page_of(run)
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert checker.pictures_without_words == 0
    inner = {address for address in checker.addresses if not address.startswith("data:image/")}
    inner.discard(LINK)  # the clock may not be in the page
    assert {address[1:] for address in inner} <= set(checker.ids)
    assert all(address.startswith("#") for address in inner)
    assert "url(" not in page and "<script" not in page and "@import" not in page


def test_every_file_is_shown(run: Run) -> None:
    put_everything(run)
    page = page_of(run)
    assert page.count("data:image/webp;base64,") == 5
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
    with pytest.raises(InputError, match="clean.json: damaged, or of another kind"):
        page_of(run)
    (run.folders.metrics / "clean.json").write_text("[1]")
    with pytest.raises(InputError, match=r"clean.json: is \[1\]; right would be names with values"):
        page_of(run)
    run.folders.plots.mkdir()
    (run.folders.plots / "empty.csv").write_text("")
    with pytest.raises(InputError, match="empty.csv: damaged, or of another kind"):
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


def test_a_series_that_no_chapter_shows_is_under_its_path_and_an_empty_one_is_not_shown(run: Run) -> None:
    put_everything(run)
    put_series(run, "tsne/more.csv", x=list(range(101)))
    put_series(run, "tsne/nothing.csv", x=[])
    words = words_of(page_of(run))
    assert "plots/tsne/more.csv: the first 100 of 101 rows" in words and "plots/tsne/other.png" in words
    assert "nothing" not in words.split("Real and synthetic on one plane")[-1].split("Parameters")[0]
