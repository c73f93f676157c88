"""Endpoints without records of their own: their rows are compared with the models and stay in raw.payloads."""

from __future__ import annotations

from producers.rest_catalog.transforms import transforms
from producers.unusual_whales import (
    parse_alerts,
    parse_calendar,
    parse_candles,
    parse_contracts,
    parse_darkpool,
    parse_disclosures,
    parse_exposures,
    parse_flow_alerts,
    parse_flow_recent,
    parse_gamma_levels,
    parse_lending,
    parse_max_pain,
    parse_news,
    parse_option_flow,
    parse_option_trades,
    parse_stocks,
    parse_tide,
    parse_volatility,
    parse_volumes,
)
from producers.unusual_whales.endpoint_parser import PREFIX, checked_only
from producers.unusual_whales.models.endpoints import ENDPOINTS

WITH_RECORDS = (
    parse_alerts, parse_calendar, parse_candles, parse_contracts, parse_darkpool, parse_disclosures, parse_exposures, parse_flow_alerts,
    parse_flow_recent, parse_gamma_levels, parse_lending, parse_max_pain, parse_news, parse_option_flow, parse_option_trades, parse_stocks,
    parse_tide, parse_volatility, parse_volumes,
)  # fmt: skip
"""Whoever has registered a transform before this module takes the rest."""

for _name in ENDPOINTS:
    if PREFIX + _name not in transforms():
        checked_only(_name)
