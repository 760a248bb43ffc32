import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight import core
from makeweight.core import shards
from makeweight.core.errors import InputError


def doubled(shard: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"double": shard["value"] * 2, "rows": len(shard)}, index=shard.index)


@pytest.mark.parametrize("rows", [0, 1, shards.ROWS, 2 * shards.ROWS + 3])
def test_shards_cover_the_table_in_order(rows: int) -> None:
    table = pd.DataFrame({"value": np.arange(rows)})
    pieces = shards.cut(table)
    assert pd.concat(pieces).equals(table)
    assert all(len(piece) == shards.ROWS for piece in pieces[:-1])


def test_the_result_does_not_depend_on_the_number_of_workers() -> None:
    pieces = shards.cut(pd.DataFrame({"value": np.arange(2 * shards.ROWS + 3)}))
    one_by_one, together = (shards.map_shards(doubled, pieces, processes=count) for count in (1, 2))
    assert len(one_by_one) == len(together) == 3
    for one, other in zip(one_by_one, together, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert pd.concat(one_by_one)["double"].tolist() == (np.arange(2 * shards.ROWS + 3) * 2).tolist()


@pytest.mark.parametrize(("written", "read"), [("local", "local"), ("ray", "ray"), ("dask", None), ("[ray]", None)])
def test_the_backend_is_local_or_ray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, read: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(f"backend: {written}\n")
    if read:
        assert shards.backend() == read
    else:
        with pytest.raises(InputError, match="params.yaml: `backend` is .*; right would be local or ray"):
            shards.backend()


def test_without_ray_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "makeweight.core.ray_shards", raising=False)
    monkeypatch.delattr(core, "ray_shards", raising=False)
    with pytest.raises(InputError, match=r"Ray is not installed; pip install 'ray\[data\]==2.60.0'"):
        shards.map_shards(doubled, [], "ray")


def test_local_work_imports_nothing_of_ray() -> None:
    script = (
        "import sys\n"
        "from makeweight.core import shards\n"
        "assert shards.map_shards(len, ['ab', 'c'], 'local', 1) == [2, 1]\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'ray' or name.endswith('.ray_shards')]\n"
    )
    subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": "src"}, check=True, timeout=300)
