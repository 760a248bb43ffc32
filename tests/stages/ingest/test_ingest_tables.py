"""Tables as people bring them: folders of parts, other endings, other orders of columns, no names, pictures."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from makeweight.core.errors import InputError
from makeweight.data import card, mapped, samples
from makeweight.data.tables import blocks
from makeweight.stages.ingest import sources, values
from makeweight.stages.ingest.raw import RawData

COLUMNS = {"id": "nr", "label": "state", "numeric": ["weight"], "categorical": ["wood"]}
CSV = "nr,weight,wood,state\n1,2.39,ash,fine\n2,2.031,elm,faulty\n"


def read(*files: str, columns: dict[str, Any] = COLUMNS, **source: Any) -> RawData:
    chosen = card.Card(title="t", licence="l", source={"kind": "table", "files": files, **source}, columns=columns)
    return sources.read(chosen, "datasets/x.yaml", settings=None)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def test_columns_in_another_order_are_joined_by_name() -> None:
    write("a.csv", CSV)
    write("b.csv", "nr,state,weight,wood\n3,fine,1.5,ash\n")
    found = read("a.csv", "b.csv").samples.table
    assert found["weight"].tolist() == ["2.39", "2.031", "1.5"]
    assert found["label"].tolist() == ["fine", "faulty", "fine"]
    assert found["mw_place"].tolist() == ["a.csv#2", "a.csv#3", "b.csv#2"]


def test_a_file_with_other_columns_is_refused_by_name() -> None:
    write("a.csv", CSV)
    write("b.csv", "nr,state,weight,colour\n3,fine,1.5,red\n")
    with pytest.raises(InputError, match="b.csv: its columns differ .*lacks `wood` and it has `colour` besides"):
        read("a.csv", "b.csv")


@pytest.mark.parametrize("name", ["PARTS.CSV", "a.PARTS.CSV", "parts.Csv", "parts.TXT"])
def test_endings_in_any_case(name: str) -> None:
    write(name, CSV)
    assert len(read(name).samples) == 2


def frame(first: int) -> pd.DataFrame:
    return pd.DataFrame({"nr": [first, first + 1], "weight": [1.5, 2.5], "wood": ["ash", None], "state": ["a", "b"]})


def test_a_folder_of_parts_as_spark_writes_it() -> None:
    folder = Path("parts.parquet")
    folder.mkdir()
    for number in (0, 1):
        frame(2 * number).to_parquet(folder / f"part-0000{number}.snappy.parquet")
        (folder / f".part-0000{number}.snappy.parquet.crc").write_bytes(b"crc")
    (folder / "_SUCCESS").write_bytes(b"")
    (folder / "part-00002.parquet").write_bytes(b"")
    (folder / "readme.md").write_text("x")
    found = read("parts.parquet")
    assert found.samples.table["id"].tolist() == ["0", "1", "2", "3"]
    assert found.provenance["url"].tolist() == [f"parts.parquet/part-0000{number}.snappy.parquet" for number in (0, 1)]
    assert found.provenance["sha256"].str.fullmatch("[0-9a-f]{64}").all()
    assert dict(zip(found.excluded["url"].str.removeprefix("parts.parquet/"), found.excluded["rule"], strict=True)) == {
        "_SUCCESS": "hidden or a marker",
        ".part-00000.snappy.parquet.crc": "hidden or a marker",
        ".part-00001.snappy.parquet.crc": "hidden or a marker",
        "part-00002.parquet": "empty file",
        "readme.md": "not a table",
    }


def test_partitions_are_columns_of_texts() -> None:
    for state, start in (("fine%20one", 0), ("007", 2), ("__HIVE_DEFAULT_PARTITION__", 4)):
        folder = Path("parts") / f"state={state}"
        folder.mkdir(parents=True)
        frame(start).drop(columns="state").to_parquet(folder / "000000_0")
    found = read("parts").samples.table
    assert found["label"].tolist()[:4] == ["fine one", "fine one", "007", "007"]
    assert found["label"].isna().tolist() == [False] * 4 + [True] * 2


def test_a_folder_of_csv_parts() -> None:
    write("parts/part-0.csv", CSV)
    write("parts/part-1.csv", CSV.replace("1,2.39", "3,2.39").replace("2,2.031", "4,2.031"))
    assert read("parts").samples.table["id"].tolist() == ["1", "2", "3", "4"]
    Path("nothing").mkdir()
    with pytest.raises(InputError, match="nothing: the folder has no file with rows"):
        read("nothing")


def test_a_delta_table_is_refused() -> None:
    Path("delta/_delta_log").mkdir(parents=True)
    with pytest.raises(InputError, match="delta: this is a Delta table"):
        read("delta")


def test_large_whole_numbers_with_gaps_keep_every_digit() -> None:
    players = [2**53 + 1, 2**53 + 2, None]
    table = pa.table({"player": pa.array(players), "state": ["a", "b", "b"]})
    pq.write_table(table, "a.parquet")
    found = read("a.parquet", columns={"label": "state", "group": "player", "categorical": ["player"]}).samples.table
    assert found["group"].tolist()[:2] == [str(2**53 + 1), str(2**53 + 2)] and pd.isna(found["group"][2])
    assert found["player"].tolist() == [2**53 + 1, 2**53 + 2, pd.NA]


def test_a_file_without_names_is_refused_with_the_remedy() -> None:
    write("a.csv", CSV.partition("\n")[2])
    with pytest.raises(InputError, match=re.escape("`source.header: [name, ...]`")):
        read("a.csv")
    named = read("a.csv", header=["nr", "weight", "wood", "state"]).samples.table
    assert named["label"].tolist() == ["fine", "faulty"]
    numbered = {"id": "column_1", "label": "column_4", "numeric": ["column_2"], "categorical": ["column_3"]}
    assert read("a.csv", header=False, columns=numbered).samples.table["column_2"].tolist() == ["2.39", "2.031"]


def test_an_index_a_separator_and_spaces_in_names_are_told() -> None:
    write("a.csv", ";nr; weight;wood;state\n0;1;2,39;ash;fine\n1;2;2,5;elm;faulty\n")
    found = read("a.csv")
    assert found.separator == ";"
    assert [note.partition(": ")[2][:20] for note in found.notes] == [
        "the separator is a s",
        "white space or the l",
        "column 1 has no name",
    ]
    assert found.samples.table["weight"].tolist() == ["2,39", "2,5"]


def test_empty_rows_are_told_and_listed() -> None:
    write("a.csv", CSV + ",,,\n")
    found = read("a.csv")
    assert found.excluded.to_dict("records") == [{"url": "a.csv#4", "kind": "row", "rule": "rows that are empty"}]


def test_pictures_named_in_a_table() -> None:
    Path("pics").mkdir()
    names = ["./pics/1.png", "pics\\2.png", "pics/e\u0301.png", "pics/gone.png", "https://x.example/1.png", "../x.png"]
    for number, name in enumerate(["1.png", "2.png", "\u00e9.png"]):
        (Path("pics") / name).write_bytes(f"picture {number}".encode())
    rows = "".join(f"{name},{'ab'[number % 2]}\n" for number, name in enumerate(names))
    write("a.csv", f"file,state\n{rows}")
    found = read("a.csv", columns={"label": "state", "image": "file"})
    assert found.samples.table["image"].tolist() == [b"picture 0", b"picture 1", b"picture 2", None, None, None]
    assert found.failures[["url", "reason"]].to_numpy().tolist() == [
        ["a.csv#5", "No such file or directory"],
        ["a.csv#6", "a web address; pictures of a table are files"],
        ["a.csv#7", "the file name leads out of the folder"],
    ]


LINES = [
    f"{number % 50:02d}x{number},{number / 8 or ''},{['ash', 'elm&amp;', ' oak ', ''][number % 4]},"
    f"{['fine', 'faulty', '', '0', '0.0'][number % 5]},{'' if number % 9 == 0 else f'2026-01-{number % 28 + 1:02d}'}"
    for number in range(120)
]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_in_blocks_and_files_is_the_same_to_the_byte(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.csv").write_text("\n".join(["nr,weight,wood,state,day", *LINES]))
    whole = pd.read_csv("a.csv", dtype={"nr": str, "wood": "category", "state": str}, keep_default_na=False)
    whole.assign(weight=pd.to_numeric(whole["weight"])).to_parquet("a.parquet", row_group_size=13)
    columns = {**COLUMNS, "date": ["day"]}
    source = {"kind": "table", "files": [f"a.{kind}"]}
    chosen = card.Card(title="t", licence="l", source=source, columns=columns)
    told = []
    for name, block, least in (("one", 1 << 25, 1 << 24), ("many", 50, 1)):
        monkeypatch.setattr(blocks, "BLOCK_BYTES", block)
        monkeypatch.setattr(mapped, "LEAST_BYTES", least)
        monkeypatch.setattr(samples, "PART_ROWS", 32)
        data = sources.read(chosen, "datasets/x.yaml", settings=None)  # type: ignore[arg-type]
        data = values.with_values(data, chosen, "datasets/x.yaml")
        samples.write(data.samples, Path(f"{name}.parquet"))
        told.append((data.notes, data.changed.to_csv(), data.excluded.to_csv()))
    assert Path("one.parquet").read_bytes() == Path("many.parquet").read_bytes()
    assert told[0] == told[1]
    assert len(data.samples) == 96
    assert data.samples.table["id"].is_monotonic_increasing
