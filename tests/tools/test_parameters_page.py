"""docs/parameters.md says of every parameter what it means and what runs again, and is written by code."""

import re
from pathlib import Path

import pytest

from makeweight.core.params import read_yaml
from makeweight.tools.tables import parameters

ROOT = Path(__file__).parents[2]
VALUES = read_yaml(ROOT / "params.yaml")
STAGES = read_yaml(ROOT / "dvc.yaml")["stages"]
FIELDS = parameters.all_fields(VALUES)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_parameter_has_a_description(field: parameters.Field) -> None:
    """A text below its field, or an entry in parameter_words.yaml."""
    assert len(parameters.what(field)) > 5, "write a text below the field, or a line in parameter_words.yaml"


def test_no_parameter_is_left_out() -> None:
    def names(values: dict, start: str = "") -> set[str]:
        found = set()
        for key, value in values.items():
            found |= names(value, f"{start}{key}.") if isinstance(value, dict) else {f"{start}{key}"}
        return found

    shown = {field.name for field in FIELDS}
    left = {name for name in names(VALUES) if not any(name == one or name.startswith(f"{one}.") for one in shown)}
    assert left == set()


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "parameters.md").read_text() == parameters.page(VALUES, STAGES), "run `make tables`"


def test_every_default_is_within_the_usual_range() -> None:
    for field in FIELDS:
        told = re.fullmatch(r"(?:null, )?([\d.]+) to ([\d.]+)", parameters.usual(field))
        if told and field.value is not None:
            numbers = field.value if isinstance(field.value, list) else [field.value]
            assert all(float(told[1]) <= number <= float(told[2]) for number in numbers), field.name


def test_what_runs_again() -> None:
    assert parameters.run_again("tsne.perplexity", STAGES) == (["tsne"], 1)
    assert parameters.run_again("train_gan.engines.wgan_gp.critic_steps", STAGES)[0] == ["train_gan"]
    direct, more = parameters.run_again("arms", STAGES)
    assert direct == ["contest", "verdict"] and more == 2, "headline and report"
    assert parameters.run_again("logger", STAGES) == ([], 0)


def test_no_word_is_about_nothing() -> None:
    from fnmatch import fnmatch

    unused = {pattern for pattern in parameters.words() if not any(fnmatch(field.name, pattern) for field in FIELDS)}
    assert unused == set()


def test_ranges_are_read_from_types() -> None:
    from typing import Annotated

    from pydantic import BaseModel
    from pydantic import Field as Declared

    class Params(BaseModel):
        share: Annotated[float, Declared(gt=0, le=1)]
        """A share."""
        count: Annotated[int, Declared(ge=2)] | None
        plain: int

    found = {field.name: field for field in parameters.fields({"share": 0.5, "count": 3, "plain": 1}, Params, "s")}
    assert parameters.usual(found["s.share"]) == "above 0, at most 1" and found["s.share"].what == "A share."
    assert parameters.usual(found["s.count"]) == "at least 2"
    assert parameters.usual(found["s.plain"]) == ""
