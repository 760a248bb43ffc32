"""`python -m makeweight.ingest.shop`: open the shop for a look at it; it closes with Ctrl-C."""

import argparse
import asyncio
from pathlib import Path

from makeweight.core import progress
from makeweight.stages.ingest.shop import server


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20, help="of everything simulated")
    parser.add_argument("--port", type=int, default=8080, help="0: any free port")
    parser.add_argument("--truth", type=Path, help="write what is a relisting of what, and what is damaged")
    chosen = parser.parse_args()
    site = server.open_shop(chosen.seed, chosen.truth)
    try:
        asyncio.run(server.serve(site.answer, chosen.port, lambda port: progress.say(f"http://127.0.0.1:{port}/")))
    except KeyboardInterrupt:
        progress.say("closed")


if __name__ == "__main__":
    main()
