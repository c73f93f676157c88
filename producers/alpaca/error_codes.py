"""What the error codes of Alpaca's stream mean, and what can be done about each.

Vendor page: https://docs.alpaca.markets/docs/streaming-market-data#errors
"""

from __future__ import annotations

from infra.errors import Retryable
from producers.source import Unlicensed

ERRORS = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "authentication failed",
    403: "already authenticated",
    404: "authentication timeout",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
    407: "slow client",
    408: "feed not enabled",
    409: "insufficient subscription",
    410: "invalid subscribe action for this feed",
    500: "internal error",
}
# The key, or what it pays for: a wait of seconds changes nothing.
_REFUSED = frozenset({401, 402, 405, 408, 409, 410})


def error_of(code: int, message: str, endpoint: str) -> Retryable:
    """Return the error that a code stands for: `Unlicensed` where key or plan are refused."""
    name = ERRORS.get(code, "unknown error")
    said = "" if message == name else f" ({message[:80]})"
    hint = "; another process uses the same key" if code == 406 else ""
    text = f"expected Alpaca's {endpoint} to go on, found error {code} {name}{said}{hint}"
    return Unlicensed(text) if code in _REFUSED else Retryable(text)
