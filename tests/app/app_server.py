"""A project folder and a server in a process of its own, as the application's tests need them."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
from app_project import ROOT

from ports import KeptPort

PATIENCE = 300
"""Seconds after which a server is taken to hang, however busy the machine is."""


class Server:
    """The application as a user starts it, in a folder, on a free port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = KeptPort()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port.number}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        begun = time.monotonic()
        options = ["--port", str(self.port.number), "--requests-per-minute", "100000"]
        command = [sys.executable, "-m", "makeweight.app", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "MAKEWEIGHT_THREADS": "1"}
        self.process = subprocess.Popen(command, cwd=self.folder, env=environment)
        while time.monotonic() - begun < PATIENCE:
            try:
                urllib.request.urlopen(f"{self.address}/api/status", timeout=PATIENCE).read()
                return
            except (urllib.error.URLError, ConnectionError):
                assert self.process.poll() is None, "the server ended at once"
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def processor_seconds(self) -> float:
        """What it has computed so far; unlike the time that passes, this does not grow while others compute."""
        assert self.process is not None
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    def kill(self) -> None:
        """As a power cut would end it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """As Ctrl+C ends it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=PATIENCE)
            self.process = None
        self.port.let_go()


def upload(page, table: Path) -> None:
    """Bring a CSV file to the page that balances it."""
    page.goto("/")
    page.get_by_role("link", name="Balance a CSV").first.click()
    page.get_by_label("CSV file").set_input_files(table)
    page.get_by_role("button", name="Upload").click()
    arrived(page, table.name)


def arrived(page, heading: str) -> None:
    """Wait for the whole page with this heading, after a click that leads there; its scripts have run."""
    page.get_by_role("heading", name=heading).first.wait_for()
    page.wait_for_load_state()


def open_runs(page) -> None:
    """Open the page of runs, and wait until DVC has answered."""
    page.goto("/runs")
    arrived(page, "All runs")
