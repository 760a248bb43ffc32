import numpy as np
import pandas as pd
import pytest

from makeweight.core.errors import InputError
from makeweight.data.samples import SPLITS, Roles, Samples
from makeweight.data.units import units
from makeweight.stages.split import __main__ as split
from makeweight.stages.split import imbalance
from makeweight.stages.split.assignment import assign

FRACTIONS = {"train": 0.65, "validation": 0.15, "test": 0.2}
NONE = {"kind": "none", "classes": (), "kept_share": 0.1, "imbalance_factor": 10.0}


def params(**changes: object) -> split.Params:
    return split.Params.model_validate(
        {"fractions": FRACTIONS, "group_by": ("group", "title"), "repeat": 0, "imbalance": NONE} | changes
    )


def catalogue(rows: int = 900, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": [f"r{row:04}" for row in range(rows)],
            "label": rng.choice(list("abc"), rows, p=[0.6, 0.3, 0.1]),
            "group": rng.choice([f"v{number}" for number in range(60)], rows),
            "title": rng.choice([f"t{number}" for number in range(20)], rows),
            "mw_cluster": rng.choice([f"c{number}" for number in range(800)], rows),
        }
    )


def test_units_join_clusters_and_series_across_each_other() -> None:
    table = pd.DataFrame(
        {
            "id": ["p", "q", "r", "s", "t", "u"],
            "mw_cluster": ["1", "1", "2", "3", "4", "5"],
            "group": ["ann", "bob", "bob", "bob", None, None],
            "title": ["x", "y", "y", "z", "w", "w"],
        }
    )
    assert units(table, ("group", "title")).tolist() == ["p", "p", "p", "s", "t", "u"]
    assert units(table, ("group",)).tolist() == ["p", "p", "p", "p", "t", "u"]
    assert units(table[["id", "mw_cluster"]], ("group", "title")).tolist() == ["p", "p", "r", "s", "t", "u"]
    assert units(table[["id"]], ("group",)).tolist() == ["p", "q", "r", "s", "t", "u"]


def test_a_group_whose_names_run_together_stays_two_groups() -> None:
    table = pd.DataFrame({"id": ["p", "q"], "group": ["ab", "a"], "title": ["c", "bc"]})
    assert units(table, ("group", "title")).nunique() == 2


def test_every_class_comes_near_the_target_fractions_and_no_unit_is_divided() -> None:
    table = catalogue()
    result = split.split(Samples(table, Roles()), params(), seed=1).table
    numbers = split.measure(result)
    assert numbers["units_across_splits"] == 0
    assert numbers["clusters_across_splits"] == 0
    assert (result.groupby(["group", "title"])["mw_split"].nunique() == 1).all()
    shares = pd.crosstab(result["label"], result["mw_split"], normalize="index")
    for name, target in FRACTIONS.items():
        assert shares[name].to_numpy() == pytest.approx(np.full(3, target), abs=0.05)
    assert numbers["train"] + numbers["validation"] + numbers["test"] == len(table)


def test_single_rows_are_split_to_the_row() -> None:
    table = pd.DataFrame({"id": [f"{row:03}" for row in range(200)], "label": ["a"] * 100 + ["b"] * 100})
    result = split.split(Samples(table, Roles()), params(), seed=0).table
    assert pd.crosstab(result["label"], result["mw_split"])[list(SPLITS)].to_numpy().tolist() == [[65, 15, 20]] * 2


