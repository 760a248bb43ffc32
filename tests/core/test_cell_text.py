"""A cell as JSON has it and as a text: whole numbers without a point, words as they are."""

import datetime

import numpy as np
import pandas as pd
import pytest

from makeweight.core.cell_text import cell_text, json_value


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12.0, "12"), (2.39e-09, "2.39e-09"), (0.1, "0.1"), (float("nan"), ""), (None, ""), (pd.NaT, ""), (pd.NA, ""),
        (pd.Timestamp("2024-03-01"), "2024-03-01"), (pd.Timestamp("2024-03-01 08:30"), "2024-03-01T08:30:00"),
        ("None", "None"), ("02116", "02116"), (True, "True"), (1e300, "1e+300"), (2**60, str(2**60)),
        (np.float32(3), "3"), ("at T00:00:00", "at T00:00:00"), (datetime.date(2024, 3, 1), "2024-03-01"),
    ],
)  # fmt: skip
def test_cells_are_written_in_their_own_style(cell: object, text: str) -> None:
    assert cell_text(cell) == text


def test_json_has_no_gap_and_no_type_of_numpy() -> None:
    assert [json_value(cell) for cell in (np.nan, pd.NA, pd.NaT, None)] == [None] * 4
    assert type(json_value(np.int64(3))) is int and json_value(pd.Timedelta(hours=1)) == "P0DT1H0M0S"
