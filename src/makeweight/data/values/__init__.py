"""The one reader of values for every door: what a cell means is decided here, told, and written back."""

from makeweight.data.values.date_column import read_date
from makeweight.data.values.dates import DateFormat
from makeweight.data.values.decimal_sign import NO_EVIDENCE, DecimalEvidence, find_decimal
from makeweight.data.values.inference import infer
from makeweight.data.values.number import read_number
from makeweight.data.values.number_format import NumberFormat, decimals_of, round_to
from makeweight.data.values.reading import APPLICATION, CARD, LIBRARY, Change, Kind, Reading, Remedies
from makeweight.data.values.words import read_category, read_identifier, read_label, read_text

__all__ = [
    "APPLICATION",
    "CARD",
    "LIBRARY",
    "NO_EVIDENCE",
    "Change",
    "DateFormat",
    "DecimalEvidence",
    "Kind",
    "NumberFormat",
    "Reading",
    "Remedies",
    "decimals_of",
    "find_decimal",
    "infer",
    "read_category",
    "read_date",
    "read_identifier",
    "read_label",
    "read_number",
    "read_text",
    "round_to",
]
