"""The Financial Modeling Prep feed; what it asks for is in the YAML beside it, what becomes of the answers in `producers.financial_modeling_prep`."""

from __future__ import annotations

from pathlib import Path

from infra.settings import Settings
from producers.rest_catalog.feed import VendorAccess, catalog_feed


@catalog_feed(
    name="feed.financial_modeling_prep",
    file=Path(__file__).with_suffix(".yaml"),
    summary="Financial Modeling Prep's earnings calendar, at most 250 requests a day.",
)
def financial_modeling_prep(settings: Settings) -> VendorAccess:
    """Return how the vendor is reached: the key goes into the address."""
    section = settings.financial_modeling_prep
    key = section.api_key.get_secret_value()
    missing = "no key: set TAPEWIRE_FINANCIAL_MODELING_PREP__API_KEY" if not key else None
    return VendorAccess(section.rest_url, {}, section.symbols, missing, section.catalog_path, query={"apikey": key})
