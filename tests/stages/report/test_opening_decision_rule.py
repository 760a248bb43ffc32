"""What the page says where the decision rule was an arm: what to do, whose the gain is, and the numbers to use."""

import json
from typing import Any

import pandas as pd
from run_files import page_of, words_of

from makeweight.results.run import Run

SCORES = {"none": 0.6, "decision_rule": 0.66, "smote": 0.67, "flow_50": 0.58, "flow_100": 0.5}
GAINS = {"decision_rule": (6, 1), "smote": (7, 1), "flow_50": (-2, -9), "flow_100": (-10, -19)}


def put(run: Run, recommended: str, rules: pd.DataFrame, smote_beats_rule: bool = False, **changes: Any) -> None:
    plots, metrics = run.folders.plots / "verdict", run.folders.metrics
    plots.mkdir(parents=True, exist_ok=True)
    (metrics / "contest").mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for arm, (mean, low) in GAINS.items():
        word = "helps" if low > 0 else "hurts" if mean == -10 else "inconclusive"
        row = {"arm": arm, "mean": mean, "low": low, "high": 2 * mean - low, "verdict": word, "detectable": 7.5}
        if arm != "decision_rule":
            beyond = "helps" if arm == "smote" and smote_beats_rule else "inconclusive" if arm == "smote" else "hurts"
            low, high = (0.4, 1.6) if beyond == "helps" else (-20, -1)
            row |= {f"{which}_{key}": value for which in ("rule", "simple")
                    for key, value in (("mean", mean - 6), ("low", low), ("high", high), ("verdict", beyond),
                                       ("detectable", 4.5))}  # fmt: skip
        rows.append(row)
    pd.DataFrame(rows).to_csv(plots / "intervals.csv", index=False)
    rules.to_csv(plots / "rule.csv", index=False)
    group = {"arms": ["smote", "decision_rule"], "worse": [], "cheapest": "decision_rule", "gain": 6.5}
    sentences = {"recommendation": "Do.", "group": "Either of two ways helps.", "share_of_rule": "Most is the rule's."}
    sentences |= {"new_groups": "On new vendors, less."}
    record = {"view": "fusion", "recommended": recommended, "best_simple": "decision_rule", "chosen": {"flow": "none"}}
    record |= {"line": recommended, "preferred": recommended, "group": group, "sentences": sentences} | changes
    (plots / "verdict.json").write_text(json.dumps(record))
    means = {f"{arm}.macro_f1.{end}": score for arm, score in SCORES.items() for end in ("mean", "low", "high")}
    (metrics / "verdict.json").write_text(json.dumps(means))
    beside = {"fusion.argmax_macro_f1.mean": 0.6, "fusion.average_precision.mean": 0.715}
    (metrics / "contest" / "decision_rule.json").write_text(json.dumps(beside))


