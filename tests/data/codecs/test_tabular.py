import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from makeweight.core.errors import InputError
from makeweight.data.codecs.tabular import TabularCodec, TabularParams, decimals_of
from makeweight.data.samples import Roles, Samples

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
    assert back[:4].tolist() == ["a", "b", "other", "other"] and back.isna().tolist() == [False] * 4 + [True]


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
    assert decimals_of(np.array([1.0, 20.0])) == 0
    assert decimals_of(np.array([1.5, 20.25])) == 2
    assert decimals_of(np.array([np.pi])) == 6
