"""The Yahoo feed; what it asks for is in `yahoo.yaml`, what becomes of the answers in `producers.yahoo`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed

_HEADERS = {"User-Agent": "Mozilla/5.0", "Accept": "application/json"}  # without a browser's name it answers 429


@catalog_feed(
    name="feed.yahoo",
    file=Path(__file__).with_suffix(".yaml"),
    summary="Yahoo over REST: earnings dates of the next days, and bars instead of another vendor.",
)
def yahoo(settings: Settings) -> VendorAccess:
    """Return how Yahoo is reached; there is no key, so it is switched on by name."""
    section = settings.yahoo
    missing = None if section.enabled else "switched off: set TAPEWIRE_YAHOO__ENABLED=true"
    return VendorAccess(section.rest_url, _HEADERS, section.symbols, missing, section.catalog_path)