def rules(**views: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for view, rule in views.items():
        for index, (label, bias) in enumerate(rule["biases"].items()):
            threshold = rule.get("threshold") if index == 1 else None
            rows.append({"view": view, "label": label, "bias": bias, "threshold": threshold, "weight": rule.get("w")})
    return pd.DataFrame(rows, columns=["view", "label", "bias", "threshold", "weight"])


MANY = rules(
    text={"biases": {"cat": 0.0, "dog": 1.234, "eel": 0.5}, "w": 0.75},
    image={"biases": {"cat": 0.25, "dog": 0.0, "eel": 2.0}, "w": 0.5},
    fusion={"biases": {"cat": 0.0, "dog": 0.1, "eel": 0.2}},
)


def test_the_first_screen_says_not_to_resample(run: Run) -> None:
    put(run, "decision_rule", MANY)
    opening = words_of(page_of(run).partition("<nav")[0])
    assert "Do not resample: choose the decision rule. It helps by 6.0 points of macro-F1 (1.0 to 11.0)." in opening
    assert "then add these numbers to the log of each class's probability" in opening
    assert "Macro-F1 60.0 \u2192 66.0 of 100 points" in opening
    assert "Gain over doing nothing +6.0 points, interval +1.0 to +11.0" in opening
    assert "Most is the rule&#39;s." in opening and "Either of two ways helps." in opening
    found = "7.5 points over doing nothing, found four times in five 4.5 over the decision rule"
    assert f"Smallest gain this test finds {found}" in opening
    engine = "flow: validation chose to add none; the best of its ways on the test samples, flow 50, is inconclusive"
    assert engine in opening and "is worse than the decision rule alone (\u22128.0 points" in opening
    assert "no clear difference from it" not in opening, "the group says so already"
    assert "On new vendors, less. The verdict in full" in opening
    assert "helps, no clear difference from the rule" in opening and "hurts, worse than the rule" in opening


def test_the_rule_has_a_mark_of_its_own(run: Run) -> None:
    put(run, "decision_rule", MANY)
    opening = page_of(run).partition("<nav")[0]
    assert opening.count('transform="rotate(45)"') == 1 and opening.count('class="mark"') == len(GAINS)
    assert "Diamond and dashed line: the decision rule alone." in opening


def test_a_way_beyond_the_rule_says_by_how_much(run: Run) -> None:
    put(run, "smote", MANY, smote_beats_rule=True)
    beyond = "by 1.0 points (0.4 to 1.6) more than the decision rule alone."
    assert f"Use smote: it helps by 7.0 points of macro-F1 (1.0 to 13.0), {beyond}" in words_of(page_of(run))


def test_the_numbers_of_many_classes_are_a_table(run: Run) -> None:
    put(run, "decision_rule", MANY)
    page = page_of(run)
    words = words_of(page)
    assert 'href="#numbers-to-use"' in page and page.count('id="numbers-to-use"') == 1
    heads = "class text (words of the text) image (patches of the picture) fusion (all together)"
    assert f"{heads} cat 0.00 0.25 0.00 dog 1.23 0.00 0.10 eel 0.50 2.00 0.20" in words
    assert "with the weights text 0.75, image 0.50" in words


def test_two_classes_in_one_view_have_a_threshold_on_the_first_screen(run: Run) -> None:
    put(run, "decision_rule", rules(trees={"biases": {"no": 0.0, "yes": 1.1}, "threshold": 0.2497}), view="trees")
    words = words_of(page_of(run))
    heading = "Do not resample: predict yes where its probability is above 0.250."
    heading += " It helps by 6.0 points of macro-F1 (1.0 to 11.0)."
    heading += " It is the cheapest of two ways that can&#39;t be told apart."
    assert f"{heading} Train on the data as they are, and use this threshold ." in words
    assert "trees (boosted trees on the table) 0.250 1.100" in words and "weight when fused" not in words


def test_another_way_for_two_classes_has_its_own_threshold(run: Run) -> None:
    own = rules(trees={"biases": {"<no>": 0.0, "<yes>": 1.1}, "threshold": 0.4})
    put(run, "smote", own, smote_beats_rule=True, view="trees")
    opening = words_of(page_of(run).partition("<nav")[0])
    assert "Use smote: it helps by 7.0 points" in opening
    assert (
        "Balance the training data in this way and train; then predict &lt;yes&gt; where its probability is above"
        in opening
    )


def test_two_classes_in_several_views_have_weights(run: Run) -> None:
    fused = {"biases": {"no": 0.0, "yes": 0.5}, "threshold": 0.4}
    put(run, "decision_rule", rules(trees={**fused, "w": 0.3}, text={**fused, "w": 0.7}, fusion=fused))
    words = words_of(page_of(run))
    opening = words.partition("What happened")[0]
    assert "Do not resample: move the threshold." in opening
    each = "0.400 (boosted trees on the table), 0.400 (words of the text)"
    text = f"then predict yes where its probability is above the threshold of the model: {each}. How to join them"
    assert text in opening
    assert "predict yes above add to its log-odds weight when fused" in words
    assert "text (words of the text) 0.400 0.500 0.700" in words


def test_a_view_that_decides_alone_has_the_threshold_of_the_headline(run: Run) -> None:
    idle, own = {"biases": {"no": 0.0, "yes": 0.7}, "threshold": 0.33, "w": 0.0}, {"biases": {"no": 0.0, "yes": 0.8}}
    own |= {"threshold": 0.31, "w": 0.4}
    fusion = {"biases": {"no": 0.0, "yes": 0.0}, "threshold": 0.5}
    put(run, "decision_rule", rules(trees=idle, tabular=own, fusion=fusion))
    opening = words_of(page_of(run)).partition("What happened")[0]
    assert "predict yes where its probability is above 0.310." in opening, "1 / (1 + exp(0.8))"
    assert "use this threshold for the linear model on the table, which decides alone." in opening
    moved = {"biases": {"no": 0.2, "yes": 0.0}, "threshold": 0.55}
    put(run, "decision_rule", rules(trees=idle, tabular=own, fusion=moved))
    assert "is above 0.426." in words_of(page_of(run)), "0.8 less 0.2 / 0.4"


def test_doing_nothing_needs_no_numbers(run: Run) -> None:
    put(run, "none", MANY, line="none", preferred="none")
    assert "numbers-to-use" not in page_of(run)


def test_the_table_holds_argmax_and_average_precision(run: Run) -> None:
    put(run, "decision_rule", MANY)
    words = words_of(page_of(run))
    heads = "macro-F1 argmax average precision against none against the decision rule"
    assert f"way of balancing {heads}" in words and "against the best simple way" not in words
    assert "decision rule 66.0 (66.0 to 66.0) 60.0 71.5 helps" in words
