"""The FRED feed; what it asks for is in `fred.yaml`, what becomes of the answers in `producers.fred`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed


@catalog_feed(name="feed.fred", file=Path(__file__).with_suffix(".yaml"), summary="FRED over REST: release dates and a few series.")
def fred(settings: Settings) -> VendorAccess:
    """Return how FRED is reached: the key goes into the address."""
    section = settings.fred
    key = section.api_key.get_secret_value()
    missing = "no key: set TAPEWIRE_FRED__API_KEY" if not key else None
    return VendorAccess(section.rest_url, {}, (), missing, section.catalog_path, query={"api_key": key})
