"""An item of a page's data: its texts and the addresses of its pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from makeweight.stages.ingest.crawl.json_ld import JsonNumber, decode_entities, storable
from makeweight.stages.ingest.crawl.json_objects import (
    PATH_STEP,
    Nodes,
    property_of,
    resolve,
    values_at,
)

TEXT_KEYS = ("@value", "value", "name", "item", "url")
"""Where an object has its text, in this order."""
PICTURE_KEYS = ("contentUrl", "url", "src", "thumbnailUrl", "thumbnail", "@id")
"""Where an ImageObject has the address of the picture; its name is none."""


@dataclass(frozen=True, slots=True)
class Item:
    """An object of the page's data, with the objects to which it may refer by `@id`."""

    content: dict[str, Any]
    nodes: Nodes

    def values(self, path: str) -> Iterator[Any]:
        """Yield the values at a dotted path; `additionalProperty[name=nodes].value` selects a member of a list."""
        yield from values_at(self.content, PATH_STEP.findall(path), self.nodes)

    def text(self, path: str) -> str | None:
        """Return the first text at a path, or None."""
        return next((text for value in self.values(path) if (text := self.plain(value)) is not None), None)

    def pictures(self, path: str) -> Iterator[str]:
        """Yield the addresses of pictures at a path, in their order."""
        for value in self.values(path):
            yield from self.addresses(value)

    def plain(self, value: Any) -> str | None:
        """Return a value as text without surrounding white space; None for an empty one."""
        if isinstance(value, JsonNumber):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return storable(value).strip() or None
        if isinstance(value, list):
            return next((text for member in value if (text := self.plain(member)) is not None), None)
        if not isinstance(value, dict):
            return None
        value = resolve(value, self.nodes)
        texts = (self.plain(property_of(value, key)) for key in TEXT_KEYS)
        found = next((text for text in texts if text is not None), None)
        identifier = str(value.get("@id", ""))
        return identifier if found is None and identifier.startswith(("http://", "https://")) else found

    def addresses(self, value: Any) -> Iterator[str]:
        """Yield the addresses of a picture, which is given as text, as an ImageObject or as a list of both."""
        if isinstance(value, str) and value.strip():
            yield decode_entities(storable(value)).strip()
        elif isinstance(value, list):
            for member in value:
                yield from self.addresses(member)
        elif isinstance(value, dict):
            found = resolve(value, self.nodes)
            for key in PICTURE_KEYS:
                part = property_of(found, key)
                if key != "@id" or str(part).startswith(("http://", "https://")):
                    yield from self.addresses(part)
