"""The Twelve Data feed; what it asks for is in `twelve_data.yaml`, what becomes of the answers in `producers.twelve_data`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed


@catalog_feed(
    name="feed.twelve_data",
    file=Path(__file__).with_suffix(".yaml"),
    summary="Twelve Data over REST: day bars, movers, and minute bars instead of another vendor.",
)
def twelve_data(settings: Settings) -> VendorAccess:
    """Return how Twelve Data is reached."""
    section = settings.twelve_data
    key = section.api_key.get_secret_value()
    missing = "no key: set TAPEWIRE_TWELVE_DATA__API_KEY" if not key else None
    return VendorAccess(section.rest_url, {"Authorization": f"apikey {key}"}, section.symbols, missing, section.catalog_path)
