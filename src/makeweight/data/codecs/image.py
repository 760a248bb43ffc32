"""Picture files to uint8 arrays of one size and colour mode, and back."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from makeweight.core import files
from makeweight.core.params import Section
from makeweight.core.random import RandomStream
from makeweight.core.ranges import Pixels
from makeweight.core.reading import read_record
from makeweight.data import pictures
from makeweight.data.codecs.spec import Spec
from makeweight.data.samples import Samples

MODES = {"rgb": "RGB", "grey": "L"}


class ImageParams(Section):
    """Size in pixels and colour mode of the pictures that networks get."""

    size: Pixels
    colour: Literal["rgb", "grey"]


@dataclass(frozen=True, slots=True)
class ImageCodec:
    """Pictures fitted into a white square of `size` pixels, aspect kept. Lost: detail, and with grey the colour."""

    size: Pixels
    colour: Literal["rgb", "grey"]
    column: str = "image"

    params = ImageParams

    @classmethod
    def fit(cls, train: Samples, params: ImageParams, seed: int) -> Self:
        """Take size and colour from the parameters; nothing is learned from the rows."""
        return cls(size=params.size, colour=params.colour, column=train.roles.image or "image")

    @property
    def channels(self) -> int:
        """3 for colour, 1 for grey."""
        return 3 if self.colour == "rgb" else 1

    @property
    def spec(self) -> Spec:
        """One picture: `(channels, size, size)`."""
        return Spec("image", (self.channels, self.size, self.size))

    @property
    def column_names(self) -> tuple[str, ...]:
        """The column of pictures."""
        return (self.column,)

    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """Return uint8 `(n, channels, size, size)`; a missing picture is white."""
        array = np.full((len(table), *self.spec.shape), 255, dtype=np.uint8)
        for row, content in enumerate(table[self.column]):
            if content is not None:
                pixels = np.asarray(self.fitted(Image.fromarray(pictures.decode(content))))
                array[row] = pixels.transpose(2, 0, 1) if self.channels == 3 else pixels[None]
        return array

    def fitted(self, picture: Image.Image) -> Image.Image:
        """Return the picture in a white square, in the codec's colour mode."""
        square = (self.size, self.size)
        if picture.size != square:
            picture = ImageOps.pad(picture, square, method=Image.Resampling.LANCZOS, color=(255, 255, 255))
        return picture.convert(MODES[self.colour])

    def decode(self, array: np.ndarray, stream: RandomStream | None = None) -> pd.DataFrame:
        """Return uint8 `(n, channels, size, size)` as PNG files."""
        return pd.DataFrame({self.column: [encode_png(pixels) for pixels in array]})

    def save(self, folder: Path) -> None:
        """Write codec.json."""
        files.write_json(folder / "codec.json", {"size": self.size, "colour": self.colour, "column": self.column})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return read_record(folder / "codec.json", cls)


def encode_png(pixels: np.ndarray) -> bytes:
    """Return one uint8 `(channels, height, width)` picture as a PNG file."""
    picture = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    buffer = BytesIO()
    picture.save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()
