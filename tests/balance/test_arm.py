"""What an arm's name means, by hand; every way of balancing has a balancer."""

import subprocess
import sys

import pytest

from makeweight.balance.arm import ADD_ROWS, CEILING, MODIFIERS, NONE, SIMPLE, Arm, Part
from makeweight.balance.balancers import BALANCERS
from makeweight.balance.balancers import MODIFIERS as BALANCERS_OF_MODIFIERS
from makeweight.core.errors import InputError

ENGINES = ["wgan_gp", "latent_flow"]
NEW = (
    "smote+weight_30",
    "latent_flow_near_50",
    "latent_flow_all_50",
    "latent_flow_all_100+pretrain",
    "latent_flow_50+band+soft_labels",
)
"""Names with modifiers and with other rows of an engine."""


def test_the_parts_of_a_name() -> None:
    assert Arm.parse("smote").parts == (Part("smote"),)
    assert Arm.parse("wgan_gp_25").parts == (Part("wgan_gp", True, 25),)
    assert Arm.parse("latent_flow_filtered").parts == (Part("latent_flow", True, 100, True),)
    assert Arm.parse("latent_flow+classic").parts == (Part("latent_flow", True, None), Part("classic"))


def test_what_an_arm_answers() -> None:
    arm = Arm.parse("wgan_gp_25+latent_flow_filtered+refit")
    assert arm.engines == ("wgan_gp", "latent_flow")
    assert arm.sources == ("wgan_gp", "latent_flow_filtered")
    assert arm.filtered and arm.refit and arm.amount is None and arm.only_engine is None
    assert arm.readable == "wgan gp 25 + latent flow filtered + refit"
    half = Arm.parse("latent_flow_50+refit")
    assert (half.amount, half.only_engine, half.is_plain_amount) == (50, "latent_flow", False)
    assert Arm.parse("latent_flow_50").is_plain_amount and not Arm.parse("latent_flow_filtered").is_plain_amount
    assert Arm.parse("latent_flow").is_engine_choice and not half.is_engine_choice


def test_near_rows_all_classes_and_modifiers() -> None:
    assert Arm.parse("latent_flow_near_50").parts == (Part("latent_flow", True, 50, near=True),)
    assert Arm.parse("latent_flow_near_50").sources == ("latent_flow_near",)
    assert Arm.parse("latent_flow_masked_50").parts == (Part("latent_flow", True, 50, masked=True),)
    assert Arm.parse("latent_flow_masked_50+accept").sources == ("latent_flow_masked",)
    assert Arm.parse("latent_flow_all_25").parts == (Part("latent_flow", True, 25, all_classes=True),)
    assert Arm.parse("latent_flow_near_all_25").parts == (Part("latent_flow", True, 25, near=True, all_classes=True),)
    arm = Arm.parse("latent_flow_all_100+weight_30+soft_labels+pretrain+band+accept")
    assert arm.parts[1] == Part("weight", amount=30) and [part.name for part in arm.parts[2:]] == [*MODIFIERS[1:]]
    assert arm.sources == ("latent_flow",) and arm.amount == 100 and arm.only_engine == "latent_flow" and arm.band
    assert not any(
        Arm.parse(name).is_plain_amount
        for name in (arm.name, "latent_flow_near_50", "latent_flow_masked_50", "latent_flow_all_25")
    ), "no points of a dose curve"
    assert Arm.parse("feature_flow+weight_30").is_simple and Arm.parse("feature_flow").is_random
    assert Arm.parse("smote+weight_30").is_simple and not arm.is_simple


def test_the_ceiling_is_no_contestant_and_stands_alone() -> None:
    arm = Arm.parse("all_real_rows").check(ENGINES)
    assert arm.is_ceiling and not arm.is_simple and not arm.is_random and arm.only_engine is None and not arm.sources
    assert not Arm.parse("decision_rule").is_ceiling
    with pytest.raises(InputError, match=r"'all_real_rows\+refit': all_real_rows is joined with no other part"):
        Arm.parse("all_real_rows+refit").check(ENGINES)


