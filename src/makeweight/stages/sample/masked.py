"""Real train rows of which some columns are masked, for an engine to fill in."""

from collections.abc import Mapping

import numpy as np

from makeweight.data.codecs.spec import Spec


def columns_of(specs: Mapping[str, Spec]) -> list[tuple[str, slice]]:
    """What is masked as one: a column of a table with all its positions; a whole picture; a whole text.

    Each is a modality and its positions in the mask of that modality.
    """
    found = []
    for name, spec in specs.items():
        columns = dict.fromkeys(block.column for block in spec.blocks) if name == "tabular" else {}
        for column in columns:
            own = [block for block in spec.blocks if block.column == column]
            found.append((name, slice(own[0].start, own[-1].stop)))
        if not columns:
            found.append((name, slice(None)))
    return found


def kept_positions(
    specs: Mapping[str, Spec], rows: int, share: float, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Which positions of each row stay, and which share of its columns that is `(rows,)`.

    Args:
        specs: modality -> layout of its rows, with two columns at least in all.
        rows: how many.
        share: how likely a column stays; of each row one stays at least, and one does not.
        rng: which columns.

    Returns:
        modality -> bool: vectors `(rows, width)`, pictures `(rows, 1)`.
    """
    columns = columns_of(specs)
    order = rng.permuted(np.tile(np.arange(len(columns)), (rows, 1)), axis=1)
    count = rng.binomial(len(columns), share, rows).clip(1, len(columns) - 1)
    stays = order < count[:, None]
    kept = {
        name: np.zeros((rows, 1 if spec.modality == "image" else spec.shape[0]), dtype=bool)
        for name, spec in specs.items()
    }
    for (name, own), chosen in zip(columns, stays.T, strict=True):
        kept[name][:, own] = chosen[:, None]
    return kept, stays.mean(1)
