"""The files of a project of one's own follow from the repository's, and say the same."""

from pathlib import Path

from ruamel.yaml import YAML

from makeweight import __version__
from makeweight.tools import scaffold

ROOT = Path(__file__).parents[2]
FILES = ROOT / scaffold.FOLDER


def parsed(text: str) -> dict:
    return YAML(typ="safe").load(text)


def test_the_packaged_files_are_those_that_follow_from_the_repository() -> None:
    for name, text in scaffold.written(ROOT).items():
        assert (FILES / name).read_text(encoding="utf-8") == text, f"run `make deps`: {name}"
    known = {file.relative_to(FILES).as_posix() for file in FILES.rglob("*") if file.is_file()}
    assert known == {*scaffold.written(ROOT), scaffold.PLOTS_PAGE}


def test_every_stage_is_there_with_the_installed_command_and_without_source() -> None:
    ours, theirs = (parsed((folder / "dvc.yaml").read_text())["stages"] for folder in (ROOT, FILES))
    assert list(ours) == list(theirs)
    for name, stage in theirs.items():
        own = ours[name]
        assert stage["cmd"] == own["cmd"].replace("python src/stage.py", "makeweight stage")
        assert [dep for dep in own["deps"] if not dep.startswith("src/")] == stage["deps"]
        assert (
            {*own.get("params", []), scaffold.VERSION_KEY} >= set(stage.get("params", [])) >= {*own.get("params", [])}
        )
        assert scaffold.VERSION_KEY in stage.get("params", []) or "params.yaml" in stage["deps"], name
        assert {key: value for key, value in own.items() if key not in ("cmd", "deps", "params")} == {
            key: value for key, value in stage.items() if key not in ("cmd", "deps", "params")
        }


def test_the_parameters_are_the_same_but_for_the_data_the_key_and_the_version() -> None:
    ours = parsed((ROOT / "params.yaml").read_text())
    theirs = parsed(scaffold.read("params.yaml"))
    assert theirs.pop(scaffold.VERSION_KEY) == __version__
    assert theirs.pop("dataset") == scaffold.NO_DATASET
    key = theirs["ingest"].pop("pseudonym_key")
    assert len(key) == 32 and key != parsed(scaffold.read("params.yaml"))["ingest"]["pseudonym_key"]
    del ours["dataset"], ours["ingest"]["pseudonym_key"]
    assert theirs == ours


def test_comments_of_the_parameters_come_along() -> None:
    text = (FILES / "params.yaml").read_text()
    ours = [line for line in (ROOT / "params.yaml").read_text().splitlines() if line.lstrip().startswith("#")]
    head = len(ours) - len([line for line in ours if line in text])
    assert head <= 2, "only the head of the file differs"
