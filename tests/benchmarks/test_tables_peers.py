"""The means of the benchmark of generated rows of tables, from numbers by hand."""

import pandas as pd
import pytest

import tables_peers


def row(table: str, method: str, macro_f1: float, seconds: float = 0.0, split: int = 0) -> dict[str, float | str]:
    """A split's scores, both learners alike."""
    scores = {f"{learner}.macro_f1": macro_f1 for learner in tables_peers.LEARNERS}
    precision = {f"{learner}.average_precision": 0.5 for learner in tables_peers.LEARNERS}
    return {"table": table, "split": split, "method": method, "seconds": seconds} | scores | precision


def test_shares_are_of_the_real_rows_score_and_leads_are_on_the_same_tables() -> None:
    rows = [row("a", "real", 0.8), row("a", "latent_flow", 0.76, 2.0), row("a", "arfpy", 0.72, 4.0)]
    rows += [row("b", "real", 0.5), row("b", "latent_flow", 0.5, 3.0), row("b", "arfpy", 0.48, 6.0)]
    rows += [row("c", "real", 0.6), row("c", "latent_flow", 0.3, 4.0)]
    found = tables_peers.summary(pd.DataFrame(rows))
    assert found["a.latent_flow.share.macro_f1"] == 0.95
    assert found["mean.latent_flow.share.macro_f1"] == pytest.approx((0.95 + 1 + 0.5) / 3, abs=1e-4)
    assert found["mean.latent_flow.seconds"] == 3.0
    assert (found["mean.arfpy.tables"], found["mean.latent_flow.tables"]) == (2, 3)
    # Leads of 0.05 and 0.04: half the interval is 12.706 (Student's t, one degree) times 0.005.
    ends = [found[f"mean.arfpy.own_less_this.{end}"] for end in ("mean", "low", "high")]
    assert ends == pytest.approx([0.045, 0.045 - 0.0635, 0.045 + 0.0635], abs=2e-4)
    assert "mean.real.own_less_this.mean" not in found


def test_a_method_without_a_split_is_compared_on_the_splits_that_it_has() -> None:
    rows = [row("a", "real", 0.8), row("a", "latent_flow", 0.72), row("a", "ctgan", 0.4)]
    rows += [row("a", "real", 0.5, split=1), row("a", "latent_flow", 0.5, split=1)]
    rows += [row("b", "real", 0.5), row("b", "latent_flow", 0.5), row("b", "ctgan", 0.4)]
    rows += [row("b", "real", 0.5, split=1), row("b", "latent_flow", 0.4, split=1)]
    found = tables_peers.summary(pd.DataFrame(rows))
    assert (found["splits"], found["mean.latent_flow.splits"], found["mean.ctgan.splits"]) == (2, 2, 1)
    assert found["a.latent_flow.share.macro_f1"] == 0.95 and found["a.ctgan.share.macro_f1"] == 0.5
    assert found["mean.ctgan.own_less_this.mean"] == pytest.approx((0.4 + 0.2) / 2)
    # Variances of the two splits: .9 and 1 have .005, 1 and .8 have .02.
    assert found["mean.latent_flow.std_over_splits"] == pytest.approx(0.0125**0.5, abs=1e-4)
    assert "mean.ctgan.std_over_splits" not in found
