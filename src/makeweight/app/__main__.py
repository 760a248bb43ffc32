"""Start the web application: `python -m makeweight.app`; on 127.0.0.1 unless told otherwise."""

import argparse
import ipaddress
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from makeweight.app.limits import Limits
from makeweight.core.errors import InputError

SHORTEST_TOKEN = 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the current folder until stopped."""
    options = parser().parse_args(arguments)
    try:
        token = checked_token(options.host, os.environ.get("MAKEWEIGHT_TOKEN") or None)
        check_folder()
        limits = Limits(requests_per_minute=options.requests_per_minute, requests_together=options.requests_together)
    except InputError as mistake:
        sys.stderr.write(f"app: {mistake}\n")
        return 1
    import uvicorn

    from makeweight.app.server import create

    sys.stderr.write(f"Makeweight on http://{options.host}:{options.port} (Ctrl+C ends it)\n")
    uvicorn.run(
        create(limits, token), host=options.host, port=options.port, log_level="warning", server_header=False,
        timeout_keep_alive=10, timeout_graceful_shutdown=5, proxy_headers=False, ws="none",
    )  # fmt: skip
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m makeweight.app", description=__doc__)
    made.add_argument("--host", default="127.0.0.1", help="any other than a loopback address needs MAKEWEIGHT_TOKEN")
    made.add_argument("--port", type=int, default=8000)
    made.add_argument(
        "--requests-per-minute", type=positive, default=Limits().requests_per_minute, help="limit per client address"
    )
    made.add_argument(
        "--requests-together",
        type=positive,
        default=Limits().requests_together,
        help="most requests that one pass through a network answers",
    )
    return made


def positive(text: str) -> int:
    """A whole number of at least 1, or argparse's complaint."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


def checked_token(host: str, token: str | None) -> str | None:
    """The token to ask visitors for; none is needed where only this machine can call.

    Raises:
        InputError: others can call and there is no token, or one that could be guessed.
    """
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise InputError(f"MAKEWEIGHT_TOKEN has {len(token)} characters; at least {SHORTEST_TOKEN} would be right")
    if token is None and not is_loopback(host):
        raise InputError(f"--host {host} lets other machines in: set a token first, in MAKEWEIGHT_TOKEN")
    return token


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_folder() -> None:
    """Refuse a folder that is no project."""
    if not Path("params.yaml").is_file():
        raise InputError("params.yaml: no such file; start the application in the project's folder")


if __name__ == "__main__":
    sys.exit(main())
