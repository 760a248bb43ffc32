"""The reader knows the names that the stages write; what has not been made is None or empty."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from makeweight.core.errors import InputError
from makeweight.results.cleaning import read_split_sizes
from makeweight.results.contest import Scores
from makeweight.results.decisions import ViewRule
from makeweight.results.folders import Folders, naming_files, read_numbers
from makeweight.results.run import Run
from makeweight.results.values import Interval
from makeweight.results.verdict import Claim, Group, Share

ROOT = Path(__file__).parents[2]
FAMILIES = [name for name, member in vars(Run).items() if isinstance(member, property)]


@pytest.fixture(scope="module")
def committed() -> Run:
    """The repository's own last run."""
    return Run(ROOT / "metrics", ROOT / "plots")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_run_has_every_family(committed: Run, family: str) -> None:
    assert getattr(committed, family), "either it was never made, or it is written under another name"


@pytest.mark.parametrize("family", FAMILIES)
def test_what_has_not_been_made_is_none_or_empty(tmp_path: Path, family: str) -> None:
    assert not getattr(Run(tmp_path, tmp_path), family)


def test_every_field_of_the_last_run_is_known(committed: Run) -> None:
    assert None not in vars_of(committed.ingest, committed.cleaning, committed.split_sizes, *committed.synthetic)
    assert None not in vars_of(*committed.trainings, *committed.fidelity.measures, *committed.fewshot[0].verification)
    assert all(one.synthetic for one in committed.class_sizes)
    assert {one.source for one in committed.embedding.sources if one.purity is not None} >= {"real", "chance"}
    assert any(one.purity_before_tsne is not None for one in committed.embedding.sources)
    assert all(one.weighted_f1 for one in committed.own_kind)
    assert {one.classifier for one in committed.own_kind if one.epochs} == {"nn", "lenet", "vgg16"}
    assert {one.classifier for one in committed.own_kind if not one.epochs} == {"text", "image", "trees", "tabular"}
    assert any(one.ratio for one in committed.across)
    assert committed.fidelity.worst_membership_auc(committed.trainings[0].engine) is not None
    assert committed.seeds(committed.verdict.view) is not None


def vars_of(*values: object) -> list[object]:
    return [getattr(value, name) for value in values for name in value.__dataclass_fields__]


def test_every_arm_of_the_last_run_has_scores_and_costs(committed: Run) -> None:
    for arm in committed.verdict.arm_names:
        score, cost = committed.score(arm), committed.cost(arm)
        assert score.macro_f1 is not None and score.minority_recall is not None, arm
        assert cost.rows is not None and cost.steps is not None, arm  # a linear model takes no gradient steps


def test_every_picture_of_the_last_run_is_found(committed: Run) -> None:
    for one in committed.synthetic:
        assert committed.comparison(one.engine) and committed.training_grids(one.engine)
        assert all(example.picture for example in committed.examples(one.engine))
    assert committed.fewshot_pictures(committed.fewshot[0].labeling)


def write(folder: Path, name: str, content: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content)


def test_the_verdict_is_read_as_written(tmp_path: Path) -> None:
    record = {"view": "fusion", "recommended": "smote", "best_simple": "smote", "chosen": {"flow": "flow_50"}}
    write(tmp_path, "verdict/verdict.json", json.dumps(record | {"sentences": {"a": "Use smote."}}))
    heads = "arm,mean,low,high,verdict,simple_mean,simple_low,simple_high,simple_verdict"
    rows = [
        "smote,3.14,1,5,helps,,,,",
        "flow_50,-2,-4,-0.5,hurts,-5,-6,-4,hurts",
        "flow,-2,-4,-0.5,hurts,-5,-6,-4,hurts",
    ]
    write(tmp_path, "verdict/intervals.csv", "\n".join([heads, *rows]))
    verdict = Run(tmp_path, tmp_path).verdict
    assert verdict.arm_names == ["none", "smote", "flow_50"] and verdict.chosen == {"flow": "flow_50"}
    smote, flow = verdict.result("smote"), verdict.result("flow")
    assert smote.against_none.word == "helps" and smote.against_none.difference == Interval(3.14, 1, 5)
    assert smote.against_simple is None and flow.against_simple.difference == Interval(-5, -6, -4)
    assert verdict.result("none") is None


