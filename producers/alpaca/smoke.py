"""Alpaca's live call: one minute bar."""

from __future__ import annotations

from infra.settings import Settings
from producers.smoke import SmokeCall, smoke


@smoke("alpaca")
def alpaca(settings: Settings) -> SmokeCall | str:
    """{"bars":{"SPY":[{"c":604.1,"h":604.2,"l":604.0,"n":12,"o":604.1,"t":"2025-06-03T13:30:00Z","v":1200,"vw":604.1}]},"next_page_token":null}"""
    vendor = settings.alpaca
    key, secret = vendor.api_key.get_secret_value(), vendor.api_secret.get_secret_value()
    if not key or not secret:
        return "no key: set TAPEWIRE_ALPACA__API_KEY and TAPEWIRE_ALPACA__API_SECRET"
    query = {"symbols": "SPY", "timeframe": "1Min", "limit": "1", "sort": "desc", "feed": "iex", "start": "2025-06-02T13:30:00Z"}
    headers = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
    return SmokeCall(vendor.rest_url, "/v2/stocks/bars", tuple(f"bars.SPY[].{name}" for name in "tohlcv"), headers, query)
