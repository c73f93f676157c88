"""The Unusual Whales REST feed; what it asks for is in `unusual_whales.yaml`, what becomes of the answers in `producers.unusual_whales`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed

CATALOG = Path(__file__).with_suffix(".yaml")


@catalog_feed(
    name="feed.unusual_whales",
    file=CATALOG,
    summary="Unusual Whales over REST: exposures, flow, chains, dark pool, volatility, calendars and news, as its catalogue says.",
)
def unusual_whales(settings: Settings) -> VendorAccess:
    """Return how Unusual Whales is reached."""
    section = settings.unusual_whales
    key = section.api_key.get_secret_value()
    missing = "no key: set TAPEWIRE_UNUSUAL_WHALES__API_KEY" if not key else None
    if key and not section.symbols:
        missing = "no symbols: set TAPEWIRE_UNUSUAL_WHALES__SYMBOLS"
    return VendorAccess(section.rest_url, {"Authorization": f"Bearer {key}"}, section.symbols, missing, section.catalog_path)
