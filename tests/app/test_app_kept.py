"""What is made from many files is made again when one of them changes, and once for two who ask together."""

import threading
from pathlib import Path

import pytest

from makeweight.app.kept import Kept


def test_it_is_made_again_when_a_file_is_written_added_or_removed(tmp_path: Path) -> None:
    folder, file = tmp_path / "plots", tmp_path / "params.yaml"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/one.csv").write_text("1")
    kept, made = Kept(), []

    def get() -> int:
        return kept.get("page", [folder, file, tmp_path / "missing"], lambda: made.append(0) or len(made))

    assert (get(), get()) == (1, 1)
    (folder / "deep/one.csv").write_text("12")
    assert (get(), get()) == (2, 2)
    (folder / "two.csv").write_text("")
    assert (get(), get()) == (3, 3)
    (folder / "two.csv").unlink()
    assert (get(), get()) == (4, 4)
    file.write_text("seed: 1")
    assert (get(), get()) == (5, 5)


def test_what_fails_is_not_kept(tmp_path: Path) -> None:
    kept, answers = Kept(), iter([ValueError, 7])

    def make() -> object:
        answer = next(answers)
        if answer is ValueError:
            raise ValueError
        return answer

    with pytest.raises(ValueError):
        kept.get("page", [tmp_path], make)
    assert kept.get("page", [tmp_path], make) == 7
    assert next(answers, None) is None


def test_two_who_ask_together_get_one_result(tmp_path: Path) -> None:
    kept, begun, go_on, made = Kept(), threading.Event(), threading.Event(), []

    def make() -> int:
        begun.set()
        assert go_on.wait(300)
        made.append(0)
        return len(made)

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(kept.get("page", [tmp_path], make))) for _ in range(2)]
    threads[0].start()
    assert begun.wait(300)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(300)
    assert found == [1, 1]
