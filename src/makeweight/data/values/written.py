"""What is known of how a column of numbers is written, before its cells are looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from makeweight.data.values.decimal_sign import DecimalEvidence
from makeweight.data.values.reading import Remedies


@dataclass(frozen=True, slots=True)
class Written:
    """What the user and the rest of the table say; see `read_number`."""

    column: str
    decimal: str | None
    thousands: str | None
    missing: Sequence[str | float] | None
    money: bool
    lenient: bool
    evidence: DecimalEvidence
    remedies: Remedies
