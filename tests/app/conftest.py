"""A project as the current folder, and a browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_project import make_project
from app_server import Server


@pytest.fixture()
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project as the current folder."""
    monkeypatch.chdir(make_project(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def browser() -> Iterator["object"]:
    """Chromium; tests that need it are skipped where it is not installed."""
    driver = pytest.importorskip("playwright.sync_api", reason="no browser: the package playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no browser: Chromium is not installed (apt-get install chromium)")
    with driver.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture()
def page(browser: "object", server: Server) -> Iterator["object"]:
    """A fresh page on the server; the test fails if the browser reports an error."""
    context = browser.new_context(base_url=server.address, viewport={"width": 1100, "height": 850})
    context.set_default_timeout(90_000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert not [error for error in errors if "Failed to load resource" not in error]
