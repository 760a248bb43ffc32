"""metrics/headline.json says what a run decided in a dozen values, each right."""

import json
from pathlib import Path

import pytest

from makeweight.core.errors import InputError
from makeweight.results.run import Run
from makeweight.results.values import Interval
from makeweight.results.verdict import ArmResult, Claim, Verdict
from makeweight.stages import headline


def claim(mean: float) -> Claim:
    return Claim("helps", Interval(mean, mean - 1, mean + 1))


RULE = ArmResult("decision_rule", claim(3.0), None, None)
FLOW = ArmResult("flow_50", claim(2.5), None, claim(-0.5))
GAN = ArmResult("gan_50", claim(1.5), None, claim(-1.5))


@pytest.fixture()
def run(tmp_path: Path) -> Run:
    numbers = {f"{arm}.macro_f1.{end}": 0.63 for arm in ("decision_rule", "gan_50") for end in ("mean", "low", "high")}
    files = {"verdict": numbers, "clean": {"samples_in": 9, "samples_out": 7}}
    files["train_gan/flow"] = {"validation.train_on_synthetic": 0.61}
    for name, content in files.items():
        path = tmp_path / "metrics" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return Run(tmp_path / "metrics", tmp_path / "plots")


def verdict(recommended: str, *results: ArmResult, line: str = "") -> Verdict:
    return Verdict("trees", recommended, recommended, "decision_rule", {}, {}, results, line=line or recommended)


def test_the_rule_is_recommended(run: Run) -> None:
    told, words = headline.headline(run, verdict("decision_rule", RULE, GAN, FLOW), ["flow", "gan"])
    assert words == {"recommended": "decision_rule", "synthetic.best": "flow_50"}
    assert told == {
        "macro_f1": pytest.approx(0.63),
        "against_none.mean": pytest.approx(0.03),
        "against_none.low": pytest.approx(0.02),
        "against_none.high": pytest.approx(0.04),
        "synthetic.against_rule.mean": pytest.approx(-0.005),
        "synthetic.against_rule.low": pytest.approx(-0.015),
        "synthetic.against_rule.high": pytest.approx(0.005),
        "rows_kept": 7,
        "flow.train_on_synthetic": 0.61,
    }


def test_an_arm_of_an_engine_is_recommended(run: Run) -> None:
    told, words = headline.headline(run, verdict("gan_50", RULE, FLOW, GAN), [])
    assert words["synthetic.best"] == "gan_50"
    assert told["against_rule.mean"] == told["synthetic.against_rule.mean"] == pytest.approx(-0.015)


def test_nothing_helps_and_nothing_is_synthetic(run: Run) -> None:
    assert headline.headline(run, verdict("none", RULE), []) == ({"rows_kept": 7}, {"recommended": "none"})


def test_without_a_verdict_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="plots/verdict/verdict.json: no such file"):
        headline.main()
