import pytest
import torch

from makeweight.data.codecs.spec import Spec
from makeweight.generators.networks import local_denoiser
from makeweight.generators.networks.local_denoiser import LocalDenoiser, means_around, unit_length

SIZE = 16
SPEC = Spec("image", (1, SIZE, SIZE))


def denoiser(pictures: torch.Tensor, labels: list[int], neighbours: int = 4, steps: int = 4) -> LocalDenoiser:
    counts = torch.bincount(torch.tensor(labels), minlength=3).tolist()
    made = LocalDenoiser(SPEC, 2, counts, neighbours, steps, 0.4)
    made.fit(pictures, torch.tensor(labels), torch.randn(len(labels), 2, generator=torch.Generator().manual_seed(0)))
    return made


def halves(left: float, right: float) -> torch.Tensor:
    picture = torch.full((1, SIZE, SIZE), left)
    picture[:, :, SIZE // 2 :] = right
    return picture


def run(made: LocalDenoiser, blurred: torch.Tensor, labels: list[int]) -> torch.Tensor:
    noise = torch.randn(blurred.shape, generator=torch.Generator().manual_seed(1))
    return made(blurred, torch.ones(len(blurred), 2), torch.tensor(labels), noise)


def test_a_class_of_one_picture_gives_that_picture() -> None:
    pictures = torch.stack([halves(-1, 0.5), halves(1, 1)])
    found = run(denoiser(pictures, [0, 1]), torch.zeros(2, 1, SIZE, SIZE), [0, 1])
    assert (found - pictures).abs().max() < 1 / 127


def test_pieces_of_two_pictures_join_to_one_that_is_neither() -> None:
    pictures = torch.stack([halves(1, -1), halves(-1, 1)])
    found = run(denoiser(pictures, [0, 0]), torch.full((1, 1, SIZE, SIZE), 0.6), [0])
    assert (found[0, :, :, : SIZE // 2 - 2] > 0.9).all()
    assert (found[0, :, :, SIZE // 2 + 2 :] > 0.9).all()


def test_blur_becomes_crisp() -> None:
    pictures = torch.stack([halves(-1, 1), halves(1, -1)])
    found = run(denoiser(pictures, [0, 0]), 0.3 * halves(-1, 1)[None], [0])
    assert (found.abs() > 0.9).all()
    assert torch.equal(found.sign()[0], halves(-1, 1))


def test_a_class_without_pictures_takes_those_of_all() -> None:
    pictures = torch.stack([halves(1, 1), halves(-1, -1)])
    found = run(denoiser(pictures, [0, 1]), torch.stack([halves(0.5, 0.5), halves(-0.5, -0.5)]), [2, 2])
    assert (found - pictures).abs().max() < 1 / 127


def test_neighbours_are_those_of_the_class_by_angle() -> None:
    made = LocalDenoiser(SPEC, 2, [3, 1], 2, 4, 0.4)
    codes = torch.tensor([[1.0, 0], [0, 5.0], [3.0, 3.1], [1.0, 0.01]])
    made.fit(torch.zeros(4, 1, SIZE, SIZE), torch.tensor([0, 0, 0, 1]), codes)
    order, usable = made.nearest(torch.tensor([[2.0, 0.0], [2.0, 0.0]]), torch.tensor([0, 1]))
    assert order[0].tolist() == [0, 2]
    assert (order[1, 0].item(), usable.tolist()) == (3, [[True, True], [True, False]])


def test_parts_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = torch.Generator().manual_seed(2)
    pictures = torch.rand(12, 1, SIZE, SIZE, generator=rng) * 2 - 1
    made = denoiser(pictures, [0] * 6 + [1] * 6)
    blurred = torch.rand(9, 1, SIZE, SIZE, generator=rng)
    whole = run(made, blurred, [0, 1, 0] * 3)
    monkeypatch.setattr(local_denoiser, "LARGEST_PART", 4 * SIZE**2 * 2)
    assert torch.equal(run(made, blurred, [0, 1, 0] * 3), whole)


@pytest.mark.parametrize("window", [3, 7, 11])
def test_means_around_a_place_leave_out_what_lies_outside(window: int) -> None:
    values = torch.rand(5, 2, 9, 12, generator=torch.Generator().manual_seed(3))
    pooled = torch.nn.functional.avg_pool2d(values, window, 1, window // 2, count_include_pad=False)
    torch.testing.assert_close(means_around(values, window), pooled)
    assert torch.equal(means_around(values[:3], window), means_around(values, window)[:3])


def test_large_classes_keep_rows_from_first_to_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_denoiser, "PICTURES_PER_CLASS", 3)
    made = LocalDenoiser(SPEC, 2, [9, 2], 4, 4, 0.4)
    assert made.chosen(torch.tensor([0] * 9 + [1] * 2)).tolist() == [0, 3, 6, 9, 10]
    assert len(made.pictures) == 5


def test_no_steps_leave_the_picture_and_a_code_of_zeros_has_no_angle() -> None:
    made = denoiser(torch.stack([halves(1, 1)]), [0], steps=0)
    blurred = torch.full((1, 1, SIZE, SIZE), 0.2)
    assert torch.equal(run(made, blurred, [0]), blurred)
    assert unit_length(torch.zeros(1, 2)).tolist() == [[0, 0]]
