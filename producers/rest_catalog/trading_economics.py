"""The Trading Economics feed; what it asks for is in `trading_economics.yaml`, what becomes of the answers in `producers.trading_economics`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed


@catalog_feed(
    name="feed.trading_economics",
    file=Path(__file__).with_suffix(".yaml"),
    summary="Trading Economics' economic calendar, at most 2,000 requests a month.",
)
def trading_economics(settings: Settings) -> VendorAccess:
    """Return how the vendor is reached."""
    section = settings.trading_economics
    key = section.api_key.get_secret_value()
    missing = "no key: set TAPEWIRE_TRADING_ECONOMICS__API_KEY" if not key else None
    return VendorAccess(section.rest_url, {"Authorization": f"Client {key}"}, (), missing, section.catalog_path)
