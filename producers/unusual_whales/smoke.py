"""Unusual Whales' live call: the market tide, which every plan has."""

from __future__ import annotations

from infra.settings import Settings
from producers.smoke import SmokeCall, smoke


@smoke("unusual_whales")
def unusual_whales(settings: Settings) -> SmokeCall | str:
    """{"data":[{"timestamp":"2025-06-03T09:30:00-04:00","net_call_premium":"-75000.0","net_put_premium":"12000.0","net_volume":1200}]}"""
    key = settings.unusual_whales.api_key.get_secret_value()
    if not key:
        return "no key: set TAPEWIRE_UNUSUAL_WHALES__API_KEY"
    fields = tuple(f"data[].{name}" for name in ("timestamp", "net_call_premium", "net_put_premium", "net_volume"))
    return SmokeCall(settings.unusual_whales.rest_url, "/api/market/market-tide", fields, {"Authorization": f"Bearer {key}"})
