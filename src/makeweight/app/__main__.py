"""Start the web application: `python -m makeweight.app`; on 127.0.0.1 by default."""

import argparse
import ipaddress
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from makeweight.app.limits import Limits
from makeweight.core.errors import InputError

MIN_TOKEN_LENGTH = 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the project in the current folder until stopped; return the exit status."""
    options = parser().parse_args(arguments)
    try:
        token = checked_token(options.host, os.environ.get("MAKEWEIGHT_TOKEN") or None)
        check_folder()
        limits = Limits(requests_per_minute=options.requests_per_minute, requests_per_batch=options.requests_per_batch)
    except InputError as mistake:
        sys.stderr.write(f"app: {mistake}\n")
        return 1
    import uvicorn

    from makeweight.app.server import create

    sys.stderr.write(f"Makeweight on http://{options.host}:{options.port} (Ctrl+C stops it)\n")
    uvicorn.run(
        create(limits, token), host=options.host, port=options.port, log_level="warning", server_header=False,
        timeout_keep_alive=10, timeout_graceful_shutdown=5, proxy_headers=False, ws="none",
    )  # fmt: skip
    return 0


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    options = argparse.ArgumentParser(prog="python -m makeweight.app", description=__doc__)
    options.add_argument("--host", default="127.0.0.1", help="an address other than loopback needs MAKEWEIGHT_TOKEN")
    options.add_argument("--port", type=int, default=8000)
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
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


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
