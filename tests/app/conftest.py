"""A project as the current folder, empty or filled, its application, and a browser."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_project import fill, make_project
from app_server import PATIENCE, Server
from fastapi.testclient import TestClient

from makeweight.app.limits import Limits
from makeweight.app.server import create


@pytest.fixture()
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project as the current folder."""
    monkeypatch.chdir(make_project(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = make_project(tmp_path_factory.mktemp("filled"))
    fill(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


@pytest.fixture()
def client(filled: Path) -> Iterator[TestClient]:
    with TestClient(create(Limits()), base_url="http://127.0.0.1:8000", follow_redirects=False) as started:
        yield started


@pytest.fixture()
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.chdir(make_project(tmp_path))
    return TestClient(create(Limits()), base_url="http://127.0.0.1:8000")


@pytest.fixture(scope="module")
def browser() -> Iterator["object"]:
    """Chromium; tests that need it are skipped where it is not installed."""
    driver = pytest.importorskip("playwright.sync_api", reason="no browser: the package playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no browser: Chromium is not installed (apt-get install chromium)")
    with driver.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=found, args=["--no-sandbox"], timeout=PATIENCE * 1000)
        yield chromium
        chromium.close()


@pytest.fixture()
def opened(browser: "object", server: Server) -> Iterator[Callable[..., "object"]]:
    """Opens fresh pages on the server, each with its settings; the test fails if the browser reports an error."""
    errors: list[str] = []
    contexts = []

    def open_page(**settings: object) -> "object":
        context = browser.new_context(base_url=server.address, **settings)
        contexts.append(context)
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not [error for error in errors if "Failed to load resource" not in error]


@pytest.fixture()
def page(opened: Callable[..., "object"]) -> "object":
    """A fresh page of a usual size."""
    return opened(viewport={"width": 1100, "height": 850})
