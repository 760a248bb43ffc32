"""What the verdict read beside its headline, on the page: rows of new groups, and what could be gained at most."""

import json

from run_files import page_of, put_verdict, words_of

from makeweight.results.run import Run


def put_record(run: Run, **more: object) -> None:
    put_verdict(run, "smote")
    path = run.folders.plots / "verdict" / "verdict.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | more))


def ends(mean: float, **more: object) -> dict[str, object]:
    return {"mean": mean, "low": mean - 2, "high": mean + 2, **more}


def reading(**changes: object) -> dict[str, object]:
    lines = [
        {"line": "none", "arm": "none", **ends(47.0)},
        {"line": "smote", "arm": "smote", **ends(60.0), "against_none": ends(13.0, word="helps")},
        {"line": "flow", "arm": "flow_50", **ends(46.0), "against_none": ends(-1.0, word="inconclusive")},
    ]
    size = {"group": "vendor", "rows": 72, "test_rows": 724, "groups": 44, "test_groups": 175, "note": ""}
    return size | {"lines": lines} | changes


def test_rows_of_new_vendors_have_a_table(run: Run) -> None:
    put_record(run, new_groups=reading())
    words = words_of(page_of(run))
    assert "Test rows whose vendor has no train row" in words
    assert "on test rows whose vendor has no train row, 72 of 724; nothing was chosen by them." in words
    assert "none 47.0 (45.0 to 49.0) smote 60.0 (58.0 to 62.0) helps: +13.0 (+11.0 to +15.0)" in words
    assert "flow (flow 50) 46.0 (44.0 to 48.0) inconclusive: -1.0 (-3.0 to +1.0)" in words


def test_few_rows_are_told_beside_it_and_none_at_all_without_a_table(run: Run) -> None:
    put_record(run, new_groups=reading(note="72 rows hold 11 of 14 classes: too few to decide by"))
    assert "chosen by them. 72 rows hold 11 of 14 classes: too few to decide by." in words_of(page_of(run))
    put_record(run, new_groups=reading(rows=0, lines=[], note="every <vendor> of the test split has train rows too"))
    page = page_of(run)
    assert "Every <vendor> of the test split has train rows too." in words_of(page).replace("&lt;", "<").replace(
        "&gt;", ">"
    )
    assert "<vendor>" not in page, "names of users are no markup"


def test_shares_of_the_headroom_have_a_table(run: Run) -> None:
    record = {"arm": "all_real_rows", "score": ends(74.0), "over_none": ends(20.0), "over_rule": None}
    put_record(run, headroom=record | {"shares": {"smote": 0.25, "flow_50": -0.1, "flow": -0.1}})
    words = words_of(page_of(run))
    assert "macro-F1 74.0 (72.0 to 76.0), 20.0 (18.0 to 22.0) points more than doing nothing" in words
    assert "smote 25 % flow 50 -10 %" in words
    put_record(run, headroom=record | {"shares": {}})
    assert "This gain is inconclusive, so no share of it is given." in words_of(page_of(run))


def test_without_such_readings_the_page_says_nothing_of_them(run: Run) -> None:
    put_record(run)
    words = words_of(page_of(run))
    assert "has no train row" not in words and "gained at most" not in words
