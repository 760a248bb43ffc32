"""The generated tables hold the numbers of the files, and nothing that a person typed in."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from makeweight.core.errors import InputError
from makeweight.core.params import read_yaml
from makeweight.results.run import Run
from makeweight.tools.tables import last_run, measured, public
from makeweight.tools.tables.__main__ import BLOCKS, main
from makeweight.tools.tables.markdown import replace_block

ROOT = Path(__file__).parents[2]


def run_in(folder: Path) -> Run:
    metrics, plots = folder / "metrics", folder / "plots"
    for name, numbers in {
        "ingest": {"samples": 11012},
        "clean": {"samples_out": 4000, "classes": 14, "imbalance_ratio": 21.34},
        "verdict": {"none.macro_f1.mean": 0.4, "none.macro_f1.low": 0.391, "none.macro_f1.high": 0.409},
        "classify/e1": {"real.nn.accuracy": 0.5, "real.nn.macro_f1": 0.25, "synthetic.nn.accuracy": 0.75},
        "classify/e2": {"nn.accuracy": 0.4, "nn.ratio": 0.8},
        "fewshot/fine": {
            f"knn.5_way_1_shot.{end}": value
            for end, value in zip(("mean", "low", "high"), (0.3, 0.29, 0.31), strict=True)
        },
    }.items():
        path = metrics / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(numbers))
    (plots / "verdict").mkdir(parents=True)
    record = {
        "view": "fusion",
        "recommended": "none",
        "best_simple": "smote",
        "chosen": {},
        "sentences": {"a": "Add nothing."},
    }
    (plots / "verdict" / "verdict.json").write_text(json.dumps(record))
    arms = {"arm": ["smote"], "mean": [1.0], "low": [-1.0], "high": [3.0], "verdict": ["inconclusive"]}
    pd.DataFrame(arms).to_csv(plots / "verdict" / "intervals.csv", index=False)
    return Run(metrics, plots)


def test_results_hold_the_numbers_of_the_files(tmp_path: Path) -> None:
    text = last_run.results(run_in(tmp_path))
    assert "samples found: 11,012; kept by cleaning: 4,000; classes: 14; largest to smallest class: 21.3." in text
    assert "> Add nothing." in text
    assert "| `none` | 40.0 (39.1 to 40.9) |  |  |  |" in text
    assert "| `smote` |  |  | inconclusive |  |" in text
    assert "| `nn` | 0.500 | 0.250 | 0.750 |  | 0.400 |  | 0.800 |" in text
    assert "| `knn` | 30.0 (29.0 to 31.0) |  |  |" in text


def test_the_decision_rule_stands_in_the_tables_and_the_sentences(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    verdict, metrics = run.folders.plots / "verdict", run.folders.metrics
    record = {"view": "fusion", "recommended": "decision_rule", "best_simple": "smote", "chosen": {"flow": "none"}}
    sentences = {"recommendation": "Do not resample.", "group": "Two are level.", "flow": "flow: none."}
    (verdict / "verdict.json").write_text(json.dumps(record | {"sentences": sentences}))
    arms = {"arm": ["decision_rule", "smote", "flow_50", "flow_100"], "mean": [6.0, 5.0, -2.0, -9.0]}
    arms |= {"low": [1.0] * 4, "high": [9.0] * 4, "verdict": ["helps", "helps", "inconclusive", "hurts"]}
    arms |= {"rule_mean": [None, -1.0, -8.0, -15.0], "rule_low": [None, -2.0, -9.0, -20.0]}
    arms |= {"rule_high": [None, 3.0, -1.0, -2.0], "rule_verdict": [None, "inconclusive", "hurts", "hurts"]}
    simple = {f"simple_{end}": [1.0, None, -7.0, -9.0] for end in ("mean", "low", "high")}
    simple_words = {"simple_verdict": ["inconclusive", None, "hurts", "hurts"]}
    pd.DataFrame(arms | simple | simple_words).to_csv(verdict / "intervals.csv", index=False)
    (metrics / "contest").mkdir()
    beside = {"fusion.argmax_macro_f1.mean": 0.5, "fusion.average_precision.mean": 0.75}
    (metrics / "contest" / "smote.json").write_text(json.dumps(beside))
    text = last_run.headline(run)
    assert text.startswith("Do not resample. Two are level.\n\n| way of balancing | macro-F1, points | against none |")
    assert "| **`decision_rule`** (no further row) |  | helps: +6.0 (+1.0 to +9.0) |  |" in text
    changes = "helps: +5.0 (+1.0 to +9.0) | inconclusive: -1.0 (-2.0 to +3.0) |"
    assert f"| `smote` (best simple arm on validation) |  | {changes}" in text
    assert "| `flow_50` (best on test for flow) |" in text and "flow_100" not in text
    table = last_run.contest(run)
    assert (
        "| macro-F1 | argmax | average precision | recall of rare classes | against none | against decision_rule"
        in table
    )
    assert "| `smote` |  | 50.0 | 75.0 |  | helps | inconclusive |  |" in table
    assert "| `decision_rule` |  |  |  |  | helps |  | inconclusive |" in table


def test_without_a_run_it_says_so(tmp_path: Path) -> None:
    assert last_run.results(Run(tmp_path, tmp_path)) == "No run yet: `make repro`."
    assert measured.benchmarks(tmp_path) == "No benchmark has been run yet."


def test_benchmarks_tell_what_was_asked_for(tmp_path: Path) -> None:
    content = {
        "machine": "M, 2 cores",
        "commit": "abc",
        "speedup.cpu.wgan_gp": 1.5,
        "seconds": 3.0,
        "pima.smote.macro_f1": 0.7,
    }
    (tmp_path / "throughput.json").write_text(json.dumps(content))
    text = measured.benchmarks(tmp_path)
    assert "| `throughput` | `speedup.cpu.wgan_gp` | 1.500 | abc |" in text
    assert "| `throughput` | `pima.smote.macro_f1` | 0.700 | abc |" in text
    assert "seconds" not in text and "Measured on: M, 2 cores." in text


def test_few_shot_on_public_data_has_a_table_per_set(tmp_path: Path) -> None:
    content = {"triplet.3_way_1_shot.mean": 0.5, "triplet.3_way_1_shot.low": 0.4, "triplet.3_way_1_shot.high": 0.6}
    (tmp_path / "fewshot_cifar10.json").write_text(json.dumps({"machine": "M", "commit": "c", **content}))
    (tmp_path / "fewshot_tsne.json").write_text(json.dumps({"machine": "M", "commit": "c", "seconds": 1.0}))
    assert public.few_shot(tmp_path).splitlines()[0] == "| cifar10 | 3-way 1-shot | 3-way 5-shot | 3-way 20-shot |"
    assert public.few_shot(tmp_path).splitlines()[2:] == ["| `triplet` | 50.0 (40.0 to 60.0) |  |  |"]


def test_verdicts_on_public_data_stand_with_the_best_first(tmp_path: Path) -> None:
    scores = {"none": 0.5, "smote": 0.75}
    content = {"rows.train": 500, "seeds": 5, "smote.verdict": "helps", "sentence.all": "Use smote."} | {
        f"{arm}.{score}.{end}": value
        for arm, value in scores.items()
        for score in ("macro_f1", "minority_recall")
        for end in ("mean", "low", "high")
    }
    (tmp_path / "verdict-pima.json").write_text(json.dumps(content))
    text = public.verdicts(tmp_path)
    assert text.startswith(f"**pima** (500 train rows, 5 seeds). {public.WITHOUT_RULE} Use smote.")
    smote = "| `smote` | 75.0 (75.0 to 75.0) | 75.0 (75.0 to 75.0) | helps |  |"
    assert smote in text and text.index(smote) < text.index("| `none` | 50.0")
    rule = {f"decision_rule.{score}.{end}": 0.6 for score in ("macro_f1", "minority_recall") for end in ("mean",)}
    ends = {f"decision_rule.minority_recall.{end}": 0.6 for end in ("low", "high")}
    (tmp_path / "verdict-pima.json").write_text(json.dumps(content | rule | ends))
    assert public.verdicts(tmp_path).startswith("**pima** (500 train rows, 5 seeds). Use smote.")
    (tmp_path / "verdict-pima.json").write_text(json.dumps(content | {"train_gan.steps": 100}))
    assert public.verdicts(tmp_path).startswith("**pima** (500 train rows, 5 seeds, `train_gan.steps` 100). ")
    assert measured.benchmarks(tmp_path) == "No benchmark has been run yet."


def test_trials_are_a_table_and_pictures(tmp_path: Path) -> None:
    assert public.trials(tmp_path) == "Not measured yet."
    (tmp_path / "quality.json").write_text(json.dumps({"coats.fast.ratio": 0.75, "coats.fast.seeds": 3}))
    (tmp_path / "quality").mkdir()
    (tmp_path / "quality" / "coats_fast.png").touch()
    text = public.trials(tmp_path)
    assert "| coats | fast | 0.750 |" in text
    assert f"![coats by fast]({tmp_path}/quality/coats_fast.png)" in text


def test_a_picture_is_linked_from_the_folder_of_the_page() -> None:
    assert public.link(Path("benchmarks/x.png"), Path("docs")) == "../benchmarks/x.png"
    assert public.link(Path("benchmarks/x.png"), Path()) == "benchmarks/x.png"


def test_the_headline_has_the_few_arms_that_matter(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    record = json.loads((tmp_path / "plots" / "verdict" / "verdict.json").read_text())
    record |= {"recommended": "smote", "chosen": {"flow": "flow_50", "wgan": "none"}}
    (tmp_path / "plots" / "verdict" / "verdict.json").write_text(json.dumps(record))
    rows = last_run.headline(run).splitlines()[2:]
    assert rows == [
        "| `none` (as the data are) | 40.0 (39.1 to 40.9) |  |",
        "| **`smote`** (best simple arm on validation) |  | inconclusive: +1.0 (-1.0 to +3.0) |",
        "| `flow_50` (chosen for flow) |  |  |",
    ]
    assert last_run.headline(Run(tmp_path / "no", tmp_path / "no")) == "No run yet: `make repro`."


def test_the_sweep_is_a_table(tmp_path: Path) -> None:
    assert measured.sweep(tmp_path / "sweep.csv") == "Not made yet: `make sweep`."
    path = tmp_path / "sweep.csv"
    path.write_text("configuration,train_gan.engines.wgan_gp.learning_rate,score\nslow,0.0005,0.435546\n")
    assert measured.sweep(path).splitlines()[::2] == [
        "| configuration | learning rate | score |",
        "| slow | 0.0005 | 0.4355 |",
    ]


def test_only_the_block_changes() -> None:
    begin, end = "<!-- results: written by make tables -->", "<!-- end of results -->"
    text = replace_block(f"before\n{begin}\nold\n{end}\nafter", "results", r"new \1", "page.md")
    assert text == f"before\n{begin}\nnew \\1\n{end}\nafter"
    assert replace_block(text, "results", r"new \1", "page.md") == text
    with pytest.raises(InputError, match="page.md: the markers"):
        replace_block("no markers", "results", "new", "page.md")


@pytest.mark.parametrize(("path", "blocks"), BLOCKS.items(), ids=map(str, BLOCKS))
def test_a_page_has_its_blocks_and_its_links_lead_somewhere(path: Path, blocks: Mapping[str, object]) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    for block in blocks:
        assert replace_block(text, block, "x", str(path)) != text
    pipeline = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if link.startswith("plots/"):
            assert f"- {'/'.join(link.split('/')[:2])}" in pipeline, f"no stage makes {link}"
        elif not link.startswith("https://"):
            assert (ROOT / path.parent / link).exists(), link


def test_the_readme_names_every_stage_and_no_place_of_ours() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for stage in read_yaml(ROOT / "dvc.yaml")["stages"]:
        assert f"| `{stage}` |" in text, f"README.md does not tell what {stage} does"
    for path in ("/work/", "/tmp/", "/root/"):
        assert path not in text


def test_our_pages_take_no_numbers_of_another_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("dataset: mine\n")
    Path("README.md").write_text("as it was")
    with pytest.raises(InputError, match="`dataset` is 'mine'"):
        main()
    assert Path("README.md").read_text() == "as it was"
