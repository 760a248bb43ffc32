"""Files below plots/ that were damaged after they were written."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from makeweight.core.errors import InputError
from makeweight.results.folders import read_png


def test_any_changed_bit_of_a_png_is_noticed(tmp_path: Path) -> None:
    buffer = BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    content, path = buffer.getvalue(), tmp_path / "plot.png"
    path.write_bytes(content)
    assert read_png(path) == content
    for place in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            path.write_bytes(changed)
            with pytest.raises(InputError, match=r"plot\.png: damaged, or of another kind"):
                read_png(path)
