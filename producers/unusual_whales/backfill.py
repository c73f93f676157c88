"""Option trades that the stream missed, over REST: the newest first, page by page, as far as the vendor's budget allows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from infra.clock import to_datetime
from infra.errors import Permanent, Retryable
from infra.logging_setup import logger
from producers.rest import RestClient
from producers.rest_catalog.row_steps import moment_us
from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Payload, Refused, Stamps
from producers.unusual_whales.body import read, rows_in
from producers.unusual_whales.misfit import shown
from producers.unusual_whales.models.endpoints import ENDPOINTS

NAME = "option_trades"
PATH = ENDPOINTS[NAME].path
_PAGE_ROWS = 500
_SAME_MOMENT_US = 1_000  # the page after begins within the moment in which the one before ended: what comes twice is known by its id
log = logger(__name__)


class TradeHistory:
    """Fetches stretches of the past.

    Parameters
    ----------
    client
        The vendor's REST interface; it paces.
    tickers
        Underlyings that the stream carries; empty for the whole market.
    most_requests
        Of one stretch: the REST feed lives on the same budget.
    """

    def __init__(self, client: RestClient, tickers: Sequence[str], most_requests: int) -> None:
        self._client = client
        self._tickers = tickers
        self._most = most_requests

    async def fetch(self, start_us: int, end_us: int, symbols: Sequence[str] | None) -> AsyncIterator[Payload]:
        """Yield the answers for ``[start_us, end_us)``; one that fails or is one too many ends it and is told: the stream must go on."""
        asked = 0
        for ticker in symbols or self._tickers or ("",):
            older_us = end_us
            while older_us > start_us:
                if asked == self._most:
                    log.warning("backfill_incomplete", start_us=start_us, reached_us=older_us, ticker=ticker, error=f"more than {asked} pages")
                    return
                asked += 1
                try:
                    payload, oldest_us, is_full = await self._page(ticker, start_us, older_us)
                except (Retryable, Permanent) as error:
                    log.warning("backfill_incomplete", start_us=start_us, reached_us=older_us, ticker=ticker, error=str(error))
                    return
                yield payload
                if not is_full:
                    break
                older_us = min(oldest_us + _SAME_MOMENT_US, older_us - 1)

    async def _page(self, ticker: str, start_us: int, older_us: int) -> tuple[Payload, int, bool]:
        """Return a page, the moment of its oldest row, and whether there may be another."""
        parameters = {"limit": str(_PAGE_ROWS), "newer_than": _written(start_us - 1), "older_than": _written(older_us)}
        if ticker:
            parameters["ticker_symbol"] = ticker
        payload = await self._client.get(PATH, PATH, parameters)
        rows = [row for _, row in rows_in(read(payload.body), ENDPOINTS[NAME].model)]
        if len(rows) < _PAGE_ROWS:
            return payload, start_us, False
        return payload, min(_moment_us(row) for row in rows), True


def parse_history(payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
    """Return the trades of an answer; what does not fit as a whole is refused once."""
    try:
        return transforms()["uw_option_trades"](payload, stamps, {})
    except Permanent as error:
        return [Refused("options.trades", payload.body, error)]


def _moment_us(row: object) -> int:
    told = row.get("executed_at") if isinstance(row, dict) else None
    found = moment_us(told)
    if found is None:
        raise Permanent(f"field executed_at: expected a time, found {shown(told)}", "executed_at")
    return found


def _written(moment_us: int) -> str:
    return to_datetime(moment_us).isoformat().replace("+00:00", "Z")
