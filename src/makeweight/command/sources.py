"""Whether the files that a card names are still those that `ingest` has read: DVC tracks the card, not the files."""

import os
from pathlib import Path

from makeweight.command.profile import locked_dataset
from makeweight.core import paths

PROVENANCE = paths.INGEST / "provenance.parquet"
TABLES = ("table", "parquet")


def changed_files() -> list[str]:
    """Return the files of a table's card whose content is not the one that was read; of other sources none."""
    from makeweight.core import params
    from makeweight.data import card

    is_table = PROVENANCE.is_file() and card.chosen().source.kind in TABLES
    if not is_table or params.value("dataset") != locked_dataset():
        return []
    import pandas as pd

    from makeweight.stages.ingest import raw
    from makeweight.stages.ingest.table import digest

    read = pd.read_parquet(PROVENANCE)
    found = []
    for name, known in zip(read[raw.PROVENANCE[1]], read[raw.PROVENANCE[-1]], strict=True):
        path = Path(os.path.expandvars(str(name))).expanduser()
        if known and path.is_file() and digest(path) != known:
            found.append(str(name))
    return found
