"""What the engines make, as the documentation shows it: sheets with their numbers, and listings with their pictures."""

import json
from pathlib import Path

from makeweight.results.run import Run
from makeweight.tools.tables.pictures import cell, listings, sheets


def test_every_sheet_is_linked_and_every_engine_has_its_numbers(tmp_path: Path) -> None:
    assert sheets(tmp_path) == "Not measured yet."
    (tmp_path / "picture_grids").mkdir()
    for name in ("coats", "catalogue"):
        (tmp_path / "picture_grids" / f"{name}.png").touch()
    numbers = {
        "coats.fast.updates": 1200,
        "coats.fast.seconds": 90.4,
        "coats.slow.updates": 3,
        "coats.slow.seconds": 91,
    }
    (tmp_path / "picture_grids.json").write_text(json.dumps({"machine": "M", "commit": "c", **numbers}))
    text = sheets(tmp_path)
    assert f"**coats**\n\n![coats, a row per engine]({tmp_path}/picture_grids/coats.png)" in text
    assert text.index("catalogue.png") < text.index("coats.png")
    assert text.endswith("| coats | fast | 1,200 | 90 |\n| coats | slow | 3 | 91 |")


def test_listings_stand_in_the_order_of_their_pictures(tmp_path: Path) -> None:
    run = Run(tmp_path / "metrics", tmp_path / "plots")
    assert listings(run) == "No run yet: `make repro`."
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "sample.json").write_text(json.dumps({"flow.rows": 2, "flow.rows.cat": 2}))
    folder = tmp_path / "plots" / "sample" / "flow"
    folder.mkdir(parents=True)
    lines = ["id,label,title,description,price,origin", "1,cat,A <b>|tail,,3.456,DE", "2,dog,Paw_print,None,12,US"]
    (folder / "listings.csv").write_text("\n".join(lines))
    text = listings(Run(tmp_path / "metrics", tmp_path / "plots"))
    rows = ["| 1 | cat | A \\<b\\>\\|tail |  | DE | 3.456 |", "| 2 | dog | Paw\\_print | None | US | 12 |"]
    assert text.splitlines()[-2:] == rows
    assert text.startswith("**flow**") and "listings.png" not in text
    assert "|  | class | title | description | origin | price |\n|---|---|---|---|---|---:|" in text


def test_marks_of_markdown_are_shown_as_they_stand() -> None:
    assert cell("[a]*b*\\`c`") == r"\[a\]\*b\*\\\`c\`"
    assert cell(float("nan")) == ""
    assert cell("two\nlines") == "two lines"


def test_a_long_text_lacks_its_middle() -> None:
    assert cell("a" * 90) == "a" * 90
    assert cell("a" * 90 + "the end") == "a" * 81 + "…athe end"
