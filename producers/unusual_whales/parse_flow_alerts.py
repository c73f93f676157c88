"""Flow alerts, over REST and over the stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.market_calendar import trading_day
from producers.stamped import Stamped
from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import contract_of, count, day, name, not_negative
from producers.unusual_whales.models.rest_market import OptionTradesFlowAlertsRow
from producers.unusual_whales.models.websocket import FlowAlertsMessage
from schemas.ids import deterministic_id
from schemas.instruments import OptionSymbol
from schemas.records import FlowAlert

TOPIC = "options.flow-alerts"


@endpoint("option_trades_flow_alerts", "flow_alerts", model=OptionTradesFlowAlertsRow, topic=TOPIC)
def rest_alert(row: OptionTradesFlowAlertsRow, answer: Answer) -> Iterator[FlowAlert]:
    """{"alert_rule":"RepeatedHits","created_at":"2023-12-12T16:35:52.168490Z","option_chain":"MSFT231222C00375000","total_premium":"186705",...}"""
    moment_us = answer.happened(row.created_at, "created_at")
    contract = contract_of(row.option_chain, "option_chain", row.strike, row.expiry, row.type, "type")
    yield _alert(row, answer.at(moment_us), contract, rule=row.alert_rule, issue_type=row.issue_type, vendor_alert_id=row.id or None)


def stream_alert(message: FlowAlertsMessage, answer: Answer) -> Iterator[FlowAlert]:
    """{"id":"1f0c7d3e-…","rule_name":"RepeatedHits","option_chain":"XYZ250620P00100000","start_time":1750431600000,"end_time":1750431600400,...}"""
    first, last = (answer.happened(getattr(message, field), field) for field in ("start_time", "end_time"))
    yield _alert(
        message,
        answer.at(last),
        contract_of(message.option_chain, "option_chain"),
        vendor_alert_id=name(message.id, "id"),
        rule=message.rule_name,
        ts_first_trade=first,
        ts_last_trade=last,
        bid=message.bid,
        ask=message.ask,
        ask_volume=message.ask_vol,
        bid_volume=message.bid_vol,
        mid_volume=message.mid_vol,
        no_side_volume=message.no_side_vol,
        multi_leg_volume=message.multi_vol,
        stock_multi_leg_volume=message.stock_multi_vol,
        trade_ids=tuple(message.trade_ids or ()),
        conditions=tuple(message.upstream_condition_details or ()),
        exchanges=tuple(message.exchanges or ()),
    )


def alert_id(option_symbol: str, moment_us: int, volume: int, total_size: int) -> str:
    """Return the id of an alert, made of what every road of the vendor tells: REST sends no id and another time than the stream.

    The volume of the contract grows with each trade, so two bursts never have the same.
    """
    return deterministic_id("flow-alert", option_symbol, trading_day(moment_us).isoformat(), volume, total_size)


def _alert(row: Any, stamped: Stamped, contract: OptionSymbol, **more: Any) -> FlowAlert:
    volume, open_interest = count(row.volume, "volume"), row.open_interest
    total_size = count(row.total_size, "total_size")
    return FlowAlert(
        symbol=name(row.ticker, "ticker"),
        **stamped,
        alert_id=alert_id(row.option_chain, stamped["ts_event"], volume, total_size),
        option_symbol=row.option_chain,
        expiry=day(contract.expiry, "option_chain"),
        strike=contract.strike,
        right=contract.right,
        price=not_negative(row.price, "price"),
        underlying_price=row.underlying_price,
        total_premium=not_negative(row.total_premium, "total_premium"),
        ask_side_premium=row.total_ask_side_prem,
        bid_side_premium=row.total_bid_side_prem,
        total_size=total_size,
        trade_count=count(row.trade_count, "trade_count"),
        expiry_count=row.expiry_count,
        volume=volume,
        open_interest=open_interest,
        volume_to_open_interest=volume / open_interest if open_interest else None,
        has_sweep=row.has_sweep,
        has_floor=row.has_floor,
        has_single_leg=row.has_singleleg,
        has_multi_leg=row.has_multileg,
        all_opening=row.all_opening_trades,
        **more,
    )
