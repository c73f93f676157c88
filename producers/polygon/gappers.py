"""Polygon's list of the day's gainers, polled: the gapper feed (ING-01)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from producers.rest import RestClient
from producers.source import Payload

ENDPOINT = "/v2/snapshot/locale/us/markets/stocks/gainers"


async def fetch_gainers(client: RestClient) -> AsyncIterator[Payload]:
    """Yield the answer of one poll."""
    yield await client.get(ENDPOINT, ENDPOINT, {})
