"""A sweep becomes one table, from the output of DVC."""

import subprocess
from pathlib import Path

import pytest

from makeweight.core import entry, params
from makeweight.core.errors import InputError
from makeweight.tools import sweep
from makeweight.tools.sweep import Plan

ROOT = Path(__file__).parents[2]

PLAN = Plan(
    target="train",
    score="metrics/a.json:best.score",
    configurations={"slow": ("train.rate=0.1",), "plain": ("train.augment=[]", "train.rate=0.2")},
)


def experiment(name: str, rate: float, augment: list[str], metrics: dict) -> dict:
    data = {
        "params": {"params.yaml": {"data": {"train": {"rate": rate, "augment": augment}}}},
        "metrics": {"metrics/a.json": {"data": metrics}},
    }
    return {"name": name, "revs": [{"data": data}]}


SHOWN = [
    {"name": None, "experiments": None},
    {
        "name": "main",
        "experiments": [
            experiment("sweep-slow", 0.1, ["flip", "crop"], {"best.score": 0.5}),
            experiment("sweep-plain", 0.2, [], {"best": {"score": 0.75}}),
            experiment("sweep-failed", 0.3, [], {}),
            experiment("other", 0.4, [], {"best.score": 0.9}),
            {"name": "sweep-running", "revs": [{"data": None}]},
        ],
    },
]


def test_the_table_has_one_row_per_finished_run_of_the_sweep() -> None:
    table = sweep.tabulate(PLAN, SHOWN)
    assert table.to_dict("records") == [
        {"configuration": "plain", "train.rate": 0.2, "train.augment": "none", "score": 0.75},
        {"configuration": "slow", "train.rate": 0.1, "train.augment": "flip crop", "score": 0.5},
    ]
    assert list(sweep.tabulate(PLAN, []).columns) == ["configuration", "train.rate", "train.augment", "score"]


def test_the_plan_in_the_repository_is_valid() -> None:
    plan = params.check(Plan, params.read_yaml(ROOT / sweep.PLAN), sweep.PLAN)
    values = params.read_yaml(ROOT / "params.yaml")
    assert len(plan.configurations) == 6
    for name in plan.swept:
        assert sweep.nested(values, name) is not None, f"params.yaml has no {name}"
    stage = plan.target.partition("@")[0]
    assert stage in params.read_yaml(ROOT / "dvc.yaml")["stages"]
    head = (ROOT / sweep.TABLE).read_text().splitlines()[0]
    assert head.split(",") == ["configuration", *plan.swept, "score"]


def test_what_is_not_committed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    sweep.check_committed()
    Path("params.yaml").write_text("a: 1\n")
    with pytest.raises(InputError, match="not committed: params.yaml"):
        sweep.check_committed()


def test_a_wrong_step_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert entry.exit_status("sweep", lambda: sweep.main("start")) == 1
    assert capsys.readouterr().err.count("\n") == 1


QUEUE = """Task     Name              Created    Status
c182608  sweep-as-it-is    06:56 AM   {}
22fc26f  sweep-slow        06:56 AM   {}
1111111  another           06:50 AM   Failed

Worker status: {} active, 0 idle
"""


def dvc_states(monkeypatch: pytest.MonkeyPatch, *answers: tuple[str, str, int]) -> list[str]:
    """Make DVC report these states one after the other, then the last one always; return the commands."""
    asked: list[str] = []

    def dvc(*arguments: str) -> str:
        asked.append(" ".join(arguments))
        return QUEUE.format(*answers[min(len(asked), len(answers)) - 1])

    monkeypatch.setattr(sweep, "dvc", dvc)
    monkeypatch.setattr(sweep, "POLL_INTERVAL", 0.01)
    return asked


def test_runs_are_waited_for_also_before_a_worker_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    states = [("Queued", "Queued", 0), ("Running", "Queued", 1), ("Success", "Running", 1), ("Success", "Success", 0)]
    asked = dvc_states(monkeypatch, *states)
    sweep.wait()
    assert asked == ["queue status"] * 4


def test_a_failed_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    dvc_states(monkeypatch, ("Success", "Failed", 0))
    with pytest.raises(InputError, match="sweep-slow failed; `dvc queue logs sweep-slow`"):
        sweep.wait()


def test_waiting_ends_if_there_are_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    dvc_states(monkeypatch, ("Queued", "Queued", 0))
    monkeypatch.setattr(sweep, "WORKER_TIMEOUT", 0.05)
    with pytest.raises(InputError, match="no worker is running"):
        sweep.wait()
