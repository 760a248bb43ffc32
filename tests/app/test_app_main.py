"""How the application is started: what is wrong with the call is one line."""

import socket
import sqlite3
from pathlib import Path

import pytest

from makeweight.app import __main__ as command
from makeweight.app import server
from makeweight.app.limits import Limits
from makeweight.core.errors import InputError


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "x"], "argument --port: x is no whole number from 0 to 65535; --help lists the options"),
        (["--port", "65536"], "argument --port: 65536 is no whole number from 0 to 65535"),
        (["--requests-per-minute", "0"], "argument --requests-per-minute: 0 is no whole number of at least 1"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        ([], "params.yaml: no such file; start the application in the project's folder"),
    ],
)
def test_a_wrong_call_is_one_line(
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(arguments, prog="makeweight app") == 1
    line = capsys.readouterr().err
    assert line.startswith(f"makeweight app: {told}") and line.count("\n") == 1


def test_an_address_that_is_taken_or_elsewhere_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"127.0.0.1:{port}: address already in use; another one would be right"):
            command.check_address("127.0.0.1", port)
    command.check_address("127.0.0.1", 0)
    with pytest.raises(InputError, match="no-such-host.invalid:80: "):
        command.check_address("no-such-host.invalid", 80)


def test_no_room_for_the_jobs_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(server, "create", full)
    with pytest.raises(InputError, match=r"^\.scratch: database or disk is full; room and the permission"):
        command.served(Limits(), None)
