"""Start the web application: `python -m makeweight.app`; on 127.0.0.1 by default."""

import argparse
import ipaddress
import os
import socket
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from makeweight.app.limits import Limits
from makeweight.core import paths
from makeweight.core.errors import InputError

if TYPE_CHECKING:  # slow to import
    from makeweight.app.security import Guard

MIN_TOKEN_LENGTH = 16
LARGEST_PORT = 65_535


def main(arguments: Sequence[str] | None = None, prog: str = "python -m makeweight.app") -> int:
    """Serve the project in the current folder until stopped; return the exit status."""
    try:
        options = parser(prog).parse_args(arguments)
        token = checked_token(options.host, os.environ.get("MAKEWEIGHT_TOKEN") or None)
        check_folder()
        limits = Limits(requests_per_minute=options.requests_per_minute, requests_per_batch=options.requests_per_batch)
        check_address(options.host, options.port)
        application = served(limits, token)
    except InputError as mistake:
        sys.stderr.write(f"{prog}: {mistake}\n")
        return 1
    import uvicorn

    sys.stderr.write(f"Makeweight on http://{options.host}:{options.port} (Ctrl+C stops it)\n")
    uvicorn.run(
        application, host=options.host, port=options.port, log_level="warning", server_header=False,
        timeout_keep_alive=10, timeout_graceful_shutdown=5, proxy_headers=False, ws="none",
    )  # fmt: skip
    return 0


def served(limits: Limits, token: str | None) -> "Guard":
    """Return the application.

    Raises:
        InputError: it cannot keep its jobs in .scratch: no room, or no permission.
    """
    from makeweight.app.server import create

    try:
        return create(limits, token, is_warmed_up=True)
    except sqlite3.OperationalError as error:
        raise InputError(f"{paths.SCRATCH}: {error}; room and the permission to write there would be right") from None


class Parser(argparse.ArgumentParser):
    """Tells a mistake in one line, as all commands do."""

    def error(self, message: str) -> NoReturn:
        """Raise an InputError with what is wrong."""
        raise InputError(f"{message}; --help lists the options")


def parser(prog: str) -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    about = "Serve the web application over the project in the current folder."
    options = Parser(prog=prog, description=about)
    options.add_argument("--host", default="127.0.0.1", help="an address other than loopback needs MAKEWEIGHT_TOKEN")
    options.add_argument("--port", type=port, default=8000)
    options.add_argument(
        "--requests-per-minute", type=positive, default=Limits().requests_per_minute, help="limit per client address"
    )
    options.add_argument(
        "--requests-per-batch",
        type=positive,
        default=Limits().requests_per_batch,
        help="most requests that share one pass through a network",
    )
    return options


def positive(text: str) -> int:
    """Parse a whole number of at least 1."""
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text} is no whole number of at least 1")
    return int(text)


def port(text: str) -> int:
    """Parse the number of a port; 0 lets the system choose one."""
    if not (text.isdecimal() and int(text) <= LARGEST_PORT):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 0 to {LARGEST_PORT}")
    return int(text)


def check_address(host: str, number: int) -> None:
    """Refuse an address that cannot be served at: taken, not of this machine, or reserved by the system.

    Raises:
        InputError: says why, and what else would do.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{host}:{number}: {reason}; another one would be right: --port PORT, --host HOST") from None


def checked_token(host: str, token: str | None) -> str | None:
    """Return the token that visitors must enter; on a loopback address none is needed.

    Raises:
        InputError: other machines can connect and there is no token, or the token is too short.
    """
    if token is not None and len(token) < MIN_TOKEN_LENGTH:
        raise InputError(f"MAKEWEIGHT_TOKEN has {len(token)} characters; at least {MIN_TOKEN_LENGTH} would be right")
    if token is None and not is_loopback(host):
        raise InputError(f"--host {host} lets other machines connect: set a token in MAKEWEIGHT_TOKEN first")
    return token


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_folder() -> None:
    """Refuse a folder without params.yaml."""
    if not Path("params.yaml").is_file():
        raise InputError("params.yaml: no such file; start the application in the project's folder")


if __name__ == "__main__":
    sys.exit(main())
