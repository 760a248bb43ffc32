"""Names of people's own choosing, such as those of classes, made short enough for a place that is narrow."""

LONGEST = 32
"""Characters of a name in a table's head or beside a picture."""
END = 8
"""Characters of its end that a shortened name keeps, since names often differ there."""


def shortened(name: str, longest: int = LONGEST) -> str:
    """Return the name with its middle left out where it is longer."""
    return name if len(name) <= longest else f"{name[: longest - END - 1]}…{name[-END:]}"


def in_legend(name: str) -> str:
    """Return the name for a legend of matplotlib, which leaves out what begins with an underscore."""
    return shortened(f"\N{HAIR SPACE}{name}" if name.startswith("_") else name)
