"""The summary for a pull request says what differs, headline numbers first."""

import pytest

from makeweight.core import entry
from makeweight.tools import diff
from makeweight.tools.diff import Change

PRINTED = """{"metrics/clean.json": {"samples_out": {"old": 4000, "new": 3900, "diff": -100},
"same": {"old": 1, "new": 1}},
"metrics/contest/smote.json": {"fusion.macro_f1.mean": {"old": 0.4, "new": 0.45, "diff": 0.05}},
"metrics/contest/gone.json": {"fusion.macro_f1.mean": {"old": 0.4}}}"""


def test_changes_are_read_from_what_dvc_prints() -> None:
    found = list(diff.changes(diff.read_diff(PRINTED)))
    assert [(change.file, change.old, change.new) for change in found] == [
        ("metrics/clean.json", 4000, 3900),
        ("metrics/contest/gone.json", 0.4, None),
        ("metrics/contest/smote.json", 0.4, 0.45),
    ]
    assert [change.difference for change in found] == [-100, None, pytest.approx(0.05)]
    assert diff.read_diff('{"diff": {"metrics/a.json": {}}, "errors": {}}') == {"metrics/a.json": {}}
    assert diff.read_diff("") == {}


def test_the_headline_leads() -> None:
    metrics = [
        Change("metrics/clean.json", "samples_out", 4000, 3900),
        Change("metrics/headline.json", "macro_f1", 0.7, 0.72),
        Change("metrics/headline.json", "recommended", "none", "smote"),
    ]
    text = diff.summary("main", metrics, [Change("params.yaml", "seed", 1, 2)])
    order = [text.index(words) for words in ("### Headline", "### Parameters", "### Scores", "<details>")]
    assert order == sorted(order)
    assert "| `macro_f1` | 0.7 | 0.72 | +0.02 |" in text and "| `recommended` | none | smote |  |" in text
    assert text.index("`recommended`") < text.index("`macro_f1`")
    assert text.count("macro_f1") == 1, "the headline is not listed again"
    assert "It is the same." in diff.summary("main", metrics[:1], [])


def test_the_summary_is_markdown() -> None:
    metrics = list(diff.changes(diff.read_diff(PRINTED)))
    text = diff.summary("main", metrics, [Change("params.yaml", "engines", ["a"], ["a", "b|c"])])
    assert text.startswith("## Against `main`\n")
    assert "| `engines` | ['a'] | ['a', 'b\\|c'] |" in text
    assert "| `clean: samples_out` | 4000 | 3900 | -100 |" in text
    assert "| `contest/smote: fusion.macro_f1.mean` | 0.4 | 0.45 | +0.05 |" in text
    assert "| `contest/gone: fusion.macro_f1.mean` | 0.4 | - |  |" in text
    assert "<summary>metrics/contest/smote.json: 1 number differs</summary>" in text
    lines = text.splitlines()
    for line, after in zip(lines, lines[1:], strict=False):
        if after.startswith("|---"):
            assert line.count(" | ") == after.count("|") - 2


def test_what_is_new_or_gone_comes_after_what_changed() -> None:
    metrics = list(diff.changes(diff.read_diff(PRINTED)))
    text = diff.summary("main", metrics, [])
    assert text.index("contest/smote: fusion") < text.index("contest/gone: fusion")
    assert "<summary>metrics/contest/gone.json: 1 number, all gone</summary>" in text
    assert "1 number, all new" in diff.summary("main", [Change("metrics/a.json", "b", None, 1)], [])


def test_nothing_differs() -> None:
    assert "No parameter and no number differs." in diff.summary("main", [], [])


def test_only_the_largest_headlines_are_shown() -> None:
    many = [Change("metrics/verdict.json", f"n{number:03}", 0.0, number / 100) for number in range(1, 101)]
    text = diff.summary("main", many, []).partition("<details>")[0]
    assert "(20 largest of 100)" in text
    assert "n100" in text and "n081" in text and "n080" not in text


def test_an_unknown_base_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.exit_status("make diff", lambda: diff.main("no-such-revision")) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and error.startswith("make diff: `BASE=no-such-revision`")
