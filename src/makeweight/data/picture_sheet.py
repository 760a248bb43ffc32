"""A sheet of small pictures in rows with a name beside each; a border keeps dark pictures from running together."""

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from makeweight.core.names import END, shortened

EDGE = 64
"""Pixels of a picture's place."""
BORDER = 4
"""White pixels between two pictures."""
PITCH = EDGE + BORDER
MARGIN = 168
"""Pixels of the column of names."""
HEAD = 28
GAP = 24
"""Pixels between two sides, such as real and synthetic pictures."""
LETTERS = 14
LONGEST_NAME = 32


def enlarged(pixels: np.ndarray, edge: int = EDGE) -> Image.Image:
    """Return a picture `(height, width)` or `(height, width, 3)` in a square of `edge`, enlarged without smoothing."""
    picture = Image.fromarray(pixels)
    scale = max(1, edge // max(picture.size))
    picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    picture.thumbnail((edge, edge))
    square = Image.new("RGB", (edge, edge), "white")
    square.paste(picture, ((edge - picture.width) // 2, (edge - picture.height) // 2))
    return square


def as_pixels(array: np.ndarray) -> np.ndarray:
    """Return an encoded picture `(channels, size, size)` as pixels."""
    return array[0] if len(array) == 1 else array.transpose(1, 2, 0)


def fitting(name: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """Return a name without so much of its middle that it fits into the column of names."""
    texts = (shortened(name, longest) for longest in range(LONGEST_NAME, END + 1, -1))
    return next((text for text in texts if font.getlength(text) <= MARGIN - 2 * BORDER), name[:1])


def sheet(
    names: Sequence[str], sides: Sequence[tuple[str, Sequence[Iterable[np.ndarray]]]], columns: int
) -> Image.Image:
    """Return a row per name: the name, then the pictures of each side.

    Args:
        names: of the rows.
        sides: heading (empty for none) and, for each row, pictures as `enlarged` takes them, `columns` at most.
        columns: places of a side in each row.
    """
    head = HEAD if any(heading for heading, _ in sides) else BORDER
    width = MARGIN + len(sides) * columns * PITCH + (len(sides) - 1) * GAP
    picture = Image.new("RGB", (width, head + len(names) * PITCH), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size=LETTERS)
    for row, name in enumerate(names):
        pen.text((BORDER, head + row * PITCH + EDGE // 2), fitting(name, font), "black", font, anchor="lm")
    for index, (heading, rows) in enumerate(sides):
        left = MARGIN + index * (columns * PITCH + GAP)
        pen.text((left, HEAD // 2), heading, "black", font, anchor="lm")
        for row, pictures in enumerate(rows):
            for column, pixels in enumerate(pictures):
                picture.paste(enlarged(pixels), (left + column * PITCH, head + row * PITCH))
    return picture
