from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from makeweight.core.errors import InputError
from makeweight.core.random import batch_stream
from makeweight.data.codecs.precision import find_precision
from makeweight.data.codecs.tabular import TabularCodec, TabularParams
from makeweight.data.samples import Roles, Samples
from makeweight.data.values.date_finding import found_format

PARAMS = TabularParams(quantiles=101, spike_share=0.2, max_categories=2)


def fit(table: pd.DataFrame, numeric: tuple[str, ...] = (), categorical: tuple[str, ...] = ()) -> TabularCodec:
    return TabularCodec.fit(Samples(table, Roles(numeric=numeric, categorical=categorical)), PARAMS, 0)


def test_a_number_becomes_the_normal_score_of_its_quantile() -> None:
    table = pd.DataFrame({"x": np.arange(101.0)})
    encoded = fit(table, numeric=("x",)).encode(pd.DataFrame({"x": [25.0, 50.0, 75.0, -7.0, 1e9]}))
    np.testing.assert_allclose(encoded[:3, 0], norm.ppf([0.25, 0.5, 0.75]), atol=1e-6)
    np.testing.assert_allclose(encoded[3:, 0], [-4, 4], err_msg="beyond the train range: the furthest score")


def test_numbers_come_back_within_a_quantile_step() -> None:
    values = np.round(np.random.default_rng(1).lognormal(3, 1, 500), 2)
    table = pd.DataFrame({"x": values})
    codec = fit(table, numeric=("x",))
    back = codec.decode(codec.encode(table))["x"].to_numpy()
    inner = (values > np.quantile(values, 0.01)) & (values < np.quantile(values, 0.99))
    np.testing.assert_allclose(back[inner], values[inner], atol=0.011)
    assert (np.round(back, 2) == back).all(), "written with the decimals of the train values"


def test_spikes_and_missing_values_are_states_of_their_own() -> None:
    table = pd.DataFrame({"x": [0.0] * 40 + [np.nan] * 10 + list(np.linspace(5, 9, 50))})
    codec = fit(table, numeric=("x",))
    (number,) = codec.numbers
    assert number.spikes == (0.0,) and number.missing and codec.spec.shape == (1 + 3,)
    encoded = codec.encode(pd.DataFrame({"x": [0.0, np.nan, 7.0]}))
    assert encoded[:, 1:].tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    back = codec.decode(encoded)["x"].to_numpy()
    assert back[0] == 0 and np.isnan(back[1]) and back[2] == pytest.approx(7, abs=0.1)
    assert not (codec.decode(encoded[2:])["x"] == 0).any()


def test_rare_unknown_and_missing_categories_have_positions() -> None:
    table = pd.DataFrame({"c": ["b"] * 5 + ["a"] * 4 + ["rare"] + [None]})
    codec = fit(table, categorical=("c",))
    encoded = codec.encode(pd.DataFrame({"c": ["a", "b", "rare", "never seen", None]}))
    assert encoded.argmax(1).tolist() == [0, 1, 2, 2, 3]
    back = codec.decode(encoded)["c"]
    assert back[:4].tolist() == ["a", "b", "rare", "rare"] and back.isna().tolist() == [False] * 4 + [True]


def test_the_state_of_rare_categories_gives_each_of_them_as_often_as_train_has_it() -> None:
    table = pd.DataFrame({"c": ["a"] * 60 + ["b"] * 50 + ["x"] * 30 + ["y"] * 10})
    codec = fit(table, categorical=("c",))
    encoded = codec.encode(pd.DataFrame({"c": ["x"] * 2000 + ["b"]}))
    for decoded in (codec.decode(encoded)["c"], codec.decode(encoded, batch_stream(4))["c"]):
        assert set(decoded[:2000]) == {"x", "y"} and decoded[2000] == "b"
        assert (decoded[:2000] == "x").mean() == pytest.approx(0.75, abs=0.03)
    one, other = (codec.decode(encoded, batch_stream(seed))["c"] for seed in (4, 4))
    assert one.equals(other), "the same stream gives the same names"


