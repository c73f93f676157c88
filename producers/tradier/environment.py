"""Where Tradier is: the sandbox, 15 minutes late and without a stream, or production (CFG-12)."""

from __future__ import annotations

from dataclasses import dataclass

from infra.vendor_settings import TradierSettings

SANDBOX_DELAY_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Environment:
    """One of the two.

    Attributes
    ----------
    websocket_url
        None where nothing streams.
    delay_seconds
        By which quotes and bars are held back.
    """

    rest_url: str
    websocket_url: str | None
    delay_seconds: int


def environment_of(settings: TradierSettings) -> Environment:
    """Return what the settings choose; addresses of their own replace the environment's."""
    if settings.environment == "sandbox":
        return Environment(settings.rest_url or "https://sandbox.tradier.com", None, SANDBOX_DELAY_SECONDS)
    websocket_url = settings.websocket_url or "wss://ws.tradier.com/v1/markets/events"
    return Environment(settings.rest_url or "https://api.tradier.com", websocket_url, 0)
