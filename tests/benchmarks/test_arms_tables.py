"""Pooling of the new arms on tables, by hand."""

import pandas as pd
import pytest

from arms_tables import NEW, SIMPLE, best_of, pooled


def scores(table: str, arms: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Out-of-fold and test macro-F1 of each arm, with one learner on one split."""
    rows = [
        {"arm": name, "held_out_macro_f1": held_out, "macro_f1": test, "average_precision": test}
        for name, (held_out, test) in arms.items()
    ]
    about = {"table": table, "split": 0, "learner": "trees", "family": table, "rare_rows": 20}
    return pd.DataFrame(rows).assign(**about)


def test_the_best_simple_arm_is_chosen_out_of_fold_table_by_table() -> None:
    arms = {"decision_rule": (0.5, 0.6), "smote": (0.4, 0.9), "feature_flow": (0.9, 0.7)}
    one, two = scores("a", arms), scores("b", arms | {"smote": (0.8, 0.5)})
    found = pooled(pd.concat([one, two]))
    assert found["best_simple.macro_f1"] == pytest.approx(55), ".6 on a, .5 on b"
    assert found["feature_flow.less_best_simple.mean"] == pytest.approx(15)
    assert found["feature_flow.less_decision_rule.mean"] == pytest.approx(10)
    assert found["feature_flow.less_decision_rule.few_rare_rows.tables"] == 2 and found["tables"] == 2
    assert "decision_rule.less_decision_rule.mean" not in found and "best_simple.less_decision_rule.mean" not in found


def test_of_equal_arms_the_first_is_taken() -> None:
    cells = ["table", "split", "learner"]
    both = {
        name: own.set_index(cells)
        for name, own in scores("a", {"decision_rule": (0.5, 0.6), "smote": (0.5, 0.9)}).groupby("arm")
    }
    assert best_of(both)["macro_f1"].tolist() == [0.6]


def test_every_arm_can_be_parsed() -> None:
    from makeweight.balance.arm import Arm

    for name in (*SIMPLE, *NEW):
        Arm.parse(name).check(["latent_flow"])
