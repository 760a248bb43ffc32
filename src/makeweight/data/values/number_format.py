"""How a column writes its numbers, and numbers in that style."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

MOST_DECIMALS = 345
"""The smallest numbers above zero have 324 decimals, and those of 17 digits up to 340."""
EXACT_POWER = 22
"""Greatest power of ten that a float holds exactly."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a column writes its numbers; decimals are those that its own values need."""

    decimals: int = 0
    """Digits after the decimal sign that write every value of the column exactly, where it has no exponent."""
    decimal: Literal[".", ","] = "."
    mark: str = ""
    """The character of the decimal sign, where it is one of another script."""
    thousands: str = ""
    lakhs: bool = False
    """Whether the digits before the last three stand in pairs: 12,34,567."""
    prefix: str = ""
    """What stands before each number, with its space: a currency."""
    suffix: str = ""
    """What stands behind each number, with its space: a currency, a unit or %."""
    least_decimals: int = 0
    """Digits after the decimal sign that every cell has, zeros included."""
    exponent: str = ""
    """The letter where numbers have an exponent, as in 2.39e-09."""
    exponent_digits: int = 2
    exponent_plus: bool = True
    """Whether 1e+05 has a plus."""
    mantissa_decimals: int = 0
    """Digits after the decimal sign in a number with an exponent."""
    least_mantissa_decimals: int = 0
    plain_from: float = math.inf
    """Numbers of an absolute value from here to `plain_to`, and 0, have no exponent although others have."""
    plain_to: float = -math.inf
    negative: Literal["-", "\u2212", "trailing", "parentheses"] = "-"
    plus: bool = False
    """Whether positive numbers have a plus."""
    words: tuple[str, str] | None = None
    """What stands for 0 and 1 in a column of booleans."""
    missing: str = ""
    """What stands for a missing number."""
    zero: str = "0"
    """The digit zero of the column's script."""

    def rounded(self, values: np.ndarray) -> np.ndarray:
        """Return numbers with the decimals of the column: integers, where it has only such."""
        values = np.asarray(values, dtype=np.float64)
        if not self.exponent:
            return round_to(values, self.decimals)
        distinct, positions = np.unique(values, return_inverse=True)
        return np.array([self.rounded_one(value) for value in distinct.tolist()])[positions]

    def rounded_one(self, value: float) -> float:
        """Return one number with the decimals, or the digits, of the column."""
        if not math.isfinite(value):
            return value
        if self.has_exponent(abs(value)):
            return round_digits(value, self.mantissa_decimals)
        return round_decimals(value, self.decimals)

    def has_exponent(self, size: float) -> bool:
        """Return whether a number of this absolute value is written with an exponent."""
        if not self.exponent or (size == 0 and self.plain_to >= 0):
            return False
        return not self.plain_from <= size <= self.plain_to

    def write(self, values: np.ndarray) -> list[str]:
        """Return one text for each number, in the column's style; real values of the column come out exactly."""
        distinct, positions = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True)
        texts = [self.text(float(value)) for value in distinct]
        return [texts[position] for position in positions]

    def text(self, value: float) -> str:
        """Return one number as a text."""
        if math.isnan(value):
            return self.missing
        if self.words:
            return self.words[int(value >= 0.5)]
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        digits = self.digits(abs(value))
        negative = value < 0 and any(letter in "123456789" for letter in digits.partition(self.exponent or "e")[0])
        if self.zero != "0":
            digits = digits.translate({48 + digit: chr(ord(self.zero) + digit) for digit in range(10)})
        return self.signed(digits, negative)

    def signed(self, digits: str, negative: bool) -> str:
        """Return the digits with sign, prefix and suffix."""
        if not negative:
            return f"{'+' if self.plus else ''}{self.prefix}{digits}{self.suffix}"
        if self.negative == "parentheses":
            return f"({self.prefix}{digits}{self.suffix})"
        if self.negative == "trailing":
            return f"{self.prefix}{digits}{self.suffix}-"
        return f"{self.negative}{self.prefix}{digits}{self.suffix}"

    def digits(self, value: float) -> str:
        """Return a number that is not negative, without sign, prefix and suffix."""
        if self.has_exponent(value):
            # Zero has no power of its own: Decimal would write that of its decimals, 0e-1.
            shown = Decimal(repr(round_digits(value, self.mantissa_decimals))) if value else Decimal(0)
            mantissa, power = f"{shown:e}".split("e")
            sign = "-" if power[0] == "-" else "+" if self.exponent_plus else ""
            mantissa = trimmed(mantissa, self.least_mantissa_decimals).replace(".", self.mark or self.decimal)
            return f"{mantissa}{self.exponent}{sign}{power[1:].lstrip('0').rjust(self.exponent_digits, '0')}"
        # The shortest text of the rounded number: 0.3, where its binary digits would be 0.29999999999999999.
        shortest = f"{Decimal(repr(round_decimals(value, self.decimals))):f}"
        whole, _, decimals = trimmed(shortest, self.least_decimals).partition(".")
        return grouped(whole, self.thousands, self.lakhs) + ((self.mark or self.decimal) + decimals if decimals else "")


