import numpy as np
import pandas as pd
import pytest

from makeweight import shards


def doubled(shard: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"double": shard["value"] * 2, "rows": len(shard)}, index=shard.index)


@pytest.mark.parametrize("rows", [0, 1, shards.ROWS, 2 * shards.ROWS + 3])
def test_shards_cover_the_table_in_order(rows: int) -> None:
    table = pd.DataFrame({"value": np.arange(rows)})
    pieces = shards.cut(table)
    assert pd.concat(pieces).equals(table)
    assert all(len(piece) == shards.ROWS for piece in pieces[:-1])


def test_the_result_does_not_depend_on_the_number_of_workers() -> None:
    table = pd.DataFrame({"value": np.arange(2 * shards.ROWS + 3)})
    alone = shards.map_shards(doubled, table, processes=1)
    together = shards.map_shards(doubled, table, processes=2)
    pd.testing.assert_frame_equal(alone, together)
    assert alone["double"].tolist() == (np.arange(len(table)) * 2).tolist()
