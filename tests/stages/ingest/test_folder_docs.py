"""Each arrangement of folders in docs/your-data.md is read as the page says."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from test_folder_files import fill, labels, read

from makeweight.data.card import Card
from makeweight.stages.ingest import sources

PAGE = (Path(__file__).parents[3] / "docs" / "your-data.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```text folders(?: class_level: (-?\d))?\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("level", "block"), BLOCKS)
def test_the_arrangements_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str, block: str) -> None:
    monkeypatch.chdir(tmp_path)
    expected = {path: told.split(", ") for path, told in re.findall(r"(\S+) +-> (.+)", block)}
    fill(tmp_path / "p", *expected)
    stated = {"class_level": int(level)} if level else {}
    assert labels(read(**stated)) == {path: told[0] for path, told in expected.items()}
    if any(len(told) > 1 for told in expected.values()):
        kept = read(splits="keep").samples.table.set_index("id")["mw_given_split"]
        assert kept.to_dict() == {path: told[1] for path, told in expected.items()}


def test_the_page_shows_all_arrangements() -> None:
    assert len(BLOCKS) == 4


def test_the_metadata_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    block = re.search(r"```text\n(photos/.*?)```\n\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    last = tmp_path
    for line in block[1].splitlines():
        path, text = line[:29].strip(), line[29:]
        if path:
            fill(tmp_path, path, content=b"" if text else None)
        last = tmp_path / path if path else last
        if text:
            last.write_bytes(last.read_bytes() + f"{text}\n".encode())
    card = Card.model_validate(YAML(typ="safe").load(block[2]))
    table = sources.read(card, "datasets/x.yaml", settings=None).samples.table  # type: ignore[arg-type]
    assert table[["id", "label", "maker", "mw_given_split"]].to_numpy().tolist() == [
        ["test/2.png", "jug", "Bob", "test"],
        ["train/1.png", "cup", "Ann", "train"],
    ]
