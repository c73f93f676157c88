"""Flow of REST answers as records: tides, premium, alerts and single option trades."""

from __future__ import annotations

import pytest

from producers.source import Refused
from schemas.ids import deterministic_id
from schemas.records import ExpiryTide, FlowAlert, FlowByStrike, GreekFlow, MarketTide, NetPremium, OptionRight, OptionTrade, TradeSide
from tests.support.uw_answers import OPENED, TODAY_DAYS, one, parse, records, refusal, row


def test_market_tide_has_new_yorks_offset() -> None:
    tide = row("market_market_tide", timestamp="2025-06-20T09:30:00-04:00", date="2025-06-20", net_put_premium="-547564.0000")
    record = one(MarketTide, records("market_market_tide", tide))
    assert record.ts_event == OPENED + 9 * 3_600_000_000 + 1_800_000_000
    assert (record.symbol, record.net_put_premium, record.otm_only) == ("MARKET", -547564.0, False)
    assert one(MarketTide, records("market_market_tide", tide, otm_only="true")).otm_only
    assert one(MarketTide, records("market_sector_sector_tide", tide)).symbol == "Technology"
    assert one(MarketTide, records("market_ticker_etf_tide", tide)).symbol == "XYZ"


def test_each_point_of_what_expires_soon_is_a_record_and_says_of_which_contracts() -> None:
    """ING-21"""
    points = [
        {
            "date": "2025-06-20", "timestamp": f"2025-06-20T13:{minute}:00Z", "net_call_premium": 2345.67, "net_put_premium": None,
            "net_volume": 12.0, "underlying_price": 596.5,
        }
        for minute in (30, 31)
    ]  # fmt: skip
    group = {"tide_type": "equity_only", "moneyness": "otm", "data": points}
    first, second = records("net_flow_expiry", group)
    assert isinstance(first, ExpiryTide) and second.ts_event - first.ts_event == 60_000_000 and first.ts_event == OPENED + 34_200_000_000
    assert (first.expirations, first.underlyings, first.moneyness, first.symbol) == ("weekly,zero_dte", "equity_only", "otm", "MARKET")
    assert (first.net_call_premium, first.net_put_premium, first.net_volume, first.session_date) == (2345.67, None, 12.0, TODAY_DAYS)
    assert records("net_flow_expiry", group, expiration="zero_dte")[0].expirations == "zero_dte"
    (refused,) = parse("net_flow_expiry", {"data": [{**group, "data": [*points, {**points[0], "timestamp": None}]}]})
    assert isinstance(refused, Refused) and refused.error.field_path == "data[0].data[2].timestamp"


def test_rows_of_an_earlier_session_are_left_out() -> None:
    """flow-per-expiry and greek-flow may answer with one."""
    today, before = (row("flow_per_expiry", date=day, expiry="2025-06-27") for day in ("2025-06-20", "2025-06-18"))
    record = one(FlowByStrike, records("flow_per_expiry", before, today))
    assert (record.session_date, record.expiry, record.strike, record.cumulative) == (TODAY_DAYS, TODAY_DAYS + 7, None, True)
    assert len(records("flow_per_expiry", before, today, date="2025-06-18")) == 2
    now, early = (row("greek_flow", timestamp=moment) for moment in ("2025-06-20T15:00:00Z", "2025-06-18T15:00:00Z"))
    assert one(GreekFlow, records("greek_flow", early, now)).ts_event == 1_750_431_600_000_000
    assert one(GreekFlow, records("greek_flow_expiry", row("greek_flow_expiry", timestamp="2025-06-20T15:00:00Z"))).expiry == TODAY_DAYS


def test_flow_by_strike_of_a_day_and_of_a_minute() -> None:
    body = row("flow_per_strike", strike="70.0", timestamp="2025-06-20T09:30:00-04:00", call_premium="9908777.0", put_volume=4306)
    day, minute = records("flow_per_strike", body)[0], records("flow_per_strike_intraday", body)[0]
    assert (day.cumulative, minute.cumulative) == (True, False)
    assert (day.strike, day.expiry, day.call_premium, day.put_volume, day.call_otm_premium) == (70.0, None, 9908777.0, 4306, None)


def test_recent_flow_is_taken_for_what_it_is() -> None:
    trade = row("option_trades", executed_at="2025-06-20T15:00:00Z")
    total = row("flow_per_expiry", date="2025-06-20")
    found = parse("flow_recent", {"data": [trade, total, {"neither": 1}]})
    assert [item.topic for item in found] == ["options.trades", "options.flow-per-strike", "options.flow-per-strike"]
    assert isinstance(found[2], Refused)


def test_net_premium_of_a_minute_is_an_increment() -> None:
    record = one(
        NetPremium,
        records("net_prem_ticks", row("net_prem_ticks", tape_time="2025-06-20T15:00:00Z", net_put_premium="-11106.00", net_put_volume=-137)),
    )
    assert (record.cumulative, record.net_put_premium, record.net_put_volume) == (False, -11106.0, -137)
    assert refusal("net_prem_ticks", net_call_premium=None) == "data[0].net_call_premium"


def test_a_flow_alert_is_told_by_its_causes() -> None:
    body = row(
        "flow_alerts", id=None, alert_rule="RepeatedHits", option_chain="XYZ250620P00100000", type="put", strike="100",
        created_at="2025-06-20T15:00:00.5Z", volume=500, total_size=300, open_interest=2000, total_premium="36000", issue_type="Common Stock",
    )  # fmt: skip
    record = one(FlowAlert, records("flow_alerts", body))
    assert record.alert_id == deterministic_id("flow-alert", "XYZ250620P00100000", "2025-06-20", 500, 300)
    assert record.vendor_alert_id is None
    assert (record.right, record.strike, record.expiry, record.volume_to_open_interest) == (OptionRight.PUT, 100.0, TODAY_DAYS, 0.25)
    assert (record.trade_ids, record.bid, record.ask_volume) == ((), None, None)
    assert one(FlowAlert, records("option_trades_flow_alerts", {**body, "open_interest": 0})).volume_to_open_interest is None


@pytest.mark.parametrize(("field", "value"), [("strike", "355"), ("expiry", "2025-06-27"), ("type", "put"), ("option_chain", "XYZ")])
def test_a_contract_that_contradicts_its_symbol_is_refused(field: str, value: str) -> None:
    assert refusal("flow_alerts", **{field: value}) == f"data[0].{field}"


def test_an_option_trade() -> None:
    body = row(
        "option_trades", tags=["ask_side", "bullish", "etf"], upstream_condition_detail="slan,isoi", price="21.50", size=2, premium="4300.00",
        underlying_price="", executed_at="2025-06-20T15:00:00.278302Z", canceled=True,
    )  # fmt: skip
    record = one(OptionTrade, records("option_contract_id_flow", body))
    assert (record.side, record.sentiment, record.tags) == (TradeSide.ASK, "bullish", ("etf",))
    assert (record.conditions, record.canceled, record.underlying_price) == (("slan", "isoi"), True, None)
    assert record.premium == record.price * record.size * 100
    assert record.ts_event == 1_750_431_600_278_302
    assert one(OptionTrade, records("option_trades", {**body, "tags": []})).side is TradeSide.NONE
    assert refusal("option_trades", size=0) == "data[0].size"
    assert refusal("option_trades", executed_at="2025-06-20T16:00:00Z") == "data[0].executed_at"
