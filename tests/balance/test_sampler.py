"""GANSampler: imbalanced-learn's checks, its pipeline, cross-validation; tables with categories and gaps; pictures."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from imblearn.pipeline import make_pipeline
from imblearn.utils.estimator_checks import parametrize_with_checks
from sklearn.base import clone
from sklearn.datasets import load_digits, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.preprocessing import MaxAbsScaler

import makeweight
from makeweight import GANSampler
from makeweight.core.errors import InputError

QUICK = {"width": 16, "blocks": 1, "solver_steps": 2, "channels": 4}


def quick(**options) -> GANSampler:
    return GANSampler(**{"random_state": 0, "steps": 10, "settings": QUICK, **options})


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@parametrize_with_checks([quick()])
def test_keeps_the_contract_of_imbalanced_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("engine", ["latent_flow", "wgan_gp", "r3gan"])
def test_every_engine_runs_as_its_defaults_say(engine):
    rows, target = make_classification(60, weights=[0.7], random_state=0)
    level, classes = GANSampler(engine=engine, steps=2, random_state=0).fit_resample(rows, target)
    assert np.bincount(classes).tolist() == [np.bincount(target).max()] * 2
    assert np.array_equal(level[:60], rows) and np.isfinite(level).all()


def mixed_frame() -> tuple[pd.DataFrame, pd.Series]:
    """Every kind of column, with gaps; the rare class is green, tall and old."""
    rng = np.random.default_rng(0)
    target = np.repeat(["rare", "usual"], [30, 120])
    rare = target == "rare"
    frame = pd.DataFrame(
        {
            "height": np.where(rare, 50, 10) + rng.normal(size=150),
            "age": np.where(rare, 90, 20) + rng.integers(0, 5, 150),
            "weight": np.where(rng.random(150) < 0.3, np.nan, rng.normal(size=150)).astype(np.float32),
            "colour": pd.Categorical(np.where(rare, "green", "red"), categories=["red", "green", "never"]),
            "name": rng.choice(["ash", "birch", None], 150),
            "wild": rare,
            "size": rng.choice([1, 5, 7], 150),
        }
    )
    return frame, pd.Series(target, name="kind")


def test_a_frame_keeps_its_types_and_the_rare_class_is_recognisable():
    frame, target = mixed_frame()
    level, classes = GANSampler(random_state=0).fit_resample(frame, target)
    pd.testing.assert_frame_equal(level.iloc[:150], frame)
    assert classes.value_counts().to_dict() == {"rare": 120, "usual": 120}
    assert level.dtypes.equals(frame.dtypes) and classes.name == "kind"
    made = level.iloc[150:]
    assert (made["colour"] == "green").mean() > 0.9
    assert made["wild"].mean() > 0.9
    assert made["height"].between(40, 60).mean() > 0.8
    assert (made["age"] == made["age"].round()).all() and made["age"].between(80, 100).mean() > 0.8
    assert 0.05 < made["weight"].isna().mean() < 0.7
    assert set(made["name"].dropna()) <= {"ash", "birch"}
    assert set(made["size"]) <= {1, 5, 7}


def test_categories_can_be_named_numbered_or_masked():
    frame, target = mixed_frame()
    numbers = frame[["height", "size"]]
    for chosen in (["size"], [1], [False, True]):
        level, _ = quick(categorical_features=chosen).fit_resample(numbers, target)
        assert set(level["size"]) <= {1, 5, 7}
    with pytest.raises(InputError, match=r"categorical_features: there is no column 'depth'; there are height, size"):
        quick(categorical_features=["depth"]).fit_resample(numbers, target)


def test_a_column_of_neither_numbers_nor_categories_is_refused_in_one_line():
    frame, target = mixed_frame()
    with pytest.raises(InputError, match=r"X: column 'name' .*numbers or categories would be right"):
        quick(categorical_features=["colour", "wild"]).fit_resample(frame, target)


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_pictures_of_any_container_keep_shape_and_range(dtype):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (40, 9, 12, 3)).astype(dtype)
    pictures = pictures if dtype == np.uint8 else pictures / 255
    target = np.repeat([0, 1], [10, 30])
    level, classes = quick().fit_resample(pictures, target)
    assert level.shape == (60, 9, 12, 3) and level.dtype == dtype
    assert np.array_equal(level[:40], pictures)
    assert level.min() >= pictures.min() and level.max() <= pictures.max()
    assert np.bincount(classes).tolist() == [30, 30]
    flat, _ = quick(picture_shape=(9, 12, 3)).fit_resample(pictures.reshape(40, -1), target)
    assert np.array_equal(flat, level.reshape(60, -1))


def test_grey_pictures_learn_their_class():
    target = np.repeat([0, 1], [40, 120])
    pictures = np.zeros((160, 8, 8))
    pictures[:40, :4], pictures[40:, 4:] = 1.0, 1.0
    level, _ = GANSampler(steps=200, random_state=0, settings={"channels": 8}).fit_resample(pictures, target)
    made = level[160:]
    assert made[:, :4].mean() > 0.7 and made[:, 4:].mean() < 0.3


def test_a_wrong_picture_shape_is_refused_in_one_line():
    with pytest.raises(InputError, match=r"picture_shape: \(3, 3, 1\) takes 9 numbers, but a row of X has 8"):
        quick(picture_shape=(3, 3)).fit_resample(np.zeros((9, 8)), np.repeat([0, 1], [3, 6]))


def test_works_in_a_pipeline_in_cross_validation_and_in_a_search():
    rows, target = load_digits(n_class=3, return_X_y=True)
    kept = np.flatnonzero((target > 0) | (np.arange(len(target)) % 4 == 0))
    rows, target = rows[kept], target[kept]
    model = make_pipeline(quick(picture_shape=(8, 8), steps=40), MaxAbsScaler(), LogisticRegression())
    scores = cross_val_score(model, rows, target, cv=StratifiedKFold(3), scoring="balanced_accuracy")
    assert (scores > 0.9).all()
    search = GridSearchCV(model, {"gansampler__steps": [2, 4]}, cv=StratifiedKFold(2)).fit(rows, target)
    assert search.best_params_["gansampler__steps"] in {2, 4}


def test_same_state_same_rows_and_the_callers_random_numbers_go_on():
    rows, target = make_classification(60, weights=[0.8], random_state=0)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, _ = quick().fit_resample(rows, target)
    assert torch.equal(torch.rand(3), expected)
    second, _ = clone(quick()).fit_resample(rows, target)
    other, _ = quick(random_state=1).fit_resample(rows, target)
    assert np.array_equal(first, second) and not np.array_equal(first, other)


def test_wrong_options_are_named():
    rows, target = make_classification(60, weights=[0.8], random_state=0)
    with pytest.raises(ValueError, match="'engine' parameter of GANSampler"):
        quick(engine="diffusion").fit_resample(rows, target)
    with pytest.raises(InputError, match=r"engines\.latent_flow\.wdth` is not a known field"):
        quick(settings={"wdth": 3}).fit_resample(rows, target)


def test_can_be_pickled_and_importing_the_package_stays_cheap():
    assert pickle.loads(pickle.dumps(quick())).get_params() == quick().get_params()
    loaded = "import sys, makeweight; print('torch' in sys.modules, 'pandas' in sys.modules)"
    path = str(makeweight.__path__[0]) + "/.."
    answer = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, env={"PYTHONPATH": path})
    assert answer.stdout.strip() == "False False"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = makeweight.nothing
