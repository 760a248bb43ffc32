"""Which columns of a real row are masked, by hand."""

import numpy as np

from makeweight.data.codecs.spec import Block, Spec
from makeweight.stages.sample.masked import columns_of, kept_positions

TABLE = Spec("tabular", (6,), (Block("x", "value", 0, 1), Block("x", "choice", 1, 2), Block("c", "choice", 3, 3)))
SPECS = {"image": Spec("image", (3, 8, 8)), "tabular": TABLE, "text": Spec("text", (5,))}


def test_a_column_is_masked_with_its_states_and_a_picture_or_text_as_a_whole() -> None:
    assert columns_of(SPECS) == [
        ("image", slice(None)), ("tabular", slice(0, 3)), ("tabular", slice(3, 6)), ("text", slice(None))
    ]  # fmt: skip
    kept, shares = kept_positions(SPECS, 400, 0.5, np.random.default_rng(0))
    assert {name: mask.shape for name, mask in kept.items()} == {
        "image": (400, 1),
        "tabular": (400, 6),
        "text": (400, 5),
    }
    stays = np.stack([kept["image"][:, 0], kept["tabular"][:, 0], kept["tabular"][:, 3], kept["text"][:, 0]], axis=1)
    assert (kept["tabular"] == stays[:, [1, 1, 1, 2, 2, 2]]).all() and (kept["text"] == stays[:, [3]]).all()
    assert set(stays.sum(1)) == {1, 2, 3}, "of each row one column stays at least, and one does not"
    assert (shares == stays.mean(1)).all()
    assert np.abs(stays.mean(0) - 0.5).max() < 0.08, "each column as often as another"


def test_the_share_that_stays() -> None:
    table = Spec("tabular", (20,), tuple(Block(f"x{place}", "value", place, 1) for place in range(20)))
    for share in (0.2, 0.9):
        kept, shares = kept_positions({"tabular": table}, 500, share, np.random.default_rng(0))
        assert abs(kept["tabular"].mean() - share) < 0.02 and abs(shares.mean() - share) < 0.02
    assert not len(kept_positions(SPECS, 0, 0.5, np.random.default_rng(0))[1])
