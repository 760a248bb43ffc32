"""What an arm's name means, by hand; every way of balancing has a balancer."""

import subprocess
import sys

import pytest

from makeweight.balance.arm import NONE, SIMPLE, Arm, Part
from makeweight.balance.balancers import BALANCERS
from makeweight.core.errors import InputError

ENGINES = ["wgan_gp", "latent_flow"]


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
    assert Arm.parse("none").is_none and not half.is_none


@pytest.mark.parametrize(
    ("name", "simple"),
    [("smote", True), ("refit", True), ("smote+refit", True), ("none", False), ("flow_50", False),
     ("flow+classic", False)],
)  # fmt: skip
def test_simple_arms_need_nothing_but_the_train_split(name: str, simple: bool) -> None:
    assert Arm.parse(name).is_simple == simple


def test_names_that_can_be_trained_pass_the_check() -> None:
    for name in (NONE, *SIMPLE, "wgan_gp_200", "latent_flow_filtered", "latent_flow+classic", "latent_flow_50+refit"):
        assert Arm.parse(name).check(ENGINES).name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("smot", "'smot' is no way of balancing"),
        ("r3gan_50", "'r3gan_50' is no way of balancing"),
        ("latent_flow_50+smot", "'smot' is no way of balancing"),
        ("wgan_gp", "needs an amount, as in wgan_gp_100"),
    ],
)
def test_names_that_cannot_be_trained_are_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Arm.parse(name).check(ENGINES)


def test_every_way_of_balancing_has_a_balancer() -> None:
    assert set(BALANCERS) == {NONE, *SIMPLE}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [("makeweight.balance.arm", ["torch", "numpy", "pandas"]), ("makeweight.stages.verdict.__main__", ["torch"])],
)
def test_reading_an_arm_needs_no_heavy_library(module: str, unwanted: list[str]) -> None:
    code = f"import sys, {module}; sys.exit(any(name in sys.modules for name in {unwanted}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "modalities", "is_idle"),
    [("classic", ("tabular",), True), ("randaugment", ("tabular", "text"), True), ("classic", ("image", "text"), False),
     ("latent_flow+classic", ("text",), True), ("refit", ("tabular",), False), ("mixup", ("text",), False),
     ("random_oversampling", ("tabular",), False), ("none", ("tabular",), False), ("latent_flow_50", ("text",), False)],
)  # fmt: skip
def test_arms_that_change_pictures_mean_nothing_without_pictures(
    name: str, modalities: tuple[str, ...], is_idle: bool
) -> None:
    reason = Arm.parse(name).why_idle(modalities)
    assert (reason is not None) == is_idle
    assert reason is None or "changes pictures, which these data lack" in reason


def test_parts_that_change_nothing_in_a_view() -> None:
    assert Arm.parse("latent_flow_50+refit").idle_in("trees") == ("refit",)
    assert Arm.parse("mixup").idle_in("trees") == ("mixup",) and not Arm.parse("mixup").idle_in("tabular")
    assert Arm.parse("classic").idle_in("text") == ("classic",) and not Arm.parse("classic").idle_in("image")
    assert not Arm.parse("smote").idle_in("trees") and not Arm.parse("refit").idle_in("fusion")
