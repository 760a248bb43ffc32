from pathlib import Path

import pytest

from makeweight.results.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "metrics", tmp_path / "plots")
