"""Random tables through Balance a CSV: uploaded cells come back unchanged, new ones lie among them, or one line."""

import csv
import io
import random
import string
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from tables import written

from makeweight.core.errors import InputError

EXAMPLES = 60
NAMES = (
    "seed",
    "label",
    "kind.0",
    "synthetic",
    "index",
    "a b",
    "Ünit",
    "x;y",
    'say "x"',
    "=1",
    "_score",
    "mw_synthetic",
)
Cells = list[str]


def numbers(draw: random.Random, count: int, sign: str) -> Cells:
    """Numbers of one style and magnitude; some missing."""
    power, places = draw.choice([-9, -3, 0, 3, 6]), draw.choice([0, 1, 2, 3])
    style = draw.choice(["fixed", "fixed", "exponent", "percent"])
    missing = draw.choice(["", "NA", "?", "null"])
    share = draw.choice([0, 0, 0.2])
    cells = []
    for _ in range(count):
        value = draw.uniform(1, 9)
        text = f"{value:.{places}e}".split("e")[0] + f"e{power:+03d}" if style == "exponent" else f"{value:.{places}f}"
        cells.append(
            missing if draw.random() < share else text.replace(".", sign) + (" %" if style == "percent" else "")
        )
    return cells


def words(draw: random.Random, count: int, sign: str) -> Cells:
    """Words, codes, booleans, and words that mean nothing elsewhere."""
    levels = draw.choice(
        [["None", "NA", "x"], ["02116", "01207", "00501"], ["true", "false", ""], ["+", "-", "0"], ["é", "a, b", "c;d"],
         ["<b>", "&amp;", '"q"'], [" in", "out ", "up  down"]]
    )  # fmt: skip
    return [draw.choice(levels) for _ in range(count)]


def dates(draw: random.Random, count: int, sign: str) -> Cells:
    """Days in one pattern."""
    pattern = draw.choice(["%d.%m.%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M"])
    return [(date(2021, 1, 1) + timedelta(days=draw.randrange(500))).strftime(pattern) for _ in range(count)]


def texts(draw: random.Random, count: int, sign: str) -> Cells:
    """Another text in each row."""
    return ["".join(draw.choices(string.ascii_letters + " ,;", k=12)) for _ in range(count)]


KINDS: tuple[Callable[[random.Random, int, str], Cells], ...] = (numbers, numbers, words, words, dates, texts)


def table(draw: random.Random) -> tuple[list[str], list[Cells], str, str]:
    """Names, rows, the separator and the decimal sign of a random table; the last column is the label."""
    count, separator = draw.randint(12, 60), draw.choice(",;\t|")
    sign = "," if separator == ";" and draw.random() < 0.7 else "."
    columns = [draw.choice(KINDS)(draw, count, sign) for _ in range(draw.randint(1, 6))]
    classes = draw.choice([["None", "NA"], ["0", "1"], ["+", "-"], ["fine", "faulty", "unknown"]])
    label = classes + draw.choices(classes, [5, 1, 1][: len(classes)], k=count - len(classes))
    names = [*draw.sample(NAMES, len(columns)), "the label"]
    return names, [list(row) for row in zip(*columns, label, strict=True)], separator, sign


def as_file(names: list[str], rows: list[Cells], separator: str, draw: random.Random) -> tuple[bytes, str, str]:
    buffer = io.StringIO(newline="")
    end, quoting = draw.choice(["\r\n", "\n"]), draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    writer = csv.writer(buffer, delimiter=separator, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([names, *rows])
    encoding = draw.choice(["utf-8", "utf-8-sig", "utf-16"])
    return buffer.getvalue().encode(encoding), encoding, end


def value(cell: str, sign: str) -> float | None:
    try:
        return float(cell.replace("%", "").strip().replace(sign, "."))
    except ValueError:
        return None


def check_column(real: Cells, made: Cells, sign: str) -> None:
    """New cells are cells of the column, or numbers (dates, as texts of one pattern) between them, or all empty."""
    if set(made) == {""} or set(made) <= set(real):
        return
    known = [number for cell in real if (number := value(cell, sign)) is not None]
    if known:
        read = [value(cell, sign) for cell in made if cell not in real]
        assert all(number is not None and min(known) <= number <= max(known) for number in read), (real[:5], made[:5])
    else:
        order = (lambda cell: cell[6:10] + cell[3:5] + cell[:2]) if "." in real[0] else str
        assert all(min(map(order, real)) <= order(cell) <= max(map(order, real)) for cell in made), (real[:5], made[:5])
        assert all(len(cell) == len(real[0]) for cell in made)


@pytest.mark.parametrize("method", ["smote", "random", "gan"])
def test_any_table_comes_back_whole(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makeweight.app.balance_table.GENERATOR_STEPS", 2)
    refused = 0
    for example in range(EXAMPLES if method != "gan" else EXAMPLES // 4):
        draw = random.Random(f"{method} {example}")
        names, rows, separator, sign = table(draw)
        content, encoding, end = as_file(names, rows, separator, draw)
        try:
            result = written(content, "the label", method, guard_formulas=False, decimal=sign)
        except InputError as error:
            assert "\n" not in str(error)
            refused += 1
            continue
        text = result.decode(encoding)
        assert text.count(end) > len(rows) and ("\r" in text) == ("\r" in end)
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        assert found[0][:-1] == names, (example, found[0])
        assert [row[:-1] for row in found[1 : len(rows) + 1]] == rows, example
        made = [row[:-1] for row in found[len(rows) + 1 :]]
        for real, new in zip(zip(*rows, strict=True), zip(*made, strict=True), strict=True):
            check_column(list(real), list(new), sign)
    assert refused < EXAMPLES / 4