def trimmed(text: str, least: int) -> str:
    """Return a number without the zeros at its end, but with at least so many decimals."""
    whole, _, decimals = text.partition(".")
    kept = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{kept}" if kept else whole


def grouped(whole: str, separator: str, lakhs: bool) -> str:
    """Return whole digits in groups."""
    if not separator or len(whole) <= 3:
        return whole
    head, last = whole[:-3], whole[-3:]
    size = 2 if lakhs else 3
    first = len(head) % size
    groups = [head[:first]] if first else []
    groups += [head[position : position + size] for position in range(first, len(head), size)]
    return separator.join([*groups, last])


def round_to(values: np.ndarray, decimals: int) -> np.ndarray:
    """Return numbers rounded to so many decimals, those unchanged that have no digit beyond them."""
    if decimals > EXACT_POWER:
        distinct, positions = np.unique(values, return_inverse=True)
        return np.array([round_decimals(value, decimals) for value in distinct.tolist()], dtype=np.float64)[positions]
    with np.errstate(over="ignore", invalid="ignore"):
        has_more = np.abs(values) * 10.0**decimals < 2.0**53
    rounded = values.copy()
    rounded[has_more] = np.round(values[has_more], decimals)
    return rounded


def round_decimals(value: float, decimals: int) -> float:
    """Return one number rounded to so many decimals, unchanged if its shortest text has no more.

    The shortest text of 2^-24 is no multiple of a power of ten, so that rounding to its own digits would change it.
    """
    return value if not math.isfinite(value) or decimals_in(repr(value)) <= decimals else round(value, decimals)


def round_digits(value: float, decimals: int) -> float:
    """Return one number rounded to so many digits after its first, unchanged if its shortest text has no more."""
    return value if digits_after_first(value) <= decimals else float(f"{value:.{decimals}e}")


def decimals_of(values: np.ndarray) -> int:
    """Return the digits after the decimal point in the shortest texts of the finite values, the most of all.

    Values that single precision holds exactly are written as such: 0.1 as float32 has one decimal, not 17.
    """
    finite = np.unique(values[np.isfinite(values)].astype(np.float64))
    if not len(finite) or (finite == np.rint(finite)).all():
        return 0
    with np.errstate(over="ignore"):
        single = finite.astype(np.float32)
    texts = map(str, single) if (single == finite).all() else map(repr, finite.tolist())
    return max(map(decimals_in, texts))


def decimals_in(text: str) -> int:
    """Return the digits that a number written in Python has after the point, without zeros at its end and exponent."""
    mantissa, _, power = text.lower().partition("e")
    fraction = mantissa.partition(".")[2].rstrip("0")
    return max(0, min(MOST_DECIMALS, len(fraction) - int(power or 0)))


def digits_after_first(value: float) -> int:
    """Return the digits after the first one in the shortest text of a number."""
    return max(0, len(repr(abs(value)).partition("e")[0].replace(".", "").strip("0")) - 1)
