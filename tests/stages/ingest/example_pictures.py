"""Generates datasets/folder-example: discs, crosses and stripes on noisy backgrounds, in imbalanced numbers."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

EDGE = 32
COUNTS = {"disc": 72, "stripes": 48, "cross": 30}


def render(kind: str, rng: np.random.Generator) -> bytes:
    """One picture as PNG."""
    rows, columns = np.mgrid[0:EDGE, 0:EDGE]
    ground, ink = rng.integers(0, 256, (2, 3))
    while np.abs(ground - ink).sum() < 200:
        ground, ink = rng.integers(0, 256, (2, 3))
    row, column = rng.uniform(10, 22, 2)
    size = rng.uniform(5, 10)
    turned = rng.uniform(0, np.pi)
    along = (rows - row) * np.cos(turned) + (columns - column) * np.sin(turned)
    across = (columns - column) * np.cos(turned) - (rows - row) * np.sin(turned)
    shape = {
        "disc": np.hypot(along, across) < size,
        "cross": np.minimum(abs(along), abs(across)) < size / 4,
        "stripes": (along // (size / 2)) % 2 == 0,
    }[kind]
    slope = np.outer(np.linspace(-30, 30, EDGE), np.ones(EDGE))[..., None] * rng.choice([-1, 1])
    noise = rng.normal(0, 10, (EDGE, EDGE, 3))
    pixels = np.where(shape[..., None], ink, ground) + slope + noise
    buffer = BytesIO()
    picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).quantize(24)
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def pictures() -> dict[str, bytes]:
    """File name -> bytes, the same on every call."""
    rng = np.random.default_rng(7)
    return {f"{kind}/{number:03d}.png": render(kind, rng) for kind, count in COUNTS.items() for number in range(count)}


def main() -> None:
    """Write the folder."""
    for name, content in pictures().items():
        path = Path("datasets/folder-example") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
