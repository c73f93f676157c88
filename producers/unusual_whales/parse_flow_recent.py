"""Recent flow: the specification's schema shows sums by expiry, its text and vendors' users single trades. Each row is taken for what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.errors import Permanent
from producers.rest_catalog.transforms import transform
from producers.source import Parsed, Payload, Refused, Stamps
from producers.unusual_whales import parse_option_flow, parse_option_trades
from producers.unusual_whales.body import read, rows_in, written
from producers.unusual_whales.endpoint_parser import PREFIX, answer_of, records_of
from producers.unusual_whales.models.rest_market import FlowPerExpiryRow, OptionContractIdFlowRow

_MARK_OF_A_TRADE = "option_chain_id"


@transform(f"{PREFIX}flow_recent")
def flow_recent(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"option_chain_id":"NVDA250117C00124000","price":"21.50",...} is a trade; {"expiry":"2024-01-26","call_premium":"5839180",...} is a sum."""
    value = read(payload.body)
    answer = answer_of(value, payload, stamps, options)
    found: list[Parsed | Refused] = []
    for path, row in rows_in(value, FlowPerExpiryRow):
        is_trade = isinstance(row, dict) and _MARK_OF_A_TRADE in row
        topic = parse_option_trades.TOPIC if is_trade else parse_option_flow.BY_STRIKE
        try:
            if is_trade:
                found += records_of(row, OptionContractIdFlowRow, parse_option_trades.rest_trade, answer, topic, path)
            else:
                found += records_of(row, FlowPerExpiryRow, parse_option_flow.flow_of_an_expiry, answer, topic, path)
        except Permanent as error:
            found.append(Refused(topic, written(row), error))
    return found
