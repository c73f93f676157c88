"""The Alpha Vantage feed; what it asks for is in `alpha_vantage.yaml`, what becomes of the answers in `producers.alpha_vantage`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed


@catalog_feed(
    name="feed.alpha_vantage",
    file=Path(__file__).with_suffix(".yaml"),
    summary="Alpha Vantage over REST: bars with other vendors to fall back on, movers, earnings dates.",
)
def alpha_vantage(settings: Settings) -> VendorAccess:
    """Return how Alpha Vantage is reached: the key goes into the address."""
    section = settings.alpha_vantage
    key = section.api_key.get_secret_value()
    missing = "no key: set TAPEWIRE_ALPHA_VANTAGE__API_KEY" if not key else None
    return VendorAccess(section.rest_url, {}, section.symbols, missing, section.catalog_path, query={"apikey": key})