def test_the_verdict_is_read_with_the_decision_rule(tmp_path: Path) -> None:
    record = {"view": "fusion", "recommended": "decision_rule", "best_simple": "smote", "chosen": {"flow": "flow_50"}}
    record |= {"line": "decision_rule", "sentences": {}, "shares": {"smote": {"gain": 6.0, "rule": 5.0}}}
    record["group"] = {"arms": ["smote", "decision_rule"], "worse": [], "cheapest": "decision_rule", "gain": 5.5}
    write(tmp_path, "verdict/verdict.json", json.dumps(record))
    rule = "rule_mean,rule_low,rule_high,rule_verdict,rule_detectable"
    rows = ["decision_rule,5,1,9,helps,6.5,,,,,", "smote,6,2,10,helps,0,1,-2,4,inconclusive,4.25"]
    write(tmp_path, "verdict/intervals.csv", "\n".join([f"arm,mean,low,high,verdict,detectable,{rule}", *rows]))
    numbers = ["text,007,0,,0.75", "text,yes,1.5,0.2,0.75", "fusion,007,0.5,,", "fusion,yes,0,0.6,"]
    write(tmp_path, "verdict/rule.csv", "\n".join(["view,label,bias,threshold,weight", *numbers]))
    verdict = Run(tmp_path, tmp_path).verdict
    assert verdict.has_rule and verdict.line == "decision_rule" and verdict.shares["smote"] == Share(6.0, 5.0)
    assert verdict.group == Group(("smote", "decision_rule"), (), "decision_rule", 5.5)
    own, smote = verdict.result("decision_rule"), verdict.result("smote")
    assert own.against_rule is None and own.against_none.detectable == 6.5
    assert smote.against_rule == Claim("inconclusive", Interval(1, -2, 4), 4.25)
    assert smote.against_none.detectable is None and smote.against_simple is None
    text, fusion = verdict.rules
    assert text == ViewRule("text", {"007": 0.0, "yes": 1.5}, "yes", 0.2, 0.75)
    assert (fusion.view, fusion.threshold, fusion.weight) == ("fusion", 0.6, None)
    assert (text.log_odds, fusion.log_odds) == (1.5, -0.5)


def test_the_threshold_of_two_classes_is_that_of_the_rarer_one(tmp_path: Path) -> None:
    record = {"view": "trees", "recommended": "decision_rule", "best_simple": "smote", "chosen": {}, "sentences": {}}
    write(tmp_path, "verdict/verdict.json", json.dumps(record))
    write(tmp_path, "verdict/intervals.csv", "arm,mean,low,high,verdict\ndecision_rule,5,1,9,helps")
    write(tmp_path, "verdict/rule.csv", "view,label,bias,threshold,weight\ntrees,leaves,0.66,,\ntrees,stays,0,0.6593,")
    write(tmp_path, "split/classes.csv", "label,train\nleaves,460\nstays,2790")
    verdict = Run(tmp_path, tmp_path).verdict
    assert verdict.threshold == "predict leaves where its probability is above 0.341"
    assert verdict.rules[0].log_odds == 0.66
    write(tmp_path, "split/classes.csv", "label,train\nleaves,4600\nstays,2790")
    assert Run(tmp_path, tmp_path).verdict.threshold == "predict stays where its probability is above 0.659"


def test_scores_beside_macro_f1_are_in_points(tmp_path: Path) -> None:
    numbers = {"fusion.argmax_macro_f1.mean": 0.625, "fusion.average_precision.mean": 0.75}
    write(tmp_path, "contest/smote.json", json.dumps(numbers))
    assert Run(tmp_path, tmp_path).scores_beside("smote", "fusion") == Scores(62.5, 75.0)
    assert Run(tmp_path, tmp_path).scores_beside("none", "fusion") == Scores(None, None)


def test_a_step_without_a_value_is_no_point_of_a_curve(tmp_path: Path) -> None:
    write(tmp_path, "train_gan/flow/losses.csv", "step,reconstruction,flow\n4,0.5,\n8,,1.25\n12,,1.0\n")
    first, second = Run(tmp_path, tmp_path).trainings[0].losses
    assert (first.name, first.steps, first.values) == ("reconstruction", (4.0,), (0.5,))
    assert (second.name, second.steps, second.values) == ("flow", (8.0, 12.0), (1.25, 1.0))


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    run = Run(tmp_path, tmp_path)
    write(tmp_path, "split.json", json.dumps({"train": 5}))
    assert run.split_sizes.train == 5 and run.folders.numbers("split") is run.folders.numbers("split")
    write(tmp_path, "split.json", json.dumps({"train": 1234}))
    assert run.split_sizes.train == 1234


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, "split.json", "{")
    with pytest.raises(InputError, match="split.json: damaged, or of another kind"):
        Run(tmp_path, tmp_path).split_sizes  # noqa: B018


