"""Tradier's live call: one quote."""

from __future__ import annotations

from infra.settings import Settings
from producers.smoke import SmokeCall, smoke
from producers.tradier.environment import environment_of
from producers.tradier.parse_rest import QUOTES_ENDPOINT


@smoke("tradier")
def tradier(settings: Settings) -> SmokeCall | str:
    """{"quotes":{"quote":{"symbol":"SPY","bid":604.1,"ask":604.2,"bid_date":1748957400000,...}}}: one symbol is not in a list."""
    token = settings.tradier.access_token.get_secret_value()
    if not token:
        return "no key: set TAPEWIRE_TRADIER__ACCESS_TOKEN"
    fields = tuple(f"quotes.quote.{name}" for name in ("symbol", "bid", "ask", "bid_date", "ask_date"))
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return SmokeCall(environment_of(settings.tradier).rest_url, QUOTES_ENDPOINT, fields, headers, {"symbols": "SPY"})
