"""The entry point of every stage: `python src/stage.py clean`, `python src/stage.py preprocess image`.

Run as a script, so that the `src/` of this checkout comes first on Python's path: an experiment in a queue or a
temporary copy then runs its own code, whatever is installed in the environment.
"""

import sys
from contextlib import AbstractContextManager


def logged(stage: str, cell: list[str]) -> AbstractContextManager[object]:
    """The loggers of one stage and cell, imported when signals and mistakes already end the process in order."""
    from makeweight.tools.loggers import logging_run

    return logging_run(stage, cell)


if __name__ == "__main__":
    from makeweight.core import entry

    entry.stop_in_order()
    entry.limit_threads()
    sys.exit(entry.run_stage(sys.argv[1:], logged))
