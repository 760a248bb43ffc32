"""The report as the application serves it: pictures have addresses of their own, and load as they come into view."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from makeweight.app import artefacts
from makeweight.results.seconds_page import LINK

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
PICTURE = re.compile(r'src="data:(image/(?:png|webp));base64,([A-Za-z0-9+/=]*)"')
SECONDS = f'href="{LINK}"'
"""The report's link to the page of the seconds."""
HOME = '<header>\n<p class="home"><a href="/">The application</a></p>'


@dataclass(frozen=True, slots=True)
class Picture:
    """An embedded picture."""

    media_type: str
    content: bytes


@dataclass(frozen=True)
class ServedReport:
    """The page without its style and its pictures, which the policy and the weight of a page keep apart."""

    page: str
    style: str
    pictures: tuple[Picture, ...]


def served(path: Path) -> ServedReport:
    """Take a page that the stage `report` wrote to pieces; values in it were escaped by that stage."""
    text = path.read_text(encoding="utf-8")
    found = STYLE.search(text)
    style = found.group(1) if found else ""
    text = STYLE.sub('<link rel="stylesheet" href="/report/style.css">', text, count=1)
    pictures: list[Picture] = []

    def address(match: re.Match[str]) -> str:
        pictures.append(Picture(match.group(1), base64.b64decode(match.group(2))))
        return f'src="/report/picture/{len(pictures) - 1}"'

    text = PICTURE.sub(address, text).replace(SECONDS, 'href="/report/seconds"').replace("<header>", HOME, 1)
    return ServedReport(text, style, tuple(pictures))


def current() -> ServedReport:
    """The report of the last run.

    Raises:
        MissingError: the stage has not run.
    """
    return artefacts.CACHE.get("served report", artefacts.REPORT.require(), served)


def seconds() -> ServedReport:
    """The page of the last run's seconds.

    Raises:
        MissingError: the stage `report` has not run on this machine.
    """
    return artefacts.CACHE.get("served report", artefacts.SECONDS.require(), served)
