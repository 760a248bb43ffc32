"""A profile chooses what depends on the size of the data, and writes it down where a user reads it."""

from pathlib import Path

import pytest

from makeweight.core.errors import InputError
from makeweight.core.params import read_yaml
from makeweight.tools import profile
from makeweight.tools.profile import DataSize

ROOT = Path(__file__).parents[2]
CATALOGUE = DataSize(11_012, ("image", "tabular", "text"), 14, 8)
CHURN = DataSize(5000, ("tabular",), 2, 19)


@pytest.fixture()
def file(tmp_path: Path) -> Path:
    path = tmp_path / "params.yaml"
    path.write_text((ROOT / "params.yaml").read_text())
    return path


def test_the_repository_has_the_default_profile_of_its_catalogue() -> None:
    assert profile.changed(profile.profile(CATALOGUE), ROOT / "params.yaml") == {}


def test_a_table_has_no_cells_and_no_arms_of_pictures() -> None:
    values = profile.profile(CHURN)
    assert values["modalities"] == ["tabular"] and values["contest.views"] == ["trees", "tabular"]
    assert not {"classic", "mixup", "randaugment"} & set(values["arms"])
    assert {"none", "decision_rule", "smote", "wgan_gp_50", "latent_flow_50"} <= set(values["arms"])


@pytest.mark.parametrize("level", profile.LEVELS)
@pytest.mark.parametrize("size", [CATALOGUE, CHURN, DataSize(300, ("text",), 3), DataSize(200_000, ("image",), 100)])
def test_every_profile_can_be_run(file: Path, size: DataSize, level: str) -> None:
    """Arms have their engines, amounts suffice, views have their modality."""
    values = profile.apply(size, level, file)
    assert profile.changed(values, file) == {}
    for name in values["arms"]:
        arm = profile.Arm.parse(name).check(values["engines"])
        assert (arm.amount or 0) <= 100 * values["sample.amount"] or not arm.only_engine
        assert arm.why_idle(values["contest.views"]) is None
    assert set(values["engines"]) <= set(read_yaml(file)["train_gan"]["engines"])


def test_comments_say_for_what_size_and_all_else_stays(file: Path) -> None:
    before = file.read_text()
    file.write_text(before.replace("  seeds: 3\n", "  seeds: 3  # mine\n"))
    profile.apply(CHURN, "quick", file)
    text = file.read_text()
    assert "  steps: 100  # profile quick, for 5,000 rows, tabular, 2 classes\n" in text
    assert "arms:  # profile quick, for 5,000 rows, tabular, 2 classes\n- none\n" in text
    assert "  seeds: 2  # mine\n" in text
    kept = [line for line in before.splitlines() if line.lstrip().startswith("#")]
    assert [line for line in text.splitlines() if line.lstrip().startswith("#")] == kept
    profile.apply(CATALOGUE, "default", file)
    assert "quick" not in "".join(line for line in file.read_text().splitlines() if profile.MARK in line)
    assert read_yaml(file) == read_yaml(ROOT / "params.yaml")


def test_what_cannot_be_chosen_for_is_one_line(file: Path) -> None:
    with pytest.raises(InputError, match="no profile 'fast'; right would be one of quick, default, full"):
        profile.apply(CHURN, "fast", file)
    with pytest.raises(InputError, match="the card names no feature"):
        profile.apply(DataSize(5, (), 2), "quick", file)
    file.write_text("dataset: mine\n")
    with pytest.raises(InputError, match="params.yaml: `modalities` is missing"):
        profile.apply(CHURN, "quick", file)
    assert file.read_text() == "dataset: mine\n"


def test_the_estimate_grows_with_rows_and_level() -> None:
    times = [profile.minutes(DataSize(rows, ("tabular",), 2), "default") for rows in (500, 5000, 100_000)]
    assert times == sorted(times) and times[0] < 3
    levels = [profile.minutes(CHURN, level) for level in profile.LEVELS]
    assert levels == sorted(levels) and levels[0] < 3


@pytest.mark.parametrize(
    ("size", "level", "measured"),
    [
        (CHURN, "default", 3.2),
        (DataSize(1131, ("image",), 10), "quick", 2.3),
        (DataSize(204, ("image", "tabular", "text"), 3), "quick", 2.0),
    ],
)
def test_the_estimate_is_that_of_runs_within_a_factor_of_two(size: DataSize, level: str, measured: float) -> None:
    """The minutes of processor time that the stages took; the digits and the shop are those of the documentation."""
    assert measured / 2 < profile.minutes(size, level) < measured * 2
