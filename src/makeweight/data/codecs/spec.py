"""The layout of a codec's arrays, from which networks take their shapes."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive positions of a vector: one real value, or the one-hot states of one choice."""

    column: str
    kind: Literal["value", "choice"]
    """`value` (a real number of about unit variance) or `choice` (one-hot)."""
    start: int
    width: int

    @property
    def stop(self) -> int:
        """The first position after the block."""
        return self.start + self.width


@dataclass(frozen=True, slots=True)
class Spec:
    """Modality and shape of one row: `(channels, size, size)` for pictures, `(width,)` for vectors."""

    modality: str
    shape: tuple[int, ...]
    blocks: tuple[Block, ...] = ()
    """The layout of a vector; empty for pictures."""

    @property
    def choices(self) -> tuple[Block, ...]:
        """The one-hot blocks."""
        return tuple(block for block in self.blocks if block.kind == "choice")

    def to_json(self) -> dict[str, Any]:
        """Return the content of spec.json."""
        return {"present": True, **asdict(self)}
