"""The README and the documentation: links lead somewhere, and the README stays short enough to be read."""

import re
import subprocess
from pathlib import Path

import pytest

from makeweight.core.params import read_yaml
from makeweight.stages.clean.rules.registry import RULES

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
MOST_BYTES = 8000
"""What a stranger reads in three minutes."""


def prose(page: Path) -> str:
    """A page without its code, in which brackets are no links."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^    .*$|`[^`\n]*`", "", text, flags=re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and Sphinx name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), f"{link}: {path or page.name} has no such heading"


def test_every_page_is_linked_from_the_contents() -> None:
    index = ROOT / "docs" / "index.md"
    pages = {page.name for page in PAGES if page.parent == index.parent and page != index}
    assert pages - set(links(index)) == set()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= MOST_BYTES


def test_anchors_are_named_as_on_the_web(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Ray against local processes\n\n## E1, E2: `ratio`\n")
    assert anchors(page) == {"ray-against-local-processes", "e1-e2-ratio"}


def test_words_that_a_reader_would_stumble_over_stay_away() -> None:
    words = "|".join(["furni" + "ture", "by l" + "ot", "an" + "ew", "who" + "ever"])
    command = ["git", "grep", "-I", "--line-number", "--word-regexp", "--ignore-case", "--extended-regexp", words]
    found = subprocess.run(
        [*command, "--", "src", "docs", "*.md", "params.yaml", "dvc.yaml"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.stdout == ""


def test_the_table_of_cleaning_rules_is_that_of_the_code_and_the_parameters() -> None:
    page = (ROOT / "docs" / "your-data.md").read_text(encoding="utf-8")
    section = page[page.index("## Cleaning rules") : page.index("## Make a balanced")]
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| ([a-z]+) \|$", section, flags=re.MULTILINE))
    assert list(told) == list(RULES)
    kinds = {name: section["for"] for name, section in read_yaml(ROOT / "params.yaml")["clean"]["rules"].items()}
    words = {("listings",): "listings", ("observations",): "observations", ("listings", "observations"): "both"}
    assert told == {name: words[tuple(kinds[name])] if name in kinds else "nothing" for name in RULES}
