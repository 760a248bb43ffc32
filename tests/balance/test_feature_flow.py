"""Feature flow by hand: what classes lend each other, where rows lie without training, and what training teaches."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from makeweight.balance.feature_flow import FeatureFlow
from makeweight.balance.feature_space import FeatureSpace, as_in_table
from makeweight.balance.feature_velocity import normal_velocity, sample_velocity
from makeweight.balance.lent_gaussians import SMALLEST_SHARE, LentGaussians, symmetric_root
from makeweight.balance.train_split import real_split
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.labelled import Labelled

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
X = np.array([[0, 1], [0, -1], [0, 3], [0, -3], [90, 9], [90, 7], [88, 8], [92, 8], [10, 0], [12, 0]], dtype="f4")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_class_keeps_its_rows_part_of_its_covariance_and_borrows_a_part_for_each_dimension() -> None:
    found = LentGaussians.fit(X, LABELS, 4, 1)
    assert found.means[:3] == pytest.approx(np.array([[0, 0], [90, 8], [11, 0]]))
    assert [one.tolist() for one in found.lenders] == [[1], [0], [0], [0]]
    # Class 2 has 2 rows of variance (1, 0), class 0, the nearest large one, (0, 5); there are 2 dimensions.
    assert found.roots[2] @ found.roots[2] == pytest.approx(np.diag([0.5, 2.5]))
    # Class 0 has 4 rows and borrows (2, .5) of class 1.
    assert found.roots[0] @ found.roots[0] == pytest.approx(np.diag([4 / 6, 21 / 6]))
    assert not found.roots[3].any() and found.whitened(X, LABELS).dtype == np.float32
    white = found.whitened(X, LABELS)
    assert white[8] == pytest.approx([-1 / 0.5**0.5, 0]) and white[2] == pytest.approx([0, 3 / 3.5**0.5])
    assert found.restored(white, LABELS) == pytest.approx(X, abs=1e-4)


def test_without_a_large_class_all_rows_lend() -> None:
    found = LentGaussians.fit(X[:5], np.array([0, 0, 0, 0, 1]), 2, 3)
    assert not len(found.lenders[0]) and found.lenders[1].tolist() == [0]
    # Class 0 borrows of all five rows, the last of which differs from its mean by nothing: 4/5 of (0, 5).
    variance = (4 * 5 + 2 * 4) / 6
    assert found.roots[0] @ found.roots[0] == pytest.approx(np.diag([SMALLEST_SHARE * variance / 2, variance]))


def test_a_root_turns_nothing() -> None:
    covariance = np.array([[2, 1], [1, 2.0]])
    root = symmetric_root(covariance)
    assert root == pytest.approx(root.T) and root @ root == pytest.approx(covariance)
    assert np.linalg.eigvalsh(root).min() > 0


def test_places_are_means_and_standard_errors_in_deviations_over_classes() -> None:
    places, errors = LentGaussians.fit(X, LABELS, 4, 1).places()
    std = np.array([0.0, 90, 11]).std()
    assert places[:3, 0] == pytest.approx((np.array([0, 90, 11]) - 101 / 3) / std)
    assert errors[2] == pytest.approx(np.array([0.5, 2.5]) ** 0.5 / 2**0.5 / [std, np.array([0.0, 8, 0]).std()])


def test_the_known_velocity_takes_noise_to_normal_rows_and_leaves_each_in_its_place() -> None:
    x = torch.tensor([[2.0, -1.0]])
    assert normal_velocity(x, torch.tensor([0.5])).tolist() == [[0, 0]]
    assert normal_velocity(x, torch.tensor([1.0])).tolist() == [[2, -1]]
    steps = 2000
    for step in range(steps):
        x = x + normal_velocity(x, torch.tensor([(step + 0.5) / steps])) / steps
    assert x.tolist()[0] == pytest.approx([2, -1], abs=1e-3)


def test_without_training_rows_have_the_mean_of_their_class_and_the_covariance_in_part_lent() -> None:
    found = FeatureFlow(steps=0, lenders=1).balance(real_split(of(X), 3), np.array([4, 4, 6002]), rng())
    added = found.rows.inputs["tabular"][found.synthetic]
    assert found.counts.tolist() == [4, 4, 6002] and not found.warnings
    assert added.mean(0) == pytest.approx([11, 0], abs=0.1)
    assert np.cov(added.T, bias=True) == pytest.approx(np.diag([0.5, 2.5]), abs=0.15)
    assert found.rows.inputs["tabular"][:10].tolist() == X.tolist() and not found.synthetic[:10].any()


def of(x: np.ndarray, labels: np.ndarray = LABELS) -> Labelled:
    return Labelled({"tabular": x}, labels)


def test_a_small_class_learns_from_a_large_one_that_rows_lie_in_two_heaps() -> None:
    heaps = np.random.default_rng(1).choice([-1, 1], 800) + np.random.default_rng(2).normal(0, 0.15, 800)
    x = np.stack([heaps, np.random.default_rng(3).normal(size=800)], 1).astype("f4")
    x[792:] += [0, 4]
    labels = np.array([0] * 792 + [1] * 8)

    def between(steps: int) -> float:
        found = FeatureFlow(steps).balance(real_split(of(x, labels), 2), np.array([792, 792]), rng())
        return float((np.abs(found.rows.inputs["tabular"][found.synthetic][:, 0]) < 0.5).mean())

    assert between(0) > 0.3, "a Gaussian fills the gap"
    assert between(400) < 0.15, "the flow has learned of it"


def test_the_same_seed_gives_the_same_rows_and_another_fit_others() -> None:
    flow, split = FeatureFlow(steps=3), real_split(of(X), 3)
    first, again, other = (
        flow.balance(split, np.full(3, 4), np.random.default_rng(seed)).rows.inputs["tabular"] for seed in (0, 0, 1)
    )
    assert (first == again).all() and (first[10:] != other[10:]).any()
    state = torch.random.get_rng_state()
    flow.balance(split, np.full(3, 4), rng())
    assert (torch.random.get_rng_state() == state).all(), "torch's own stream is left alone"


def test_narrow_rows_are_their_own_codes() -> None:
    space = FeatureSpace.fit(X)
    assert space.components is None and space.codes is not None
    codes = np.array([[1, 2.5]], dtype="f4")
    assert space.decode(codes, np.array([2]), np.array([0]), LABELS).tolist() == [[1, 2.5]]


def test_what_components_leave_out_is_that_of_a_real_row_moved_to_the_mean_of_the_class() -> None:
    x = np.random.default_rng(0).normal(size=(10, 100)).astype("f4")
    components = np.eye(100, dtype="f4")[:2]
    space = FeatureSpace(x, components, x[:, :2])
    row = space.decode(np.array([[7, 8]], dtype="f4"), np.array([2]), np.array([0]), LABELS)[0]
    assert row[:2] == pytest.approx([7, 8], abs=1e-4), "codes are as asked"
    moved = x[0] - x[:4].mean(0) + x[8:].mean(0)
    assert row[2:] == pytest.approx(moved[2:], abs=1e-4)
    own = space.decode(np.array([[7, 8]], dtype="f4"), np.array([2]), np.array([8]), LABELS)[0]
    assert own[2:] == pytest.approx(x[8, 2:], abs=1e-4), "a row of the class itself is not moved"
    fitted = FeatureSpace.fit(x)
    assert fitted.components is not None and fitted.components.shape == (10, 100)
    assert fitted.decode(fitted.codes, LABELS, np.arange(10), LABELS) == pytest.approx(x, abs=1e-4)


def test_pictures_stay_bytes() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (10, 3, 5, 5), dtype=np.uint8)
    found = FeatureFlow(steps=2).balance(real_split(Labelled({"image": pictures}, LABELS), 3), np.full(3, 4), rng())
    added = found.rows.inputs["image"]
    assert added.dtype == np.uint8 and added.shape == (12, 3, 5, 5)


def test_sparse_rows_stay_as_sparse_positive_and_long_as_the_row_they_began_at() -> None:
    x = csr_array(np.array([[3, 4, 0, 0], [0, 0, 1, 0]], dtype="f4"))
    space = FeatureSpace(x, np.eye(4, dtype="f4")[[0, 2]], np.array([[3, 0], [0, 1]], dtype="f4"))
    row = space.decode(np.array([[-5, 3]], dtype="f4"), np.array([0]), np.array([0]), np.array([0, 1])).toarray()[0]
    # The first word is taken away, the third comes in: (0, 4, 3, 0) has length 5, as the row had.
    assert row == pytest.approx([0, 4, 3, 0])
    row = space.decode(np.array([[3, 9]], dtype="f4"), np.array([0]), np.array([0]), np.array([0, 1])).toarray()[0]
    # Two words, as the row had, the strongest: (0, 4, 9, 0), shortened to length 5.
    assert row == pytest.approx(np.array([0, 4, 9, 0]) * 5 / 97**0.5)
    texts = csr_array(np.random.default_rng(0).poisson(0.2, (10, 300)).astype("f4"))
    found = FeatureFlow(steps=2).balance(real_split(Labelled({"text": texts}, LABELS), 3), np.full(3, 4), rng())
    added = found.rows.inputs["text"][10:]
    assert added.dtype == np.float32 and (added.toarray() >= 0).all()
    assert set(np.diff(added.indptr)) <= set(np.diff(texts[8:].indptr))


def test_a_table_row_has_one_category_and_numbers_that_are_there() -> None:
    layout = Spec("tabular", (4,), (Block("price", "value", 0, 1), Block("origin", "choice", 1, 3)))
    real = np.array([[1, 1, 0, 0], [5, 0, 1, 0], [2, 0, 0, 1]], dtype="f4")
    rows = np.array([[-9, 0.2, 0.4, 0.3], [3.4, 3, -1, 0], [3.6, 0, 0, 0.1], [77, 0, 0, 1]], dtype="f4")
    expected = [[1, 0, 1, 0], [2, 1, 0, 0], [5, 0, 0, 1], [5, 0, 0, 1]]
    assert as_in_table(rows, real, layout).tolist() == expected
    assert as_in_table(rows[:1], real[:1], layout).tolist() == [[1, 0, 1, 0]], "one value is all there is"


def test_a_single_row_and_no_lender_are_counted_and_nothing_missing_adds_nothing() -> None:
    flow = FeatureFlow(steps=2)
    found = flow.balance(real_split(of(X[[0, 1, 2, 3, 8]], LABELS[[0, 1, 2, 3, 8]]), 3), np.full(3, 4), rng())
    assert found.counts.tolist() == [4, 0, 4], "an absent class stays absent"
    assert found.warnings == {"feature_flow_classes_of_one_row": 1}
    alone = flow.balance(real_split(of(X[:2], LABELS[:2]), 3), np.full(3, 4), rng())
    assert alone.warnings == {"feature_flow_classes_without_lenders": 1} and alone.counts.tolist() == [4, 0, 0]
    split = real_split(of(X), 3)
    assert flow.balance(split, np.zeros(3, dtype=int), rng()) is split


def test_a_network_without_training_samples_normal_rows() -> None:
    from makeweight.balance.feature_velocity import fit_velocity

    white = np.zeros((4, 2), dtype="f4")
    places = np.zeros((2, 2), dtype="f4")
    network = fit_velocity(white, np.array([0, 0, 1, 1]), places, places, 0, 5)
    rows = sample_velocity(network, np.zeros((4000, 2), dtype="f4"), 3)
    assert rows.mean(0) == pytest.approx([0, 0], abs=0.1) and rows.std(0) == pytest.approx([1, 1], abs=0.05)
