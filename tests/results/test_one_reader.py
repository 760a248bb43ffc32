"""Only the reader of results knows how metrics are named; what shows them asks it."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "makeweight"
IMPORTS = SOURCE / "tools" / "deps.py"
"""Its dotted names are those of modules."""
SHOWING = sorted(
    {path for folder in ("app", "tools", "stages/report") for path in (SOURCE / folder).rglob("*.py")} - {IMPORTS}
)
DOTTED_LOOKUPS = re.compile(
    r"""(get\(|\[|\bin\ )f"\{[a-z_.]+\}\.[a-z{]       # numbers[f"{arm}.macro_f1.mean"]
    | get\("[a-z_0-9]+\.[a-z_0-9.]+"                 # numbers.get("rows.real")
    | "[^"\s]*\.(mean|low|high|macro_f1|accuracy)"   # "macro_f1.mean"
    | \.numbers\("                                   # folders.numbers("contest", arm)""",
    re.VERBOSE,
)


def test_there_is_something_to_look_at() -> None:
    assert len(SHOWING) > 30


@pytest.mark.parametrize("path", SHOWING, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_what_shows_results_looks_up_no_dotted_names(path: Path) -> None:
    found = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if DOTTED_LOOKUPS.search(line)]
    assert found == []


@pytest.mark.parametrize(
    "line",
    ['numbers[f"{arm}.macro_f1.mean"]', 'numbers.get("rows.real")', 'name.endswith(".accuracy")', 'x.numbers("split")'],
)
def test_a_dotted_lookup_is_seen(line: str) -> None:
    assert DOTTED_LOOKUPS.search(line)
