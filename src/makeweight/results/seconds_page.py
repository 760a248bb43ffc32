"""Where the stage `report` puts the page of the last run's seconds, and how the report links to it."""

from makeweight.core import paths

PAGE = paths.SCRATCH / "seconds.html"
LINK = f"../{PAGE.as_posix()}"
"""The page as seen from plots/."""
