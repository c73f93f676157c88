"""Answers about shares lent and created: what borrowing costs, and what flows into funds."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from infra.vendorsim.unusual_whales_endpoint import Asked, endpoint
from infra.vendorsim.unusual_whales_exposures import session_days
from infra.vendorsim.unusual_whales_wire import text, utc

_SAMPLE_US = 3 * 3_600 * 1_000_000
_SAMPLES = 40


@endpoint("/api/shorts/{ticker}/data", "newer_than:m older_than:m")
def borrowing(asked: Asked) -> Any:
    """A sample every three hours, newest first; dear where the stock is wild."""
    newer, older = asked.between()
    stock = asked.day.underlying
    rows = []
    for number in range(_SAMPLES):
        moment = asked.now_us // _SAMPLE_US * _SAMPLE_US - number * _SAMPLE_US
        random = np.random.default_rng((asked.market.seed, 70_000 + stock.number, moment // _SAMPLE_US))
        fee = 0.25 + 30 * max(stock.volatility - 1, 0) * random.uniform(0.8, 1.2) + random.uniform(0, 0.1)
        if newer < moment < older:
            rows.append({
                "currency": "USD", "fee_rate": text(fee, 4), "name": f"{stock.symbol} CORP", "rebate_rate": text(4.1 - fee, 4),
                "short_shares_available": int(random.integers(50_000, 5_000_000)), "symbol": stock.symbol, "timestamp": utc(moment),
            })  # fmt: skip
    return {"data": rows}


@endpoint("/api/etfs/{ticker}/in-outflow", "start_date:d end_date:d")
def fund_flows(asked: Asked) -> Any:
    """Shares created and redeemed by finished session, newest first; a company that is no fund has none."""
    stock = asked.day.underlying
    first, last = asked.values.get("start_date", date.min), asked.values.get("end_date", date.max)
    rows = []
    for session in session_days(asked.market.date, "1Y")[1:] if stock.is_index else ():
        random = np.random.default_rng((asked.market.seed, 71_000 + stock.number, session.toordinal()))
        close, change = stock.previous_close * float(np.exp(random.normal(0, 0.02))), int(random.normal(0, 4e6))
        if first <= session <= last:
            rows.append({
                "change": change, "change_prem": text(change * close, 1), "close": text(close), "date": session.isoformat(),
                "is_fomc": False, "volume": int(random.uniform(3e7, 9e7)),
            })  # fmt: skip
    return {"data": rows}
