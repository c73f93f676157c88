"""The Finnhub feed; what it asks for is in `finnhub.yaml`, what becomes of the answers in `producers.finnhub`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed


@catalog_feed(name="feed.finnhub", file=Path(__file__).with_suffix(".yaml"), summary="Finnhub over REST: daily quotes and earnings dates.")
def finnhub(settings: Settings) -> VendorAccess:
    """Return how Finnhub is reached."""
    section = settings.finnhub
    key = section.api_key.get_secret_value()
    missing = "no key: set TAPEWIRE_FINNHUB__API_KEY" if not key else None
    return VendorAccess(section.rest_url, {"X-Finnhub-Token": key}, section.symbols, missing, section.catalog_path)
