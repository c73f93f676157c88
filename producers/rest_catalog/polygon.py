"""The Polygon (Massive) REST feed; what it asks for is in `polygon.yaml`, what becomes of the answers in `producers.polygon`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed

CATALOG = Path(__file__).with_suffix(".yaml")
EQUITY = "equity"


@catalog_feed(
    name="feed.polygon_rest",
    file=CATALOG,
    summary="Polygon over REST: option chains, bars of more lengths, snapshots, splits, dividends and reference data, as its catalogue says.",
)
def polygon(settings: Settings) -> VendorAccess:
    """Return how Polygon is reached."""
    section = settings.polygon
    key = section.api_key.get_secret_value()
    missing = None
    if not section.poll_rest:
        missing = "off: set TAPEWIRE_POLYGON__POLL_REST"
    elif not key:
        missing = "no key: set TAPEWIRE_POLYGON__API_KEY"
    elif section.use_equity and not section.symbols:
        missing = "no symbols: set TAPEWIRE_POLYGON__SYMBOLS"
    switched_off = frozenset[str]() if section.use_equity else frozenset({EQUITY})
    return VendorAccess(
        section.rest_url, {"Authorization": f"Bearer {key}"}, section.symbols, missing, section.catalog_path, switched_off=switched_off
    )