def test_a_column_without_rare_categories_never_gets_a_name_that_it_does_not_have() -> None:
    codec = fit(pd.DataFrame({"c": ["a", "b", "b"]}), categorical=("c",))
    assert codec.decode(np.array([[0.1, 0.2, 0.7]]))["c"].tolist() == ["b"]


def test_a_constant_column_stays_constant() -> None:
    table = pd.DataFrame({"x": [3.5] * 20})
    codec = fit(table, numeric=("x",))
    assert codec.decode(codec.encode(table))["x"].tolist() == [3.5] * 20


def test_ten_thousand_categories_are_cut_to_the_most_frequent(capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame({"c": [f"name{row}" for row in range(10_000)] + ["name7", "name7", "name5"]})
    codec = fit(table, categorical=("c",))
    assert codec.categories[0].names == ("name5", "name7")
    assert "`c` has 10000 categories" in capsys.readouterr().err


@pytest.mark.parametrize("values, expected", [([np.nan] * 5, "no number"), ([1.0, np.inf, 2.0], "infinite")])
def test_columns_without_finite_numbers_are_named(values: list[float], expected: str) -> None:
    with pytest.raises(InputError, match=f"`x`.*{expected}"):
        fit(pd.DataFrame({"x": values}), numeric=("x",))


def test_decimals() -> None:
    assert find_precision(np.array([1.0, 20.0])).decimals == 0
    assert find_precision(np.array([1.5, 20.25])).decimals == 2
    assert find_precision(np.array([np.pi])).decimals == 15


@pytest.mark.parametrize("scale", [1e-30, 2e-9, 3e-7, 1.0, 1e6, 1e20])
def test_generated_numbers_have_the_magnitude_and_the_digits_of_the_column(scale: float) -> None:
    rng = np.random.default_rng(0)
    values = np.array([float(f"{value * scale:.3e}") for value in rng.lognormal(0, 0.5, 300)])
    codec = fit(pd.DataFrame({"x": values}), numeric=("x",))
    back = codec.decode(rng.normal(size=(500, 1)))["x"].to_numpy()
    assert back.min() >= values.min() and back.max() <= values.max() and len(np.unique(back)) > 100
    assert all(len(f"{value!r}".partition("e")[0].replace(".", "").strip("0")) <= 8 for value in back.tolist())


def test_numbers_of_very_different_magnitude_keep_their_significant_digits() -> None:
    values = np.array([2.39e-9, 5.1e-8, 7.77e-3, 1250.0, 8.4e5] * 4)
    codec = fit(pd.DataFrame({"x": values}), numeric=("x",))
    back = codec.decode(np.random.default_rng(1).normal(size=(50, codec.spec.shape[0])))["x"]
    assert all(value == float(f"{value:.2e}") for value in back)


@pytest.mark.parametrize(
    "dates",
    [
        [f"{day:02d}.{month:02d}.2024" for day in range(1, 29) for month in (2, 7)],
        [pd.Timestamp(2024, 2, day, 12, 30) for day in range(1, 29)],
        [pd.Timestamp(2024, 2, day).date() for day in range(1, 29)],
        [f"{hour:02d}:15" for hour in range(24)],
        [*(f"2024-{month:02d}" for month in range(1, 13)), None],
    ],
)
def test_dates_come_back_within_range_in_the_format_that_came_in(dates: list, tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [float(row) for row in range(len(dates))], "d": dates})
    roles = Roles(numeric=("x",), date=("d",), formats={"d": found_format(table["d"])})
    TabularCodec.fit(Samples(table, roles), PARAMS, 0).save(tmp_path)
    codec = TabularCodec.load(tmp_path)
    back = codec.decode(np.random.default_rng(0).normal(size=(200, codec.spec.shape[0])))["d"]
    assert back.dtype == table["d"].dtype
    assert set(back.dropna()) <= set(dates) or len(dates) > 25, "nothing that lies between two steps"
    numbers = roles.formats["d"].to_numbers(back)
    known = roles.formats["d"].to_numbers(table["d"])
    assert np.nanmin(numbers) >= np.nanmin(known) and np.nanmax(numbers) <= np.nanmax(known)
    assert roles.formats["d"].from_numbers(numbers).fillna("").tolist() == back.fillna("").tolist()
