import numpy as np
from scipy.sparse import csr_array

from makeweight.data.labelled import Labelled

DENSE = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_sparse_and_dense_rows_are_taken_and_joined_alike() -> None:
    rows = Labelled({"text": csr_array(DENSE), "tabular": DENSE}, np.array([0, 1, 1, 2]))
    for chosen in (np.array([3, 0, 0]), np.array([True, False, False, True])):
        both = rows.take(chosen).joined(rows)
        right = np.concatenate([DENSE[chosen], DENSE])
        assert isinstance(both.inputs["text"], csr_array)
        assert np.array_equal(both.inputs["text"].toarray(), right)
        assert np.array_equal(both.inputs["tabular"], right)
        assert both.inputs["text"].dtype == np.float32
        assert len(both) == len(right)
