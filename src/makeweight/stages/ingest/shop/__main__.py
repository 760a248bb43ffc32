"""`python -m makeweight.stages.ingest.shop`: serve the shop to look at it in a browser; Ctrl-C stops it."""

import argparse
import asyncio
from pathlib import Path

from makeweight.core import progress, stopping
from makeweight.stages.ingest.shop import server


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20, help="seed of everything simulated")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free port")
    parser.add_argument("--truth", type=Path, help="file to which relistings and damages are written")
    arguments = parser.parse_args()
    stopping.end_with_parent()
    site = server.open_shop(arguments.seed, arguments.truth)
    try:
        asyncio.run(server.serve(site.respond, arguments.port, lambda port: progress.say(f"http://127.0.0.1:{port}/")))
    except KeyboardInterrupt:
        progress.say("closed")


if __name__ == "__main__":
    main()
