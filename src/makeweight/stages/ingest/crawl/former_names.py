"""Names that the fields of a site's card had before, so that older cards still work."""

from typing import Any

from makeweight.core import progress

FIELDS = {"pace": "rate_limit", "hosts": "allowed_hosts", "item": "schema_type"}
RATE_LIMIT = {"concurrency": "concurrent_requests", "delay": "delay_seconds", "throttle": "autothrottle"}


def with_current_names(values: Any) -> Any:
    """Return a card's `source` with the current names of its fields; says which names were replaced."""
    if not isinstance(values, dict):
        return values
    renamed, replaced = rename(values, FIELDS)
    if isinstance(renamed.get("rate_limit"), dict):
        renamed["rate_limit"], inner = rename(renamed["rate_limit"], RATE_LIMIT)
        replaced += inner
    if replaced:
        current = ", ".join(f"`{former}` as `{name}`" for former, name in replaced)
        progress.say(f"ingest: the card's `source` is read with the current names of its fields: {current}")
    return renamed


def rename(values: dict[str, Any], names: dict[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the values under their current names, and which names were replaced."""
    replaced = [(key, names[key]) for key in values if key in names and names[key] not in values]
    former = dict(replaced)
    return {former.get(key, key): value for key, value in values.items()}, replaced
