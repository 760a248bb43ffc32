"""The tables of what generated rows of tables are worth beside other generators' rows."""

from collections.abc import Mapping
from pathlib import Path

from makeweight.results.benchmarks import FOLDER
from makeweight.results.table_peers import Method, TablePeers, read_table_peers
from makeweight.tools.tables.markdown import markdown_table

NOT_MEASURED = "Not measured yet: `benchmarks/tables_peers.py`."
OWN = "latent_flow"
ENGINES = (OWN, "wgan_gp")


def peers(folder: Path = FOLDER) -> str:
    """A sentence, a table of methods, and one of tables."""
    found = read_table_peers(folder)
    if found is None:
        return NOT_MEASURED
    methods = markdown_table(
        [
            *("method", "tables", "splits", "share of macro-F1", "between splits", "share of average precision"),
            *(f"`{OWN}` less this", "seconds"),
        ],
        [row_of(one) for one in found.methods],
    )
    names = [one.name for one in found.methods]
    shares = [[table, *[cell(own, name) for name in names]] for table, own in found.tables.items()]
    by_table = markdown_table(["table", *[f"`{name}`" for name in names]], shares)
    return f"{sentence(found)}\n\n{methods}\n\n{by_table}"


def cell(own: Mapping[str, float], name: str) -> str:
    """A method's share on a table; nothing where it did not come to an end."""
    return f"{own[name]:.1f}" if name in own else ""


def row_of(one: Method) -> list[str]:
    """A method's cells."""
    difference = "" if one.own_less_this is None else one.own_less_this.as_difference
    spread = "" if one.share_std is None else f"± {one.share_std:.1f}"
    cells = [f"`{one.name}`", f"{one.tables}", f"{one.splits}", f"{one.share:.1f} %", spread]
    cells.append(f"{one.precision_share:.1f} %")
    return [*cells, difference, f"{one.seconds:.1f}"]


def sentence(found: TablePeers) -> str:
    """How many tables, and which peers `latent_flow` is shown to be ahead of, or behind."""
    words: dict[str, list[str]] = {"ahead of": [], "inconclusive against": [], "behind": []}
    for one in found.methods:
        if one.own_less_this is not None and one.name not in ENGINES:
            low, high = one.own_less_this.low, one.own_less_this.high
            words["ahead of" if low > 0 else "behind" if high < 0 else "inconclusive against"].append(f"`{one.name}`")
    parts = ", ".join(f"{word} {' and '.join(names)}" for word, names in words.items() if names)
    return f"On {len(found.tables)} tables, rows of `{OWN}` are {parts or 'compared with no other'}."
