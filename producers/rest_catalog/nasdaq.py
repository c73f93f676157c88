"""The Nasdaq feed; what it asks for is in `nasdaq.yaml`, what becomes of the answers in `producers.nasdaq`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed

_HEADERS = {"User-Agent": "Mozilla/5.0", "Accept": "application/json"}  # without a browser's name it does not answer at all


@catalog_feed(name="feed.nasdaq", file=Path(__file__).with_suffix(".yaml"), summary="Nasdaq's earnings calendar, twice a day.")
def nasdaq(settings: Settings) -> VendorAccess:
    """Return how Nasdaq is reached; there is no key, so it is switched on by name."""
    section = settings.nasdaq
    missing = None if section.enabled else "switched off: set TAPEWIRE_NASDAQ__ENABLED=true"
    return VendorAccess(section.rest_url, _HEADERS, (), missing, section.catalog_path)
