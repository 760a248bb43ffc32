"""The sheets of all engines' pictures: classes in order of rarity, and pictures cut out where they stand."""

import io

import numpy as np
from PIL import Image

import picture_grids
from makeweight.data.picture_sheet import EDGE, GAP, HEAD, MARGIN, PITCH, sheet


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="png")
    return buffer.getvalue()


def test_the_rarest_class_stands_first_and_of_equal_ones_the_first() -> None:
    assert picture_grids.rarest_first(np.array([5, 2, 5, 1])).tolist() == [3, 1, 0, 2]
    assert len(picture_grids.rarest_first(np.arange(14))) == picture_grids.CLASSES


def test_pictures_are_cut_out_of_the_sheet_of_a_run() -> None:
    tones = np.arange(2 * 3 * 2).reshape(2, 3, 2) * 20  # side, class, column
    rows = [[[np.full((EDGE, EDGE, 3), tone, np.uint8) for tone in row] for row in side] for side in tones]
    whole = png(sheet(["a", "b", "c"], [("real", rows[0]), ("synthetic", rows[1])], 2))
    order = np.array([2, 0])
    for side in (0, 1):
        texts, pictures = picture_grids.cut_block(whole, side, order, ["flow", "last run"], picture_grids.LAYOUT)
        assert texts == ["flow", "last run"]
        assert pictures.shape == (2, 2, 3, EDGE, EDGE)
        expected = np.broadcast_to(tones[side][order].T[:, :, None, None, None], pictures.shape)
        np.testing.assert_array_equal(pictures, expected)


def test_the_first_runs_sheets_had_another_layout() -> None:
    pixels = np.zeros((24 + 2 * 64, 150 + 2 * 2 * 64 + 24, 3), np.uint8)
    pixels[24 + 64 :, 150 + 2 * 64 + 24 + 64 :] = 255  # the last picture: class 1, synthetic, second column
    pictures = picture_grids.cut_block(
        png(Image.fromarray(pixels)), 1, np.array([1, 0]), [], picture_grids.FIRST_LAYOUT
    )[1]
    assert pictures[1, 0].min() == 255
    assert pictures[0].max() == pictures[1, 1].max() == 0


def test_a_sheet_has_a_row_per_engine_and_a_column_per_class() -> None:
    tones = np.array([[10, 20, 30], [40, 50, 60]], np.uint8)
    pictures = np.broadcast_to(tones[:, :, None, None, None], (2, 3, 1, 8, 8))
    shown = np.asarray(picture_grids.picture_of([(["real", "rows"], pictures)], ["a", "b", "c"]))
    for (row, column), tone in np.ndenumerate(tones):
        middle = HEAD + row * PITCH + EDGE // 2, MARGIN + column * (PITCH + GAP) + EDGE // 2
        assert shown[middle].tolist() == [tone] * 3
