"""Small pictures in rows: none touches another, and each row has its name."""

import numpy as np

from makeweight.data.picture_sheet import BORDER, EDGE, GAP, HEAD, MARGIN, PITCH, sheet
from makeweight.stages.train_gan.__main__ import grid

BLACK = np.zeros((8, 8), np.uint8)


def test_dark_pictures_do_not_run_together() -> None:
    pixels = np.asarray(sheet(["a", "b"], [("real", [[BLACK] * 3] * 2), ("synthetic", [[BLACK], []])], 3).convert("L"))
    for row in range(2):
        top = HEAD + row * PITCH
        for column in range(3):
            left = MARGIN + column * PITCH
            assert (pixels[top : top + EDGE, left : left + EDGE] == 0).all()
            assert (pixels[top : top + EDGE, left + EDGE : left + PITCH] == 255).all()
        assert (pixels[top + EDGE : top + PITCH, MARGIN:] == 255).all()
    right = MARGIN + 3 * PITCH + GAP
    assert (pixels[HEAD : HEAD + EDGE, right : right + EDGE] == 0).all()
    assert (pixels[HEAD + PITCH :, right:] == 255).all()


def test_each_row_and_each_side_has_its_words_in_letters_that_can_be_read() -> None:
    pixels = np.asarray(sheet(["first", ""], [("heading", [[], []])], 3).convert("L")) < 128
    assert pixels[HEAD : HEAD + EDGE, :MARGIN].any() and not pixels[HEAD + PITCH :].any()
    rows = np.flatnonzero(pixels[:HEAD, MARGIN:].any(1))
    assert rows.max() - rows.min() >= 9
    longest = np.asarray(sheet(["W" * 60], [("", [[]])], 3).convert("L")) < 128
    assert longest[:, : MARGIN - BORDER].any() and not longest[:, MARGIN:].any()


def test_the_grid_of_an_engine_names_its_rows() -> None:
    pictures = np.zeros((4, 3, 16, 16), np.uint8)
    pictures[2:] = 255
    pixels = np.asarray(grid(pictures, ["dark", "light"]).convert("L"))
    assert (pixels[BORDER : BORDER + EDGE, MARGIN : MARGIN + EDGE] == 0).all()
    assert (pixels[BORDER + PITCH :, MARGIN:] == 255).all()
    assert (pixels[:, :MARGIN] < 128).any()
