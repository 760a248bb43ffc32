"""One cell of a table as JSON has it, and as a text of a CSV or of a page."""

import datetime
import math

WHOLE = 1e15
"""Whole floats below this are written without a point; larger ones in their shortest form, 1e+300."""


def json_value(value: object) -> object:
    """Convert a cell to a value that JSON has, dates to ISO's text; missing is None."""
    import numpy as np  # slow to import, as pandas is: some pages of the application need neither
    import pandas as pd

    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timedelta | datetime.date | datetime.time):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def cell_text(cell: object) -> str:
    """Return a cell as a text: whole numbers without a point, others in their shortest form, missing ones empty."""
    value = json_value(cell)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < WHOLE:
        return str(int(value))
    return str(value).removesuffix("T00:00:00") if isinstance(cell, datetime.date) else str(value)
