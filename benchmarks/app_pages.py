"""Weight and first paint of every page over the last run: `python benchmarks/app_pages.py [ADDRESS]`.

The application must run (`make app`); Chromium opens each page three times, and the second and third are kept.
"""

import gzip
import os
import shutil
import sys
from statistics import median

import record

PAGES = (
    "/",
    "/report",
    "/generate",
    "/classify",
    "/compare",
    "/compare/map",
    "/compare/confusions",
    "/balance",
    "/runs",
    "/api",
)
FIRST_PAINT = "(performance.getEntriesByName('first-contentful-paint')[0] || {}).startTime"


def main(address: str) -> None:
    """Measure every page; write bytes of the page as sent and unpacked, of all its parts, and milliseconds."""
    from playwright.sync_api import sync_playwright

    found: dict[str, dict[str, float]] = {}
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for path in PAGES:
            paints = []
            for _ in range(3):
                page = chromium.new_page(viewport={"width": 1440, "height": 900})
                sizes: list[int] = []
                page.on("requestfinished", lambda request, kept=sizes: kept.append(request.sizes()["responseBodySize"]))
                page.goto(f"{address}{path}")
                page.locator("[data-reload]").wait_for(state="detached")
                paints.append(page.evaluate(FIRST_PAINT) or float("nan"))
                body = page.request.get(f"{address}{path}").body()  # Runs loads itself again until DVC has answered
                page.close()
            known = [paint for paint in paints[1:] if paint == paint]
            found[path] = {
                "page_bytes": len(body),
                "page_bytes_compressed": len(gzip.compress(body, 5)),
                "bytes_on_the_first_screen": sum(sizes),
                "first_paint_ms": round(median(known), 0) if known else -1,
            }
        chromium.close()
    numbers = {f"{path}.{name}": value for path, own in found.items() for name, value in own.items()}
    record.write("app_pages", {**numbers, "load_average": round(os.getloadavg()[0], 1)})


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
