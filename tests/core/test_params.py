"""params.yaml is read as DVC reads it, and a mistake in it is one line that names file and field."""

from pathlib import Path

import pytest

from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.params import Section


class Optimiser(Section):
    learning_rate: float
    steps: int


class Stage(Section):
    optimiser: Optimiser
    names: tuple[str, ...]


@pytest.fixture
def write_params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "params.yaml"
    path.write_text("stage:\n  optimiser:\n    learning_rate: 1e-4\n    steps: 3\n  names:\n  - on\n  - no\n")
    return path


def test_section_is_typed_and_reads_yaml_1_2(write_params: Path) -> None:
    section = params.load(Stage, "stage")
    assert section.optimiser.learning_rate == 0.0001
    assert section.names == ("on", "no")
    assert params.load(Optimiser, "stage.optimiser").steps == 3


def test_section_is_frozen(write_params: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        params.load(Stage, "stage").names = ("other",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stage:\n  optimiser:\n    learning_rate: 1\n  names: []\n", "`stage.optimiser.steps` is missing"),
        (
            "stage:\n  optimiser:\n    learning_rate: 1\n    steps: many\n  names: []\n",
            "`stage.optimiser.steps` is 'many'",
        ),
        ("stage:\n  optimizer: 1\n  names: []\n", "`stage.optimiser` is missing (and 1 more)"),
        (
            "stage:\n  optimiser:\n    learning_rate: 1\n    steps: 1\n  names: []\n  nmaes: []\n",
            "known are names, optimiser",
        ),
        ("other: 1\n", "`stage` is missing"),
        ("stage:\n  - [\n", "not valid YAML"),
        ("", "`stage` is missing"),
    ],
)
def test_a_mistake_names_file_and_field_in_one_line(write_params: Path, text: str, expected: str) -> None:
    write_params.write_text(text)
    with pytest.raises(InputError) as raised:
        params.load(Stage, "stage")
    message = str(raised.value)
    assert message.startswith("params.yaml: ")
    assert expected in message
    assert "\n" not in message


def test_missing_and_binary_files_are_mistakes_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        params.read_yaml(tmp_path / "absent.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="not valid YAML"):
        params.read_yaml(tmp_path / "binary.yaml")


def test_what_is_read_can_be_changed_and_the_next_reader_sees_the_file(tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text("a: {b: 1}\n")
    params.read_yaml(file)["a"]["b"] = 2
    assert params.read_yaml(file) == {"a": {"b": 1}}
    file.write_text("a: {b: 3}\n")
    assert params.read_yaml(file) == {"a": {"b": 3}}