def test_the_seed_decides_and_repeats() -> None:
    cleaned = Samples(catalogue(), Roles())
    first, again, other = (split.split(cleaned, params(), seed).table["mw_split"] for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_a_class_in_few_units_still_has_rows_in_every_split() -> None:
    table = catalogue()
    rare = pd.DataFrame(
        {
            "id": ["x1", "x2", "x3", "x4"],
            "label": "rare",
            "group": ["w1", "w1", "w2", "w3"],
            "title": "t",
            "mw_cluster": ["x1", "x2", "x3", "x4"],
        }
    )
    result = split.split(Samples(pd.concat([table, rare], ignore_index=True), Roles()), params(), seed=0).table
    assert set(result.loc[result["label"] == "rare", "mw_split"]) == set(SPLITS)


def test_a_class_in_two_units_is_one_clear_line() -> None:
    table = catalogue()
    table.loc[table["label"] == "c", ["group", "title"]] = ["one", "t"]
    table.loc[table["label"] == "c", "mw_cluster"] = "one"
    with pytest.raises(InputError, match=r"`split.group_by` .* class 'c' into 1 units") as expected:
        split.split(Samples(table, Roles()), params(), seed=0)
    assert "\n" not in str(expected.value)


def test_imbalance_by_classes_takes_rows_out_of_train_only() -> None:
    cleaned = Samples(catalogue(), Roles())
    plain = split.split(cleaned, params(), seed=3).table
    config = params(imbalance=NONE | {"kind": "classes", "classes": ("a",), "kept_share": 0.25})
    thinned = split.split(cleaned, config, seed=3).table
    before, after = (pd.crosstab(t["label"], t["mw_split"]) for t in (plain, thinned))
    assert after.loc["a", "train"] == round(before.loc["a", "train"] * 0.25)
    assert after.loc["a", "unused"] == before.loc["a", "train"] - after.loc["a", "train"]
    assert after.loc[["b", "c"], "train"].equals(before.loc[["b", "c"], "train"])
    for name in ("validation", "test"):
        assert after[name].equals(before[name])


def test_a_long_tail_falls_geometrically() -> None:
    sizes = pd.Series({"a": 1000, "b": 1000, "c": 1000})
    config = imbalance.Imbalance.model_validate(NONE | {"kind": "long_tail", "imbalance_factor": 100.0})
    assert imbalance.kept_rows(sizes, config) == {"a": 1000, "b": 100, "c": 10}
    scarce = pd.Series({"a": 1000, "b": 1000, "c": 4})
    assert imbalance.kept_rows(scarce, config)["c"] == 4


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"imbalance": NONE | {"kind": "classes", "classes": ("z",)}}, "`split.imbalance.classes` names 'z'"),
        ({"imbalance": NONE | {"kind": "classes", "classes": ("a",), "kept_share": 0.0}}, "without a train sample"),
    ],
)
def test_wrong_imbalance_is_refused(changes: dict, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        split.split(Samples(catalogue(), Roles()), params(**changes), seed=0)


@pytest.mark.parametrize(
    "fractions",
    [{"train": 0.5, "test": 0.5}, {"train": 0.9, "validation": 0.2, "test": 0.2}, FRACTIONS | {"test": 0.0}],
)
def test_wrong_fractions_are_refused(fractions: dict) -> None:
    with pytest.raises(InputError, match="`split.fractions`"):
        split.check_fractions(params(fractions=fractions))


def given(**columns: list) -> pd.DataFrame:
    """A table of two classes whose source gives train and test."""
    table = pd.DataFrame({"id": [f"{row:03}" for row in range(80)], "label": ["a", "b"] * 40})
    return table.assign(mw_given_split=["train"] * 60 + ["test"] * 20, **columns)


def test_a_given_split_is_kept_and_validation_is_taken_from_train() -> None:
    table = given()
    result = split.split(Samples(table, Roles()), params(), seed=0).table
    assert ((result["mw_split"] == "test") == (table["mw_given_split"] == "test")).all()
    counts = pd.crosstab(result["label"], result["mw_split"])
    assert counts["validation"].tolist() == [round(30 * 0.15 / 0.8)] * 2
    assert counts["train"].tolist() == [24] * 2


def test_all_three_given_splits_are_kept_and_rows_without_one_are_train_rows() -> None:
    table = given()
    table.loc[50:59, "mw_given_split"] = "validation"
    table.loc[:3, "mw_given_split"] = None
    result = split.split(Samples(table, Roles()), params(), seed=0).table
    assert result["mw_split"].tolist() == ["train"] * 50 + ["validation"] * 10 + ["test"] * 20


def test_train_rows_that_belong_to_a_given_test_row_are_unused() -> None:
    cluster = [f"{row:03}" for row in range(80)]
    cluster[70] = "003"  # a near copy of the train row 3
    result = split.split(Samples(given(mw_cluster=cluster), Roles()), params(), seed=0).table
    assert result.loc[[3, 70], "mw_split"].tolist() == ["unused", "test"]
    assert (result["mw_split"] == "unused").sum() == 1
    assert split.measure(result)["units_across_splits"] == 0


def test_given_splits_without_train_or_without_a_class_are_one_clear_line() -> None:
    table = given()
    with pytest.raises(InputError, match="the given splits are validation, test; one of them must be train"):
        wrong = table.assign(mw_given_split=table["mw_given_split"].replace("train", "validation"))
        split.split(Samples(wrong, Roles()), params(), seed=0)
    with pytest.raises(InputError, match="test has no sample of class 'b'; the splits are those of the source"):
        only_a = table[(table["mw_given_split"] == "train") | (table["label"] == "a")]
        split.split(Samples(only_a, Roles()), params(), seed=0)


def test_each_repeat_is_another_split_and_repeat_0_is_the_one_that_the_seed_gives() -> None:
    table = catalogue()

    def tested(seed: int, **changes: int) -> set[str]:
        result = split.split(Samples(table, Roles()), params(**changes), seed).table
        return set(result.loc[result["mw_split"] == "test", "id"])

    whole = table.assign(unit=units(table, ("group", "title")))
    expected = assign(whole["label"], whole["unit"], FRACTIONS, 1)
    assert tested(1) == tested(1, repeat=0) == set(table.loc[expected == "test", "id"])
    repeats = [tested(1, repeat=number) for number in range(4)]
    assert len({frozenset(ids) for ids in repeats}) == 4 and tested(1, repeat=2) == repeats[2]
    # A fifth of the rows is tested, and independent splits share a fifth of these.
    shared = [len(repeats[one] & repeats[two]) / len(repeats[one]) for one, two in ((1, 2), (1, 3), (2, 3))]
    assert 0.1 < np.mean(shared) < 0.3
    result = split.split(Samples(table, Roles()), params(repeat=3), 1).table
    assert split.measure(result)["units_across_splits"] == 0
    shares = pd.crosstab(result["label"], result["mw_split"], normalize="index")
    assert (abs(shares - pd.Series(FRACTIONS)) < 0.05).all().all()
    assert tested(2, repeat=1) != repeats[1]


def test_a_test_split_that_the_source_gives_has_no_repeats() -> None:
    with pytest.raises(
        InputError, match="`split.repeat` is 1, but the source gives the test split, .* right would be 0"
    ):
        split.split(Samples(given(), Roles()), params(repeat=1), seed=0)
    only_train = given().assign(mw_given_split="train")
    one, two = (split.split(Samples(only_train, Roles()), params(repeat=number), seed=0).table for number in (0, 1))
    assert (one["mw_split"] != two["mw_split"]).any()
