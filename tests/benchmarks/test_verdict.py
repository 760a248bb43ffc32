"""The verdict on public data runs stages by their own front doors, wherever these lie."""

import verdict


def test_every_stage_that_it_runs_has_a_front_door() -> None:
    names = (
        "ingest",
        "clean",
        "split",
        "preprocess",
        "train_gan",
        "sample",
        "learners",
        "contest",
        "verdict",
        "classify",
    )
    assert all(callable(getattr(verdict, name).main) for name in names)
