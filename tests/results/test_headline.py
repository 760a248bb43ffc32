"""The metrics that summarise a run without a headline file, apart from counts, scores per class, ends of intervals."""

import json
from pathlib import Path

import pytest

from makeweight.core.paths import METRICS
from makeweight.results.headline import headlines


def test_headlines_by_hand() -> None:
    names = [
        ("verdict", "smote.macro_f1.mean"),
        ("verdict", "smote.macro_f1.low"),
        ("verdict", "smote.against_none.mean"),
        ("classify/e1", "real.lenet.accuracy"),
        ("classify/e1", "real.lenet.f1.circle"),
        ("classify/e2", "lenet.macro_f1"),
        ("clean", "samples_out"),
        ("clean", "samples_in"),
        ("contest/smote", "fusion.macro_f1.mean"),
    ]
    assert headlines([*names, names[0]]) == [
        ("classify/e1", "real.lenet.accuracy"),
        ("classify/e2", "lenet.macro_f1"),
        ("clean", "samples_out"),
        ("verdict", "smote.macro_f1.mean"),
    ]


def test_the_headline_file_is_all_where_it_is() -> None:
    names = [("verdict", "smote.macro_f1.mean"), ("headline", "recommended"), ("headline", "macro_f1")]
    assert headlines(names) == [("headline", "macro_f1"), ("headline", "recommended")]


def test_the_committed_run_has_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    files = {path.relative_to(METRICS).with_suffix("").as_posix(): path for path in METRICS.rglob("*.json")}
    files.pop("headline", None)
    found = headlines((file, name) for file, path in files.items() for name in json.loads(path.read_text()))
    assert {file for file, _ in found} == {"verdict", "classify/e1", "classify/e2", "clean"}
