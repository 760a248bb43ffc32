"""Classes that are one although they are written in two ways, and classes that look as if they were."""

import re
import unicodedata
from collections import defaultdict

import pandas as pd

from makeweight.data.values.reading import Change, quoted

WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.0+)?", re.ASCII)
NUMERIC = re.compile(r"[+-]?[.,\s]*\d[\d.,\s]*%?")
UNIMPORTANT = re.compile(r"[\s_.,;:!?'\"`\u2019\u2018\u201c\u201d/\\|()\[\]\-\u2010-\u2015]+")


def merged_classes(labels: pd.Series, column: str) -> tuple[pd.Series, tuple[Change, ...]]:
    """Return the labels with `0` and `0.0` as one class, `0`, where both occur, and what was changed."""
    counts = labels.value_counts()
    forms: dict[str, list[str]] = defaultdict(list)
    for name in counts.index:
        if WHOLE.fullmatch(name):
            forms[name.partition(".")[0].lstrip("+")].append(name)
    merged = {name: whole for whole, names in forms.items() if len(names) > 1 for name in names if name != whole}
    if not merged:
        return labels, ()
    pairs = tuple(sorted(merged.items()))[:3]
    count = int(counts[list(merged)].sum())
    text = f"column `{column}`: {quoted(pairs[0][0])} and {quoted(pairs[0][1])} are one class, {quoted(pairs[0][1])}"
    text += f", and so for {len(merged) - 1} more" if len(merged) > 1 else ""
    return labels.map(lambda name: merged.get(name, name), na_action="ignore"), (
        Change("classes", count, text, examples=pairs),
    )


def similar_classes(labels: pd.Series, column: str) -> tuple[Change, ...]:
    """Tell classes that are equal but for case, accents, punctuation or white space; they stay as they are."""
    counts = labels.value_counts()
    groups: dict[str, list[str]] = defaultdict(list)
    for name in counts.index:
        groups[similarity_key(name)].append(name)
    changes = []
    for names in groups.values():
        if len(names) > 1:
            listed = ", ".join(f"{quoted(name)} ({counts[name]:,})" for name in names[:6])
            remedy = "`label_names` can give them one name"
            text = f"column `{column}`: the classes {listed} look like one class; they are kept apart; {remedy}"
            changes.append(Change("classes", int(counts[names].sum()), text, remedy, loud=True))
    return tuple(changes[:20])


def similarity_key(name: str) -> str:
    """Return what is left of a class name without case, accents, punctuation and white space."""
    if NUMERIC.fullmatch(name):
        return name
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return UNIMPORTANT.sub("", letters) or name
