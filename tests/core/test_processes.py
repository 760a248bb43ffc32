"""Child processes end with their parent, however it ends, and one that is killed is told: one line, never a hang."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from makeweight.core import processes
from makeweight.core.errors import InputError
from makeweight.core.processes import KILLED

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system does not list processes")
SOURCE = str(Path(__file__).parents[2] / "src")
SCRIPT = """
import sys, time
from makeweight.core import entry, processes, stopping
entry.stop_in_order()
work = lambda: processes.in_order(time.sleep, [900, 900], 2, {start!r}, stopping.end_with_parent)
sys.exit(entry.exit_status("clean", work))
"""


def wait_for(what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    end = time.monotonic() + 300
    while not what():
        assert time.monotonic() < end, "it never happens"
        time.sleep(0.02)


def workers_of(parent: int) -> list[int]:
    """Child processes that work: they have a thread that looks after the parent."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if len(list(Path(f"/proc/{child}/task").iterdir())) > 1]


def is_gone(process: int) -> bool:
    """Whether it has ended, perhaps unread by its parent."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


ENDS: dict[str, tuple[Callable[[int, list[int]], None], int, str]] = {
    "Ctrl-C": (lambda parent, children: os.killpg(parent, signal.SIGINT), 130, "clean: stopped by Ctrl-C; "),
    "SIGTERM": (lambda parent, children: os.kill(parent, signal.SIGTERM), 143, "clean: stopped by SIGTERM; "),
    "kill -9": (lambda parent, children: os.kill(parent, signal.SIGKILL), -9, ""),
    "a killed worker": (lambda parent, children: os.kill(children[0], signal.SIGKILL), 1, f"clean: {KILLED}"),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_children_end_and_one_line_is_written(start: str, end: str) -> None:
    stop, status, line = ENDS[end]
    command = [sys.executable, "-c", SCRIPT.format(start=start)]
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    parent = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True)
    wait_for(lambda: len(workers_of(parent.pid)) == 2)
    children = workers_of(parent.pid)
    stop(parent.pid, children)
    _, written = parent.communicate(timeout=300)
    assert parent.returncode == status, written
    # Python's own process that tracks semaphores says what a killed parent left, and removes it.
    lines = [one for one in written.splitlines() if "resource_tracker" not in one]
    assert len(lines) == bool(line) and written.startswith(line), written
    for child in children:
        wait_for(lambda child=child: is_gone(child))


def die_in_the_middle(job: int) -> bytes:
    """Have this process send half of its result, and be killed."""

    def send_half(pipe: Connection, content: bytes) -> None:
        os.write(pipe.fileno(), bytes(content)[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    if job:
        Connection._send = send_half  # type: ignore[method-assign]
    return bytes(1_000_000)


def test_a_worker_that_is_killed_while_it_sends_its_result_is_told() -> None:
    with pytest.raises(InputError, match="a worker process was killed"):
        processes.in_order(die_in_the_middle, [0, 1, 0, 0], 2, "fork", processes.nothing)
    wait_for(lambda: not multiprocessing.active_children())


def fail_where_asked(job: int) -> Callable[[], int]:
    if job == 2:
        raise ValueError("job 2")
    return (lambda: 0) if job == 4 else dict


def test_the_first_failure_counts_and_results_that_cannot_be_sent_fail_too() -> None:
    with pytest.raises(ValueError, match="job 2"):
        processes.in_order(fail_where_asked, [0, 1, 2, 3, 4, 2], 3, "fork", processes.nothing)
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        processes.in_order(fail_where_asked, [0, 4, 1], 2, "fork", processes.nothing)
    wait_for(lambda: not multiprocessing.active_children())


def test_results_are_in_order_and_each_is_counted() -> None:
    ticks: list[int] = []
    found = processes.in_order(str, range(20), 3, "fork", processes.nothing, lambda: ticks.append(1))
    assert found == [str(number) for number in range(20)] and len(ticks) == 20
    assert processes.in_order(str, [], 2, "fork", processes.nothing) == []
    assert processes.in_order(str, [7], 2, "spawn", processes.nothing) == ["7"], "more processes than jobs"


def test_the_first_process_that_is_spawned_does_not_get_ctrl_c_either() -> None:
    """Python starts one that tracks semaphores with it, and lets the signal through afterwards."""
    script = (
        "import multiprocessing, time\n"
        "from pathlib import Path\n"
        "from makeweight.core import stopping\n"
        "process = multiprocessing.get_context('spawn').Process(target=time.sleep, args=(50,), daemon=True)\n"
        "with stopping.starting_children():\n"
        "    process.start()\n"
        "lines = Path(f'/proc/{process.pid}/status').read_text().splitlines()\n"
        "print(int(next(line for line in lines if line.startswith('SigBlk')).split()[1], 16) & 2)\n"
        "process.kill()\n"
    )
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"
