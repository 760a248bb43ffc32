import numpy as np
import pytest
from scipy.sparse import csr_array

from makeweight.data.labelled import Labelled
from makeweight.stages.contest import origins
from makeweight.stages.contest.origins import nearest_rows
from makeweight.stages.contest.rows import PIXELS, ViewRows


def rows(*points: list[float]) -> Labelled:
    return Labelled({"tabular": np.array(points, dtype=np.float32)}, np.zeros(len(points), dtype=int))


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_the_nearest_row_is_that_of_all_distances(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "PART", 7)
    rng = np.random.default_rng(0)
    first, second = (rng.normal(size=(count, 5)).astype(np.float32) for count in (30, 20))
    by_hand = np.square(first[:, None] - second[None]).sum(2).argmin(1)
    found = nearest_rows(*(Labelled({"text": kind(array)}, np.zeros(len(array))) for array in (first, second)))
    assert found.tolist() == by_hand.tolist()


def test_pictures_are_compared_pixel_by_pixel_without_overflow() -> None:
    pictures = np.array([[[[0, 255]]], [[[255, 0]]]], dtype=np.uint8)
    labels = np.zeros(2, dtype=int)
    assert nearest_rows(
        Labelled({"image": pictures[::-1]}, labels), Labelled({"image": pictures}, labels)
    ).tolist() == [
        1,
        0,
    ]


def test_what_is_nearest_to_a_held_out_row_is_kept_apart_from_it() -> None:
    train, pool = rows([0, 0], [10, 0], [0, 10]), rows([1, 0], [9, 1], [1, 9], [0, 1])
    view = ViewRows({"train": train}, {"engine": pool})
    nearest = view.origins()
    assert nearest["engine"].tolist() == [0, 1, 2, 0]
    left = view.apart(nearest, np.array([True, False, False])).pools["engine"]
    assert left.inputs["tabular"].tolist() == [[9, 1], [1, 9]]
    assert len(view.pools["engine"]) == 4


def test_pixels_beside_features_do_not_count() -> None:
    train, pool = rows([0, 0], [10, 0]), rows([9, 0])
    pixels = [{**part.inputs, PIXELS: np.zeros((len(part), 3, 2, 2), dtype=np.uint8)} for part in (train, pool)]
    view = ViewRows({"train": Labelled(pixels[0], train.labels)}, {"engine": Labelled(pixels[1], pool.labels)})
    assert view.origins()["engine"].tolist() == [1]


def test_copies_of_train_rows_tell_nothing_of_held_out_ones() -> None:
    """An engine that repeats the train split: without the fold's copies, features of pure noise predict no label."""
    rng = np.random.default_rng(1)
    points, labels = rng.normal(size=(200, 20)).astype(np.float32), np.arange(200) % 2
    train = Labelled({"tabular": points}, labels)
    view = ViewRows({"train": train}, {"engine": train})
    held_out = np.arange(200) < 60
    pool = view.apart(view.origins(), held_out).pools["engine"]
    agree = {
        name: (copies.labels[nearest_rows(train.take(held_out), copies)] == labels[held_out]).mean()
        for name, copies in {"all": view.pools["engine"], "apart": pool}.items()
    }
    assert agree["all"] == 1
    assert agree["apart"] < 0.65
