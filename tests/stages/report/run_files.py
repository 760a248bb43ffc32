"""Files of a run, as small as they can be, and its page as words."""

import json
import re

import pandas as pd
from PIL import Image

from makeweight.results.run import Run
from makeweight.stages.report.__main__ import Setting, write_page


def put_numbers(run: Run, name: str, numbers: dict[str, float]) -> None:
    path = run.folders.metrics / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(numbers))


def put_series(run: Run, name: str, **columns: list) -> None:
    path = run.folders.plots / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(columns).to_csv(path, index=False)


def put_picture(run: Run, name: str) -> None:
    path = run.folders.plots / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), "teal").save(path)


def put_verdict(run: Run, recommended: str, verdict: str = "helps", mean: float = 3.14) -> None:
    put_series(
        run,
        "verdict/intervals.csv",
        arm=["smote", "flow_50", "flow"],
        mean=[mean, -2.0, -2.0],
        low=[1.0, -4.0, -4.0],
        high=[5.0, -0.5, -0.5],
        verdict=[verdict, "hurts", "hurts"],
        simple_mean=[None, -5.0, -5.0],
        simple_low=[None, -6.0, -6.0],
        simple_high=[None, -4.0, -4.0],
        simple_verdict=[None, "hurts", "hurts"],
    )
    record = {
        "view": "fusion",
        "recommended": recommended,
        "best_simple": "smote",
        "chosen": {"flow": "flow_50"},
        "sentences": {"recommendation": "Use smote: it <helps>."},
    }
    (run.folders.plots / "verdict" / "verdict.json").write_text(json.dumps(record))
    put_numbers(run, "verdict", {"smote.macro_f1.mean": 0.4, "smote.macro_f1.low": 0.38, "smote.macro_f1.high": 0.421})


def put_scores(run: Run, **means: float) -> None:
    scores = {f"{arm}.macro_f1.{end}": mean for arm, mean in means.items() for end in ("mean", "low", "high")}
    put_numbers(run, "verdict", scores)


def put_everything(run: Run) -> None:
    put_verdict(run, "smote")
    put_numbers(run, "ingest", {"samples": 11012, "failures": 95})
    dropped = {"dropped.near_duplicate": 7000, "dropped.blank": 12}
    put_numbers(run, "clean", {"samples_in": 11012, "samples_out": 4000, "classes": 2, **dropped})
    put_series(run, "clean/funnel.csv", step=["samples_in", "near_duplicate"], rows=[11012, 4000])
    put_series(run, "clean/class_counts.csv", label=["a", "b"], before=[9000, 12], after=[3990, 10])
    put_picture(run, "clean/dropped_near_duplicate.png")
    put_picture(run, "sample/flow/real_and_synthetic.png")
    put_picture(run, "sample/flow/listings.png")
    put_numbers(run, "sample", {"flow.rows.a": 777})
    put_series(run, "split/classes.csv", label=["b", "a"], train=[1, 5])
    put_series(run, "sample/flow/listings.csv", label=["a"], title=["<b>Star"], description=["of gold"], price=[1.25])
    put_series(run, "train_gan/flow/losses.csv", step=[1, 2, 3], flow=[1.0, None, 0.5])
    put_series(run, "train_gan/flow/scores.csv", step=[2, 3], score=[0.1, 0.2])
    put_numbers(run, "fidelity", {"real.image.recall": 0.9, "flow.image.recall": 0.25, "flow.image.recall.a": 0.77})
    put_series(run, "fidelity/classes.csv", engine=["flow"], modality=["image"], **{"class": ["a"]}, recall=[0.77])
    put_numbers(run, "classify/e1", {"real.lenet.accuracy": 0.5, "real.lenet.f1.a": 0.4})
    put_numbers(run, "classify/e2", {"lenet.ratio": 0.5})
    for name in ("real_lenet", "synthetic_lenet_on_real", "synthetic_nn"):
        put_series(run, f"classify/confusion_{name}.csv", actual=["a", "b"], predicted=["a", "a"], count=[3, 1])
    put_series(run, "classify/history_real_lenet.csv", epoch=[1, 2], train_loss=[2.0, 1.0])
    put_series(run, "verdict/dose.csv", engine=["flow"], amount=[0], mean=[1], low=[0], high=[2], **zero_recall())
    put_series(run, "verdict/classes.csv", label=["a"], arm=["smote"], mean=[4.4], low=[1.0], high=[7.0])
    pairs = {"arm": ["smote", "smote", "none"], "actual": ["a", "b", "a"], "predicted": ["a", "a", "b"]}
    put_series(run, "verdict/confusion.csv", **pairs, count=[13, 17, 19])
    put_series(run, "verdict/arms.csv", view=["fusion"], arm=["none"], mean=[40.0], low=[38.0], high=[42.0])
    put_numbers(run, "fewshot/fine", {"triplet.verification.eer": 0.3})
    settings = {"way": [5, 5], "shot": [1, 1], "low": [0.4, 0.1], "high": [0.6, 0.3], "chance": [0.2, 0.2]}
    put_series(run, "fewshot/fine/table.csv", method=["triplet", "naive"], mean=[0.5, 0.2], **settings)
    put_picture(run, "fewshot/fine/episode.png")
    put_numbers(run, "tsne", {"real.purity": 0.4})
    put_series(run, "tsne/embedding.csv", x=[0, 1], y=[0, 1], label=["a", "b"], source=["real", "flow"])
    put_picture(run, "tsne/other.png")


def zero_recall() -> dict[str, list[int]]:
    return {"recall_mean": [0], "recall_low": [0], "recall_high": [0]}


def page_of(run: Run) -> str:
    return write_page(run, Setting("Stamps & coins", "CC0", "seed: 1\n", 0.05))


def words_of(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