@pytest.mark.parametrize(
    ("name", "simple"),
    [("smote", True), ("refit", True), ("smote+refit", True), ("none", False), ("flow_50", False),
     ("flow+classic", False)],
)  # fmt: skip
def test_simple_arms_need_nothing_but_the_train_split(name: str, simple: bool) -> None:
    assert Arm.parse(name).is_simple == simple


def test_names_that_can_be_trained_pass_the_check() -> None:
    for name in (
        NONE,
        *SIMPLE,
        "wgan_gp_200",
        "latent_flow_filtered",
        "latent_flow+classic",
        "latent_flow_50+refit",
        *NEW,
    ):
        assert Arm.parse(name).check(ENGINES).name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("smot", "'smot' is no way of balancing"),
        ("r3gan_50", "'r3gan_50' is no way of balancing"),
        ("latent_flow_50+smot", "'smot' is no way of balancing"),
        ("wgan_gp", "needs an amount, as in wgan_gp_100"),
        ("soft_labels", r"'soft_labels' needs synthetic rows before it, as in smote\+soft_labels"),
        ("class_weights+weight_30", r"'weight_30' needs synthetic rows before it"),
        ("smote+weight_0", "'weight_0' is no share of a real row's weight; right would be 1 to 100"),
        ("smote+weight_130", "right would be 1 to 100"),
        ("smote+band", "'band' cleans the rows of an engine, and none comes before it"),
        ("latent_flow_100+pretrain", r"needs rows of all classes, as in latent_flow_all_100\+pretrain"),
    ],
)
def test_names_that_cannot_be_trained_are_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Arm.parse(name).check(ENGINES)


def test_every_way_of_balancing_has_a_balancer() -> None:
    assert set(BALANCERS) == {NONE, CEILING, *SIMPLE}
    assert set(BALANCERS_OF_MODIFIERS) | {"weight"} == set(MODIFIERS) and set(ADD_ROWS) < set(SIMPLE)


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [("makeweight.balance.arm", ["torch", "numpy", "pandas"]), ("makeweight.stages.verdict.__main__", ["torch"])],
)
def test_reading_an_arm_needs_no_heavy_library(module: str, unwanted: list[str]) -> None:
    code = f"import sys, {module}; sys.exit(any(name in sys.modules for name in {unwanted}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "views", "reason"),
    [("classic", ("trees",), "changes pictures"), ("randaugment", ("tabular", "text"), "changes pictures"),
     ("classic", ("image", "text"), None), ("latent_flow+classic", ("text",), "changes pictures"),
     ("refit", ("tabular", "image"), "no view of this run is learned by a network"), ("refit", ("text", "mlp"), None),
     ("latent_flow_50+refit", ("trees",), "no view of this run"), ("mixup", ("text", "trees"), None),
     ("mixup", ("trees",), "trees do not learn"), ("latent_flow_all_100+pretrain", ("trees",), "which trees cannot"),
     ("latent_flow_all_100+pretrain", ("trees", "text"), None), ("distribution_calibration", ("trees",), None),
     ("random_oversampling", ("tabular",), None),
     ("none", ("text",), None),
     ("latent_flow_50", ("text",), None), ("decision_rule", ("trees",), None)],
)  # fmt: skip
def test_an_arm_of_which_a_part_changes_nothing_in_any_view_is_another_arm(
    name: str, views: tuple[str, ...], reason: str | None
) -> None:
    found = Arm.parse(name).why_idle(views)
    assert found is None if reason is None else reason in (found or "")


def test_parts_that_change_nothing_in_a_view() -> None:
    assert Arm.parse("latent_flow_50+refit").idle_in("trees") == ("refit",)
    assert Arm.parse("mixup").idle_in("trees") == ("mixup",) and not Arm.parse("mixup").idle_in("tabular")
    assert Arm.parse("classic").idle_in("text") == ("classic",) and not Arm.parse("classic").idle_in("image")
    assert not Arm.parse("smote").idle_in("trees") and not Arm.parse("refit").idle_in("fusion")


def test_arms_that_give_the_same_rows_with_every_seed_are_known() -> None:
    names = ("none", "decision_rule", "class_weights", "logit_adjustment", "refit")
    assert not any(Arm.parse(name).is_random for name in names)
    assert all(Arm.parse(name).is_random for name in ("smote", "latent_flow_50", "latent_flow_50+refit", "mixup"))
