"""Tables as people bring them to Balance a CSV: values mean what they mean, and the file goes back as it came."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from tables import told_of, wood, written

from makeweight.core.errors import InputError

METHODS = ("smote", "random", "gan")


@pytest.fixture(autouse=True)
def short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makeweight.app.balance_table.GENERATOR_STEPS", 10)


def as_text(table: pd.DataFrame, separator: str = ",", **options: object) -> str:
    return table.to_csv(index=False, sep=separator, lineterminator="\n", **options)  # type: ignore[call-overload]


def german(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{name: table[name].str.replace(".", ",") for name in ("weight", "length")})


def new_rows(given: str, result: bytes, separator: str = ",", marker: str = "mw_synthetic") -> list[dict[str, str]]:
    """The synthetic rows; the uploaded lines come back unchanged before them, each with a 0."""
    text = result.decode()
    before, after = given.splitlines(), text.splitlines()
    start = 1 + before[0].startswith("sep=")
    assert after[:start] == [*before[: start - 1], f"{before[start - 1]}{separator}{marker}"]
    assert after[start : len(before)] == [f"{line}{separator}0" for line in before[start:]]
    rows = list(csv.DictReader(io.StringIO(text.partition("\n")[2] if start == 2 else text), delimiter=separator))
    made = rows[len(before) - start :]
    assert made and {row[marker] for row in made} == {"1"}
    return made


def numbers(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name].replace(",", ".")) for row in rows])


@pytest.mark.parametrize("method", METHODS)
def test_decimal_commas_of_a_german_file(method: str) -> None:
    given = as_text(german(wood()), ";")
    made = new_rows(given, written(given, "state", method), ";")
    assert all("." not in row["weight"] + row["length"] and "," in row["length"] for row in made)
    assert numbers(made, "weight").min() >= 1 and numbers(made, "weight").max() <= 4
    assert numbers(made, "length").min() >= 20 and numbers(made, "length").max() <= 40
    notes = told_of(given, "state")
    assert any("`weight`" in note.text and "as in column `length`" in note.text for note in notes)


@pytest.mark.parametrize(("sign", "low", "high"), [(".", 1000, 4000), (",", 1, 4)])
def test_a_decimal_sign_that_nothing_decides_is_asked(sign: str, low: float, high: float) -> None:
    table = german(wood())[["weight", "wood", "state"]]
    given = as_text(table)
    asked = [note for note in told_of(given, "state") if note.what == "ask"]
    assert len(asked) == 1 and asked[0].column == "weight" and "nothing in the table says which" in asked[0].text
    for choice in ({"decimals": {"weight": sign}}, {"decimal": sign}):
        result = written(given, "state", **choice)
        made = list(csv.DictReader(io.StringIO(result.decode())))[60:]
        read = [float(row["weight"].replace(",", "" if sign == "." else ".")) for row in made]
        assert low <= min(read) and max(read) <= high
        assert not [note for note in told_of(given, "state", **choice) if note.what == "ask"]


def test_none_and_na_are_words_in_labels_and_categories() -> None:
    table = wood().replace({"state": {"fine": "None", "faulty": "NA"}, "wood": {"ash": "None", "oak": "null"}})
    given = as_text(table)
    made = new_rows(given, written(given, "state"))
    assert {row["state"] for row in made} == {"NA"}
    assert {row["wood"] for row in made} <= {"None", "null", "elm"}


def test_missing_words_in_numbers_are_told_and_stay() -> None:
    table = wood()
    table.loc[::6, "weight"] = "NA"
    table.loc[5::12, "weight"] = "NA"
    given = as_text(table)
    made = new_rows(given, written(given, "state"))
    assert any(row["weight"] == "NA" for row in made)
    assert any("`weight`: read as missing: 'NA' (15)" in note.text for note in told_of(given, "state"))


@pytest.mark.parametrize("method", METHODS)
def test_leading_zeros_stay(method: str) -> None:
    table = wood().assign(zip=np.random.default_rng(0).choice(["02116", "01207", "06520"], 60))
    given = as_text(table)
    made = new_rows(given, written(given, "state", method))
    assert {row["zip"] for row in made} <= {"02116", "01207", "06520"}


def test_repetition_copies_cells_byte_for_byte() -> None:
    table = wood().assign(weight=[f" {cell}0 " if row % 2 else f"+{cell}" for row, cell in enumerate(wood()["weight"])])
    given = as_text(table)
    rows = list(csv.reader(io.StringIO(written(given, "state", "random").decode())))[1:]
    assert [row[:-1] for row in rows[:60]] == table.to_numpy().tolist()
    real = {tuple(row) for row in table.to_numpy().tolist()}
    assert all(tuple(row[:-1]) in real for row in rows[60:])


@pytest.mark.parametrize("method", METHODS)
def test_the_line_that_names_the_separator_is_kept(method: str) -> None:
    given = "sep=;\n" + as_text(wood(), ";")
    assert len(new_rows(given, written(given, "state", method), ";")) == 40


def test_a_nameless_index_is_told_and_not_used() -> None:
    given = wood().to_csv(lineterminator="\n")
    made = new_rows(given, written(given, "state"))
    assert {row[""] for row in made} == {""}
    notes = [note for note in told_of(given, "state") if note.what == "empty"]
    assert len(notes) == 1 and "no name" in notes[0].text and "empty in synthetic rows" in notes[0].text


@pytest.mark.parametrize("method", METHODS)
def test_tiny_numbers_keep_magnitude_and_style(method: str) -> None:
    table = wood()
    table["dose"] = [f"{float(cell) * 1e-9:.4e}" for cell in table["weight"]]
    given = as_text(table)
    made = new_rows(given, written(given, "state", method))
    doses = numbers(made, "dose")
    assert doses.min() >= 1e-9 and doses.max() <= 4e-9 and len(set(doses)) > 5
    assert all("e-09" in row["dose"] for row in made)


@pytest.mark.parametrize(
    ("write", "low", "high"),
    [
        (lambda value: f"{value:.1f} %", 1, 4),
        (lambda value: f"${value:.2f}", 1, 4),
        (lambda value: f"{value:.2f} €".replace(".", ","), 1, 4),
        (lambda value: f"{value * 1000:,.0f}", 1000, 4000),
        (lambda value: f"-{value:.3f}", -4, -1),
    ],
)
def test_numbers_are_written_as_the_column_writes_them(write: object, low: float, high: float) -> None:
    table = wood()
    table["amount"] = [write(float(cell)) for cell in table["weight"]]  # type: ignore[operator]
    given = as_text(table, ";")
    made = new_rows(given, written(given, "state"), ";")
    cells = [row["amount"] for row in made]
    plain = [cell.strip("$ €%") for cell in cells]
    plain = [cell.replace(",", "") if low == 1000 else cell.replace(",", ".") for cell in plain]
    assert all(low <= float(cell) <= high for cell in plain)
    sample = table["amount"][0]
    assert all(cell.startswith("$") == sample.startswith("$") for cell in cells)
    assert all(cell.endswith((" %", " €")) == sample.endswith((" %", " €")) for cell in cells)


@pytest.mark.parametrize("words", [("true", "false"), ("yes", "no"), ("TRUE", ""), ("wahr", "falsch")])
def test_booleans_keep_their_words(words: tuple[str, str]) -> None:
    table = wood().assign(knots=np.random.default_rng(0).choice(words, 60))
    given = as_text(table)
    assert {row["knots"] for row in new_rows(given, written(given, "state"))} <= set(words)


@pytest.mark.parametrize("label", ["+", "-", "None", "=1", "0", "1.0", "TRUE", "02", "é", "a,b", 'say "no"'])
def test_labels_of_any_word_survive(label: str) -> None:
    table = wood().replace({"state": {"faulty": label}})
    rows = list(csv.DictReader(io.StringIO(written(as_text(table), "state", guard_formulas=False).decode())))
    assert [row["state"] for row in rows[:60]] == table["state"].tolist()
    assert {row["state"] for row in rows[60:]} == {label}


@pytest.mark.parametrize("label", ["+", "-", "None"])
def test_words_that_are_no_formulas_need_no_guard(label: str) -> None:
    table = wood().replace({"state": {"faulty": label}})
    assert not [note for note in told_of(as_text(table), "state") if note.what == "changed"]
    assert {row["state"] for row in new_rows(as_text(table), written(as_text(table), "state"))} == {label}


def test_a_guarded_formula_is_told_and_can_be_declined() -> None:
    given = as_text(wood().replace({"state": {"faulty": "=1"}}))
    changed = [note for note in told_of(given, "state") if note.what == "changed"]
    assert len(changed) == 1 and "`state`: 10 cells that" in changed[0].text and "can be declined" in changed[0].text
    rows = list(csv.DictReader(io.StringIO(written(given, "state").decode())))
    assert {row["state"] for row in rows} == {"fine", "'=1"}
    assert not [note for note in told_of(given, "state", guard_formulas=False) if note.what == "changed"]


def test_a_guarded_name_is_told_and_can_be_declined() -> None:
    given = as_text(wood().rename(columns={"wood": "=wood"}))
    changed = [note for note in told_of(given, "state") if note.what == "changed"]
    assert [note.column for note in changed] == ["=wood"] and "`'=wood`; this can be declined" in changed[0].text
    assert written(given, "state").decode().splitlines()[0].split(",")[2] == "'=wood"
    assert written(given, "state", guard_formulas=False).decode().splitlines()[0].split(",")[2] == "=wood"
    assert not [note for note in told_of(given, "state", guard_formulas=False) if note.what == "changed"]


OWN_NAMES = (
    "synthetic", "fold", "unit", "cluster", "model", "seed", "index", "passed", "near_copy", "_score", "label",
    "kind.0", "decimal.1", "kinds", "method", "percent", "id", "group", "value", "cell", "a  b", "<b>", "name\u00e9",
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_columns_of_any_name_keep_their_values(method: str) -> None:
    rng = np.random.default_rng(0)
    columns = {name: [f"{value:.2f}" for value in rng.uniform(5, 6, 60)] for name in OWN_NAMES}
    given = as_text(pd.DataFrame({**columns, "state": wood()["state"]}))
    made = new_rows(given, written(given, "state", method))
    assert all(numbers(made, name).min() >= 5 and numbers(made, name).max() <= 6 for name in OWN_NAMES)


def test_a_table_that_was_balanced_before_gets_another_marker() -> None:
    given = as_text(wood().assign(mw_synthetic=["0", "1"] * 30))
    made = new_rows(given, written(given, "state"), marker="mw_synthetic_2")
    assert {row["mw_synthetic"] for row in made} <= {"0", "1"}
    assert any("`mw_synthetic_2`" in note.text for note in told_of(given, "state"))


@pytest.mark.parametrize(
    ("options", "encoding"),
    [
        ({"sep": "\t", "lineterminator": "\n"}, "utf-16"),
        ({"sep": ";", "quoting": csv.QUOTE_ALL, "lineterminator": "\r\n"}, "cp1252"),
        ({"sep": "|", "lineterminator": "\r\n"}, "utf-8-sig"),
        ({"sep": ",", "quoting": csv.QUOTE_NONNUMERIC, "lineterminator": "\r"}, "utf-8"),
    ],
)
def test_the_file_goes_back_in_its_dialect(options: dict, encoding: str) -> None:
    table = wood().replace({"wood": {"ash": "Bäume, groß"}})
    given = table.to_csv(index=False, **options).encode(encoding)
    text = written(given, "state").decode(encoding)
    again = pd.read_csv(io.StringIO(text, newline=""), sep=options["sep"], dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(again.iloc[:60, :-1].astype(object), table)
    assert text.count(options["lineterminator"]) == 101
    quote = '"' if "quoting" in options else ""
    first = text.split(options["lineterminator"])[1]
    assert first.endswith(f"{options['sep']}{quote}0{quote}")


def test_what_will_be_empty_is_told_with_its_reason() -> None:
    table = wood().assign(
        row=[str(1000 + row) for row in range(60)],
        code=[f"K-{row:04d}" for row in range(60)],
        remark=[f"found by person {row}" for row in range(60)],
        nothing="",
    )
    reasons = {note.column: note.text for note in told_of(as_text(table), "state") if note.what == "empty"}
    assert set(reasons) == {"row", "code", "remark", "nothing"}
    assert "60 different values in 60 rows, as an identifier" in reasons["row"]
    assert "as texts have" in reasons["remark"] and "no value in any row" in reasons["nothing"]
    chosen = told_of(as_text(table), "state", kinds={"wood": "unused"})
    assert any(note.column == "wood" and "as chosen" in note.text for note in chosen)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pattern", ["%d.%m.%Y", "%Y-%m-%d", "%m/%d/%Y", "%Y-%m-%d %H:%M", "%d %b %Y"])
def test_dates_lie_between_those_given_and_are_written_alike(method: str, pattern: str) -> None:
    days = pd.date_range("2021-03-20", periods=60, freq="5D")
    table = wood().assign(day=days.strftime(pattern))
    given = as_text(table)
    made = new_rows(given, written(given, "state", method))
    read = pd.to_datetime([row["day"] for row in made], format=pattern)
    assert days[0] <= read.min() and read.max() <= days[-1] and (read == read.normalize()).all()
    assert [row["day"] for row in made] == list(read.strftime(pattern))


def test_a_table_without_a_used_column_says_why_of_each() -> None:
    table = pd.DataFrame({"row": range(60), "remark": [f"seen by {row}" for row in range(60)], "nothing": ""})
    given = as_text(table.assign(state=wood()["state"]))
    with pytest.raises(InputError) as error:
        written(given, "state")
    assert str(error.value) == (
        "no column besides the label `state` is used: `row` (60 different values in 60 rows, as an identifier has), "
        "`remark` (60 different values in 60 rows, as texts have), `nothing` (it has no value in any row); choose a "
        "kind for one of them, such as `number` for `row`"
    )
    many = pd.DataFrame({f"c{column}": "" for column in range(8)}, index=range(60)).assign(state=wood()["state"])
    with pytest.raises(InputError, match="`c4` [^`]* and 3 more$"):
        written(as_text(many), "state")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'[{"x": 1, "state": "a"}, {"x": 2, "state": "b"}]', "JSON"),
        (b'{"x": 1, "state": "a"}\n{"x": 2, "state": "b"}\n', "JSON"),
        (b"PK\x03\x04" + bytes(50), "an Excel workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture"),
        (b"PAR1" + bytes(50) + b"PAR1", "a Parquet file"),
    ],
)
def test_files_that_are_no_text_are_named_with_the_remedy(content: bytes, kind: str) -> None:
    with pytest.raises(InputError, match=f"^this is no delimited text but .*{kind}; save its table as CSV"):
        written(content, "state")
