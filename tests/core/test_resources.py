"""Memory that does not suffice is one line; every other error stays what it is."""

import numpy as np
import pytest
import torch

from makeweight.core import entry
from makeweight.core.errors import InputError
from makeweight.core.resources import lacking, sufficient

TOO_MUCH = 2**55
"""Bytes: more than any machine can address."""


def test_what_numpy_and_torch_raise_is_recognised() -> None:
    with pytest.raises(MemoryError) as of_numpy:
        np.ones(TOO_MUCH, dtype=np.uint8)
    assert lacking(of_numpy.value) == "memory does not suffice (32.0 PiB more were asked for)"
    with pytest.raises(RuntimeError) as of_torch:
        torch.empty(TOO_MUCH, dtype=torch.uint8)
    told = lacking(of_torch.value)
    assert (
        told is not None and told.startswith("memory does not suffice (") and told.endswith("GiB more were asked for)")
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            torch.OutOfMemoryError(
                "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 8 GiB"
            ),
            "the memory of the GPU does not suffice (20.00 GiB more were asked for)",
        ),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), "the memory of the GPU does not suffice"),
        (MemoryError(), "memory does not suffice"),
        (
            RuntimeError(
                "CUDA error: all CUDA-capable devices are busy or unavailable\nCompile with `TORCH_USE_CUDA_DSA`"
            ),
            "the GPU no longer answers (CUDA error: all CUDA-capable devices are busy or unavailable)",
        ),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), None),
        (ValueError("out of memory"), None),
    ],
)
def test_what_is_lacking_is_told_in_words(error: BaseException, told: str | None) -> None:
    assert lacking(error) == told


def test_place_and_remedy_stand_in_the_line() -> None:
    told = "^params.yaml: memory does not suffice; fewer rows$"
    with pytest.raises(InputError, match=told), sufficient("params.yaml", "fewer rows"):
        raise MemoryError
    with pytest.raises(RuntimeError, match="a defect"), sufficient("params.yaml", "fewer rows"):
        raise RuntimeError("a defect")


def test_a_stage_without_memory_ends_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        np.ones(TOO_MUCH, dtype=np.uint8)

    assert entry.exit_status("contest", work) == 1
    assert capsys.readouterr().err == (
        "contest: memory does not suffice (32.0 PiB more were asked for); fewer rows, a smaller "
        "`preprocess.image.size` or MAKEWEIGHT_THREADS=1 would need less\n"
    )