def test_an_interval_with_a_damaged_number_is_named(tmp_path: Path) -> None:
    record = {"view": "trees", "recommended": "smote", "best_simple": "smote", "chosen": {}, "sentences": {}}
    write(tmp_path, "verdict/verdict.json", json.dumps(record))
    write(tmp_path, "verdict/intervals.csv", "arm,mean,low,high,verdict\nsmote,5,1,9,helps\nflow,4,q,9,helps")
    with pytest.raises(
        InputError, match=r"verdict/intervals\.csv.*: not as their stage writes them \('1' is no number"
    ):
        Run(tmp_path, tmp_path).verdict  # noqa: B018


def test_a_server_that_reads_for_days_keeps_nothing_more(tmp_path: Path) -> None:
    write(tmp_path, "split.json", json.dumps({"train": 5}))
    folders = Run(tmp_path, tmp_path).folders

    def kept() -> list[int]:
        return [len(value) for value in vars(folders).values() if isinstance(value, list | set | dict)]

    assert read_split_sizes(folders).train == folders.numbers("split")["train"] == 5
    before = kept()
    for _ in range(9):
        assert read_split_sizes(folders).train == folders.numbers("split")["train"]
    assert kept() == before


def test_a_message_names_what_its_own_reader_read(tmp_path: Path) -> None:
    """That of an inner reader, too, but not what another thread reads in the meantime."""
    folders = Run(tmp_path, tmp_path).folders
    for name in ("clean", "split", "sample", "ingest"):
        write(tmp_path, f"{name}.json", "{}")
    folders.numbers("ingest")

    @naming_files
    def read_in_another_thread(folders: Folders) -> None:
        folders.numbers("sample")

    @naming_files
    def read(folders: Folders) -> None:
        read_split_sizes(folders)
        with ThreadPoolExecutor(1) as other:
            other.submit(read_in_another_thread, folders).result()
        raise KeyError(folders.numbers("clean"))

    with pytest.raises(InputError) as mistake:
        read(folders)
    assert [name in str(mistake.value) for name in ("split.json", "clean.json", "sample.json", "ingest.json")] == [
        True, True, False, False]  # fmt: skip


def test_what_another_run_left_is_not_read(tmp_path: Path) -> None:
    metrics, plots = tmp_path / "metrics", tmp_path / "plots"
    (tmp_path / "params.yaml").write_text("arms: [none]\nengines: [flow]\nlabelings: [fine]\nmodalities: [tabular]\n")
    stale = {"contest/gan_100", "train_gan/gan", "fewshot/colour", "preprocess/image"}
    for name in {
        "contest/none",
        "train_gan/flow",
        "fewshot/fine",
        "preprocess/tabular",
        "verdict",
        "classify/e1",
        *stale,
    }:
        path = metrics / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"updates": 3, "steps": 9}')
    for name in ("train_gan/flow", "train_gan/gan", "sample/gan", "fewshot/colour"):
        (plots / name).mkdir(parents=True)
        (plots / name / "scores.csv").write_text("step,score\n1,0.5\n")
    run = Run(metrics, plots)
    assert stale.isdisjoint(dict(run.folders.all_numbers())) and len(dict(run.folders.all_numbers())) == 6
    assert [training.engine for training in run.trainings] == ["flow"]
    assert [one.engine for one in run.synthetic] == ["flow"]
    assert [one.labeling for one in run.fewshot] == ["fine"]
    assert [run.folders.not_shown(stage) for stage in ("fewshot", "sample")] == [[], []]


def test_a_change_of_the_parameters_is_seen_by_a_server(tmp_path: Path) -> None:
    (tmp_path / "metrics" / "contest").mkdir(parents=True)
    (tmp_path / "metrics" / "contest" / "smote.json").write_text("{}")
    run = Run(tmp_path / "metrics", tmp_path / "plots")
    assert run.folders.cells("contest") == ["smote"]
    (tmp_path / "params.yaml").write_text("arms: [none, mixup]\n")
    assert run.folders.cells("contest") == []


def test_the_headline_has_words_and_no_other_file_of_metrics(tmp_path: Path) -> None:
    for name in ("headline.json", "clean.json"):
        (tmp_path / name).write_text('{"recommended": "none", "macro_f1": 0.5}')
    assert read_numbers(tmp_path / "headline.json") == {"recommended": "none", "macro_f1": 0.5}
    with pytest.raises(InputError, match="`recommended` is 'none'; right would be a number"):
        read_numbers(tmp_path / "clean.json")
