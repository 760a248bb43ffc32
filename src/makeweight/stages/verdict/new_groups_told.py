"""The second reading, on new groups, as numbers, as a record and as a sentence."""

from collections.abc import Mapping
from typing import Any

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.stages.verdict.claims import Claim
from makeweight.stages.verdict.measures import interval_metrics, words_as_numbers
from makeweight.stages.verdict.new_groups import FEW_CLASS_ROWS, NewGroups
from makeweight.stages.verdict.sentences import RULE, against
from makeweight.stages.verdict.tables import cells

NAME = "new_groups"
"""Begins the names of its metrics, and is that of its record and sentence."""


def measure_new_groups(reading: NewGroups) -> dict[str, float]:
    """Its size, and for each line macro-F1 and the differences with words, chances and what could have been found."""
    size = reading.size
    numbers: dict[str, float] = {
        f"{NAME}.rows": size.rows,
        f"{NAME}.groups": size.groups,
        f"{NAME}.classes": size.classes,
        f"{NAME}.small_classes": size.small_classes,
    }
    for line, interval in reading.scores.items():
        name = f"{NAME}.{line}"
        numbers |= interval_metrics(f"{name}.macro_f1", interval)
        numbers |= words_as_numbers(references(reading), line, name, in_full=True)
    return numbers


def references(reading: NewGroups) -> dict[str, Mapping[str, Claim]]:
    """What lines are compared with."""
    return {"none": reading.against_none, "rule": reading.against_rule, "simple": reading.against_simple}


def with_new_groups(record: Mapping[str, Any], reading: NewGroups, chosen: Mapping[str, str]) -> dict[str, Any]:
    """The verdict's record with the second reading, and with its sentence."""
    sentences = {**record["sentences"], NAME: sentence(reading, chosen)}
    return {**record, "sentences": sentences, NAME: record_of(reading, chosen)}


def record_of(reading: NewGroups, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Its size, the note, and the lines in points; each with the arm, and its difference to each reference.

    Args:
        reading: the second reading.
        chosen: engine -> the arm that validation chose.
    """
    size = reading.size
    lines = []
    for line, interval in reading.scores.items():
        own: dict[str, Any] = {"line": line, "arm": chosen.get(line, line), **cells(interval)}
        for name, claims in references(reading).items():
            if line in claims:
                own[f"against_{name}"] = {**cells(claims[line].interval), "word": claims[line].word}
        lines.append(own)
    return {
        "group": reading.group,
        "rows": size.rows,
        "test_rows": size.test_rows,
        "groups": size.groups,
        "test_groups": size.test_groups,
        "note": note(reading),
        "lines": lines,
    }


def note(reading: NewGroups) -> str:
    """Why these numbers are to be read with care; empty where there are rows enough."""
    size = reading.size
    if not size.rows:
        return f"every {reading.group} of the test split has train rows too"
    groups = f"{size.groups} value{'s' if size.groups > 1 else ''} of {reading.group}"
    held = f"{size.rows} rows of {groups} hold {size.classes} of {size.test_classes} classes"
    if not size.can_be_scored:
        return f"{held}: nothing can be compared"
    if not size.is_small:
        return ""
    few = f", {size.small_classes} of them with fewer than {FEW_CLASS_ROWS} rows" if size.small_classes else ""
    return f"{held}{few}: too few to decide by"


def sentence(reading: NewGroups, chosen: Mapping[str, str]) -> str:
    """The second reading in a sentence: the rows, the scores, what is shown, and how far it can be trusted."""
    size, remark = reading.size, note(reading)
    where = f"On the {size.rows} of {size.test_rows} test rows whose {reading.group} has no train row"
    if not reading.scores:
        return f"{where}: no score; {remark}."
    scores = [
        f"{named(line, chosen)} {100 * interval.mean:.1f} ({100 * interval.low:.1f} to {100 * interval.high:.1f})"
        for line, interval in reading.scores.items()
    ]
    differences = []
    if DECISION_RULE in reading.against_none:
        differences.append(f"{RULE}: {against(reading.against_none[DECISION_RULE], NONE)}")
    for engine in chosen:
        reference, claims = (RULE, reading.against_rule) if reading.against_rule else (NONE, reading.against_none)
        if engine in claims:
            differences.append(f"{engine}: {against(claims[engine], reference)}")
    told = "; ".join([f"{where}, macro-F1 is {', '.join(scores)}", *differences, *([remark] if remark else [])])
    return f"{told}."


def named(line: str, chosen: Mapping[str, str]) -> str:
    """A line in words: `the decision rule`, `flow (flow_50)`, `smote`."""
    if line in chosen:
        return f"{line} ({chosen[line]})"
    return RULE if line == DECISION_RULE else line
