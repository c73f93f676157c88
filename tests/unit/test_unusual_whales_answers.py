"""REST answers as records: units, signs, sessions and times, each trap of the vendor with a body written by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from infra.errors import Permanent
from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Refused
from producers.unusual_whales import parse_raw_only
from producers.unusual_whales.answer import start_of
from producers.unusual_whales.models.endpoints import ENDPOINTS
from producers.unusual_whales.parse_disclosures import amounts
from schemas.ids import deterministic_id
from schemas.record import Record
from schemas.records import (
    Bar,
    CalendarEvent,
    CongressTrade,
    DarkpoolPrint,
    EarningsReport,
    ExposureBasis,
    ExposureScope,
    ExposureUnit,
    FlowAlert,
    FlowByStrike,
    GammaLevels,
    GreekExposure,
    GreekFlow,
    Headline,
    InsiderTrade,
    Licence,
    MarketTide,
    MaxPain,
    NetPremium,
    OptionContract,
    OptionRight,
    OptionTrade,
    OptionVolume,
    PriceLevel,
    ReportTime,
    Resolution,
    TradeSide,
    UserAlert,
    VolatilityMeasure,
    VolatilityPoint,
    VolumeScope,
)
from tests.support.unusual_whales import NOW, STAMPS, payload, sample

TODAY = date(2025, 6, 20)
TODAY_DAYS = (TODAY - date(1970, 1, 1)).days
OPENED = start_of(TODAY)


def parse(name: str, body: Any, options: dict[str, str] | None = None, **parameters: str) -> list[Parsed | Refused]:
    assert parse_raw_only.WITH_RECORDS
    return list(transforms()[f"uw_{name}"](payload(name, orjson.dumps(body), **parameters), STAMPS, options or {}))


def records(name: str, *rows: dict[str, Any], options: dict[str, str] | None = None, **parameters: str) -> list[Any]:
    found = parse(name, {"data": list(rows)}, options, **parameters)
    refusals = [item.error for item in found if isinstance(item, Refused)]
    assert refusals == []
    return [item.record for item in found if isinstance(item, Parsed)]


def row(name: str, **values: Any) -> dict[str, Any]:
    """Return a row that fits, with some of its values."""
    model = ENDPOINTS[name].model
    assert model is not None
    return {**sample(model), **values}


def refusal(name: str, **values: Any) -> str | None:
    """Return the path at which a row with these values is refused."""
    (item,) = parse(name, {"data": [row(name, **values)]})
    assert isinstance(item, Refused)
    return item.error.field_path


def one(kind: type[Record], found: list[Any]) -> Any:
    (record,) = found
    assert type(record) is kind
    return record


def test_daily_exposure_is_in_shares_and_puts_bring_their_sign() -> None:
    """X-01: greek-exposure is made of daily open interest; the net is the plain sum."""
    record = one(
        GreekExposure, records("greek_exposure", row("greek_exposure", date="2025-06-20", call_gamma="900.5", put_gamma="-1200.25", put_vanna=None))
    )
    assert (record.unit, record.basis, record.scope) == (ExposureUnit.SHARES, ExposureBasis.OPEN_INTEREST, ExposureScope.TOTAL)
    assert (record.call_gamma, record.put_gamma, record.net_gamma) == (900.5, -1200.25, -299.75)
    assert record.put_vanna is None and record.net_vanna is None
    assert record.ts_event == OPENED and record.session_date == TODAY_DAYS
    assert (record.strike, record.expiry, record.underlying_price) == (None, None, None)


def test_exposure_by_strike_expiry_and_both() -> None:
    strike = one(GreekExposure, records("greek_exposure_strike", row("greek_exposure_strike", strike="590", date=None), date="2025-06-18"))
    assert (strike.scope, strike.strike, strike.session_date) == (ExposureScope.STRIKE, 590.0, TODAY_DAYS - 2)
    expiry = one(GreekExposure, records("greek_exposure_expiry", row("greek_exposure_expiry", expiry="2025-06-27")))
    assert (expiry.scope, expiry.expiry) == (ExposureScope.EXPIRY, TODAY_DAYS + 7)
    both = one(GreekExposure, records("greek_exposure_strike_expiry", row("greek_exposure_strike_expiry", strike="590", expiry="2025-06-27")))
    assert (both.scope, both.strike, both.expiry) == (ExposureScope.STRIKE_EXPIRY, 590.0, TODAY_DAYS + 7)
    assert {record.unit for record in (strike, expiry, both)} == {ExposureUnit.SHARES}


def test_spot_exposure_is_in_dollars_one_record_a_basis() -> None:
    body = row(
        "spot_exposures", time="2025-06-20T15:00:41.481Z", price="600.5", gamma_per_one_percent_move_oi="5e9", gamma_per_one_percent_move_dir="-1e6"
    )
    found = records("spot_exposures", body)
    assert [record.basis for record in found] == [ExposureBasis.OPEN_INTEREST, ExposureBasis.VOLUME, ExposureBasis.DIRECTIONAL_VOLUME]
    assert {record.unit for record in found} == {ExposureUnit.USD_PER_PERCENT}
    assert (found[0].net_gamma, found[2].net_gamma, found[0].call_gamma) == (5e9, -1e6, None)
    assert found[0].net_delta is None and found[0].underlying_price == 600.5
    assert found[0].ts_event == 1_750_431_641_481_000


def test_spot_exposure_by_strike_without_a_strike_is_refused() -> None:
    """Bodies shown in the specification lack it; a wall without its place is of no use."""
    assert refusal("spot_exposures_strike", strike=None) == "data[0].strike"
    found = records(
        "spot_exposures_strike", row("spot_exposures_strike", strike="600", time="2025-06-20T15:00:00Z", call_gamma_oi="2", put_gamma_oi="-3")
    )
    assert [record.basis for record in found] == [
        ExposureBasis.OPEN_INTEREST, ExposureBasis.VOLUME, ExposureBasis.ASK_VOLUME, ExposureBasis.BID_VOLUME,
    ]  # fmt: skip
    assert found[0].net_gamma == -1.0 and found[0].scope is ExposureScope.STRIKE


def test_rows_of_several_expiries_need_their_own() -> None:
    body = row("spot_exposures_expiry_strike", time="2025-06-20T15:00:00Z", expiry=None)
    assert {record.expiry for record in records("spot_exposures_expiry_strike", body, **{"expirations[]": "2025-06-27"})} == {TODAY_DAYS + 7}
    (item,) = parse("spot_exposures_expiry_strike", {"data": [body]}, **{"expirations[]": "2025-06-27,2025-07-03"})
    assert isinstance(item, Refused) and item.error.field_path == "data[0].expiry"


def test_market_tide_has_new_yorks_offset() -> None:
    tide = row("market_market_tide", timestamp="2025-06-20T09:30:00-04:00", date="2025-06-20", net_put_premium="-547564.0000")
    record = one(MarketTide, records("market_market_tide", tide))
    assert record.ts_event == OPENED + 9 * 3_600_000_000 + 1_800_000_000
    assert (record.symbol, record.net_put_premium, record.otm_only) == ("MARKET", -547564.0, False)
    assert one(MarketTide, records("market_market_tide", tide, otm_only="true")).otm_only
    assert one(MarketTide, records("market_sector_sector_tide", tide)).symbol == "Technology"
    assert one(MarketTide, records("market_ticker_etf_tide", tide)).symbol == "XYZ"


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
        created_at="2025-06-20T15:00:00.5Z", volume=500, open_interest=2000, total_premium="36000", issue_type="Common Stock",
    )  # fmt: skip
    record = one(FlowAlert, records("flow_alerts", body))
    assert record.alert_id == deterministic_id("flow-alert", "XYZ250620P00100000", 1_750_431_600_500_000, "RepeatedHits")
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


def test_a_body_that_is_one_bare_row_and_one_that_is_a_bare_list() -> None:
    """The specification shows both."""
    trade = row("option_trades", executed_at="2025-06-20T15:00:00Z")
    assert len(parse("option_contract_id_flow", trade)) == len(parse("option_contract_id_flow", [trade])) == 1
    (refused,) = parse("option_contract_id_flow", {**trade, "price": "-1"})
    assert isinstance(refused, Refused) and refused.error.field_path == "price"


def test_chain_rows() -> None:
    body = row(
        "option_contracts", option_symbol="SPXW250620P05800000", nbbo_bid="0", nbbo_ask="0.05", delta=None, last_tape_time="2025-06-20T15:00:00Z"
    )
    record = one(OptionContract, records("option_contracts", body, ticker="SPX"))
    assert (record.symbol, record.right, record.strike, record.bid, record.delta) == ("SPX", OptionRight.PUT, 5800.0, 0.0, None)
    assert (record.ts_event, record.ts_last_trade) == (NOW, 1_750_431_600_000_000), "a chain's row holds now, whenever it last traded"
    screened = one(OptionContract, records("screener_option_contracts", row("screener_option_contracts"), ticker=""))
    assert (screened.symbol, screened.previous_close) == ("XYZ", 1.5)


def test_a_chain_is_symbols_or_rows_and_its_expiries_are_chosen_here() -> None:
    """UWE-07: the endpoint takes no expiry."""
    near, far = (row("option_chains", option_symbol=f"XYZ{day}C00100000", expires=None) for day in ("250620", "250623"))
    assert [record.expiry for record in records("option_chains", near, far)] == [TODAY_DAYS, TODAY_DAYS + 3]
    assert one(OptionContract, records("option_chains", near, far, options={"max_dte": "2"})).expiry == TODAY_DAYS
    assert parse("option_chains", {"data": ["XYZ250620C00100000"]}) == []
    (refused,) = parse("option_chains", {"data": ["XYZ250620C00100000", 5]})
    assert isinstance(refused, Refused) and (refused.topic, refused.error.field_path) == ("options.contracts", "data[1]")


def test_a_row_of_greeks_is_a_call_and_a_put() -> None:
    body = row("greeks", date="2025-06-18", strike="100", call_delta="0.5", put_delta="-0.5", call_volatility="0.3")
    call, put = records("greeks", body)
    assert (call.right, call.delta, call.implied_volatility) == (OptionRight.CALL, 0.5, 0.3)
    assert (put.right, put.delta, put.ts_event) == (OptionRight.PUT, -0.5, start_of(date(2025, 6, 18)))
    assert refusal("greeks", put_option_symbol="XYZ250620C00100000") == "data[0].option_type"


def test_max_pain_takes_its_session_from_beside_the_rows() -> None:
    (item,) = parse("max_pain", {"data": [row("max_pain", expiry="2025-06-27", max_pain="585")], "date": "2025-06-18"})
    assert isinstance(item, Parsed) and isinstance(item.record, MaxPain)
    assert (item.record.session_date, item.record.expiry, item.record.strike) == (TODAY_DAYS - 2, TODAY_DAYS + 7, 585.0)


def test_volatility_measures() -> None:
    rank = one(VolatilityPoint, records("iv_rank", row("iv_rank", iv_rank_1y="0.65", volatility="0.25")))
    assert (rank.measure, rank.iv_rank, rank.implied_volatility, rank.expiry) == (VolatilityMeasure.IV_RANK, 0.65, 0.25, None)
    skew = one(
        VolatilityPoint,
        records("historical_risk_reversal_skew", row("historical_risk_reversal_skew", delta=25, risk_reversal="-0.014"), expiry="2025-06-27"),
    )
    assert (skew.measure, skew.delta, skew.risk_reversal, skew.expiry) == (VolatilityMeasure.RISK_REVERSAL, 25.0, -0.014, TODAY_DAYS + 7)
    term = one(VolatilityPoint, records("volatility_term_structure", row("volatility_term_structure", dte=0, implied_move_perc="0.017")))
    assert (term.measure, term.days, term.implied_move_fraction) == (VolatilityMeasure.TERM_STRUCTURE, 0, 0.017)
    assert one(VolatilityPoint, records("interpolated_iv", row("interpolated_iv", days=30))).days == 30
    assert one(VolatilityPoint, records("volatility_realized", row("volatility_realized", realized_volatility=None))).realized_volatility is None
    assert one(VolatilityPoint, records("volatility_stats", row("volatility_stats", rv_low="0.1"))).realized_volatility_low == 0.1


def test_volumes() -> None:
    total = one(OptionVolume, records("options_volume", row("options_volume", call_volume=200, put_volume=100, avg_7_day_put_volume="7.5")))
    assert (total.scope, total.put_call_ratio, total.put_average_volume_7_days, total.volume) == (VolumeScope.TOTAL, 0.5, 7.5, None)
    assert one(OptionVolume, records("options_volume", row("options_volume", call_volume=0))).put_call_ratio is None
    assert one(OptionVolume, records("market_total_options_volume", row("market_total_options_volume"))).symbol == "MARKET"
    assert one(OptionVolume, records("oi_per_strike", row("oi_per_strike", strike="420", put_oi=9))).put_open_interest == 9
    assert one(OptionVolume, records("oi_per_expiry", row("oi_per_expiry", expiry="2025-06-27"))).expiry == TODAY_DAYS + 7
    for name, field in (("option_volume_oi_expiry", "expires"), ("expiry_breakdown", "expiry")):
        record = one(OptionVolume, records(name, row(name, **{field: "2025-06-27", "volume": 12})))
        assert (record.scope, record.expiry, record.volume, record.call_volume) == (VolumeScope.EXPIRY, TODAY_DAYS + 7, 12, None)


def test_a_change_of_open_interest_belongs_to_the_contracts_right() -> None:
    body = row("oi_change", option_symbol="XYZ250620P00100000", curr_oi=35, last_oi=2, oi_diff_plain=33, curr_date="2025-06-20", volume=40)
    for name in ("oi_change", "market_oi_change"):
        record = one(OptionVolume, records(name, body))
        assert (record.scope, record.option_symbol) == (VolumeScope.CONTRACT, "XYZ250620P00100000")
        assert (record.put_open_interest, record.put_open_interest_change, record.put_volume) == (35, 33, 40)
        assert (record.call_open_interest, record.call_volume) == (None, None)


def test_prints_off_exchange() -> None:
    body = row(
        "darkpool_recent", tracking_id=71984388012245, price="18.99", size=6400,
        executed_at="2025-06-20T15:00:00Z", sale_cond_codes=None, trade_code=None, ext_hour_sold_codes="extended_hours_trade",
    )  # fmt: skip
    record = one(DarkpoolPrint, records("darkpool_ticker", body))
    assert (record.print_id, record.price, record.size, record.conditions) == ("71984388012245", 18.99, 6400, ("extended_hours_trade",))
    first, second = records("darkpool_recent", {**body, "tracking_id": None}, {**body, "tracking_id": None, "volume": 99})
    assert first.print_id != second.print_id, "twins are told apart by the day's volume"
    assert refusal("darkpool_recent", price="0") == "data[0].price"


def test_percentages_of_a_price_level_sum_to_a_hundred() -> None:
    """UWE-10"""
    record = one(PriceLevel, records("stock_volume_price_levels", row("stock_volume_price_levels", lit_vol=1, off_vol=2)))
    assert record.lit_percent == pytest.approx(100 / 3) and record.lit_percent + record.off_exchange_percent == 100
    empty = one(PriceLevel, records("stock_volume_price_levels", row("stock_volume_price_levels", lit_vol=0, off_vol=0)))
    assert (empty.lit_percent, empty.off_exchange_percent) == (None, None)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("$15,001 - $50,000", (15_001.0, 50_000.0)), ("$50,000,001 +", (50_000_001.0, None)), ("Over $50,000,000", (50_000_000.0, None)),
        ("$1,234", (1_234.0, 1_234.0)), (None, (None, None)), ("", (None, None)),
    ],
)  # fmt: skip
def test_ranges_of_congress_trades(text: str | None, ends: tuple[float | None, float | None]) -> None:
    assert amounts(text) == ends


def test_disclosures() -> None:
    body = row(
        "congress_recent_trades", ticker="--", amounts="$15,001 - $50,000", transaction_date="2025-06-10", filed_at_date="2025-06-18", issuer="spouse"
    )
    record = one(CongressTrade, records("congress_recent_trades", body))
    assert (record.symbol, record.amount_low, record.owner, record.filed_date) == (None, 15_001.0, "spouse", TODAY_DAYS - 2)
    assert record.ts_event == start_of(date(2025, 6, 18)), "the market learns of it when it is filed"
    assert one(CongressTrade, records("congress_late_reports", body)).trade_id == record.trade_id
    assert refusal("congress_recent_trades", amounts="a lot") == "data[0].amounts"
    insider = one(
        InsiderTrade,
        records("insider_transactions", row("insider_transactions", amount=-35921, transaction_code="S", price=None, id=None, is_10b5_1=True)),
    )
    assert (insider.amount, insider.price, insider.transaction_code, insider.is_planned) == (-35921.0, None, "S", True)
    assert refusal("insider_transactions", ticker=None) == "data[0].ticker"


def test_earnings_may_lie_ahead() -> None:
    body = row("earnings_ticker", report_date="2025-07-30", report_time="postmarket", actual_eps=None, street_mean_est="2.25")
    record = one(EarningsReport, records("earnings_ticker", body))
    assert (record.symbol, record.report_time, record.eps_actual, record.eps_estimate) == ("XYZ", ReportTime.POSTMARKET, None, 2.25)
    assert record.ts_event == start_of(date(2025, 7, 30)) > NOW
    early = one(EarningsReport, records("earnings_premarket", row("earnings_premarket", report_time="premarket", symbol="ABC", reaction="-0.04")))
    assert (early.symbol, early.report_time, early.reaction) == ("ABC", ReportTime.PREMARKET, -0.04)
    assert one(EarningsReport, records("earnings_afterhours", row("earnings_afterhours", report_time=None))).report_time is ReportTime.UNKNOWN


def test_a_moved_event_keeps_its_id() -> None:
    """UWE-30: FOMC and CPI, each told by its name and period; a speech by its day."""

    def event(name: str, time: str, period: str | None, kind: str = "report") -> CalendarEvent:
        body = {"event": name, "type": kind, "time": time, "reported_period": period, "forecast": "2.1%", "prev": ""}
        return one(CalendarEvent, records("market_economic_calendar", body))  # type: ignore[no-any-return]

    cpi, moved = event("CPI", "2025-07-15T12:30:00Z", "June"), event("CPI", "2025-07-16T12:30:00Z", "June")
    assert cpi.event_id == moved.event_id and cpi.ts_event < moved.ts_event
    assert (cpi.forecast, cpi.previous, cpi.all_day) == ("2.1%", None, False)
    assert event("CPI", "2026-07-15T12:30:00Z", "June").event_id != cpi.event_id
    fomc, next_fomc = event("FOMC decision", "2025-07-30T18:00:00Z", None, "fomc"), event("FOMC decision", "2025-09-17T18:00:00Z", None, "fomc")
    assert fomc.event_id != next_fomc.event_id and fomc.kind == "fomc"


def test_a_drugs_date_is_a_whole_day() -> None:
    body = row(
        "market_fda_calendar", ticker="ABC", catalyst="PDUFA Date", drug="Drugamab", start_date="2025-07-24", end_date="2025-07-25", outcome=None
    )
    record = one(CalendarEvent, records("market_fda_calendar", body))
    assert (record.kind, record.symbol, record.event, record.all_day) == ("fda", "ABC", "PDUFA Date: Drugamab", True)
    assert record.ts_event == start_of(date(2025, 7, 24))


def test_minor_news_are_left_out_when_asked() -> None:
    """UWE-28"""
    major, minor = (row("news_headlines", created_at="2025-06-20T15:00:00Z", is_major=is_major, headline=f"{is_major}") for is_major in (True, False))
    assert len(records("news_headlines", major, minor)) == 2
    record = one(Headline, records("news_headlines", major, minor, options={"major_only": "true"}))
    assert (record.is_major, record.symbols, record.is_trump_post) == (True, ("word",), None)


def test_the_licence_is_the_entrys() -> None:
    """X-09"""
    body = row("news_headlines", created_at="2025-06-20T15:00:00Z")
    assert records("news_headlines", body)[0].licence is Licence.INTERNAL
    assert records("news_headlines", body, options={"licence": "REDISTRIBUTABLE"})[0].licence is Licence.REDISTRIBUTABLE
    with pytest.raises(Permanent, match="licence"):
        records("news_headlines", body, options={"licence": "MINE"})


def test_one_bad_row_does_not_spoil_the_others() -> None:
    """ING-46"""
    good, bad = row("oi_per_strike", strike="420"), row("oi_per_strike", strike="0")
    found = parse("oi_per_strike", {"data": [good, bad, good]})
    assert [type(item) for item in found] == [Parsed, Refused, Parsed]
    assert isinstance(found[1], Refused) and found[1].topic == "options.volumes"
    assert found[1].error.field_path == "data[1].strike" and orjson.loads(found[1].value) == bad


def test_endpoints_without_records_are_compared_with_their_model() -> None:
    assert parse("stock_state", {"data": row("stock_state")}) == []
    renamed = {("last" if name == "close" else name): value for name, value in row("stock_state").items()}
    (refused,) = parse("stock_state", {"data": renamed})
    assert isinstance(refused, Refused) and (refused.topic, refused.error.field_path) == ("raw.payloads", "data.close")
    assert parse("stock_sector_tickers", {"data": ["XYZ"]}) == []
    (refused,) = parse("stock_sector_tickers", {"data": ["XYZ", 5]})
    assert isinstance(refused, Refused) and refused.error.field_path == "data[1]"


@pytest.mark.parametrize("body", [b"", b"not json", b'"text"', b"5", b"[" * 100_000, b'{"data": 5}', b'{"data": [], "date": "soon"}'])
def test_what_is_no_answer_is_refused_whole(body: bytes) -> None:
    with pytest.raises(Permanent):
        transforms()["uw_oi_per_strike"](payload("oi_per_strike", body), STAMPS, {})


def test_a_number_that_is_not_finite_is_refused_at_its_field() -> None:
    body = orjson.dumps({"data": [row("oi_per_strike", strike=1.25)] * 2}).replace(b"1.25", b"NaN", 1)
    found = transforms()["uw_oi_per_strike"](payload("oi_per_strike", body), STAMPS, {})
    assert isinstance(found[0], Refused) and found[0].error.field_path == "data[0].strike" and b"NaN" in found[0].value
    assert isinstance(found[1], Parsed)


def test_gamma_levels_hold_now_and_may_be_missing() -> None:
    """GEX-04: the vendor's flip is that of the sum strike by strike."""
    levels = one(GammaLevels, records("gex_levels", {"call_wall": "600", "put_wall": None, "gamma_flip": "560.5", "gamma_magnet": "575"}))
    assert (levels.call_wall, levels.put_wall, levels.gamma_flip, levels.gamma_magnet) == (600.0, None, 560.5, 575.0)
    assert (levels.symbol, levels.ts_event, levels.session_date) == ("XYZ", NOW, TODAY_DAYS)
    assert parse("gex_levels", {"data": dict.fromkeys(("call_wall", "put_wall", "gamma_flip", "gamma_magnet"))}) == []


def test_an_alert_of_the_account_keeps_what_the_vendor_adds() -> None:
    """UWE-26"""
    meta = {"curr": "14.55", "curr_vol": 364977, "reason": None, "tickers": ["A"]}
    alert = one(UserAlert, records("alerts", row("alerts", meta=meta) | {"name": ""}))
    assert alert.details == {"curr": "14.55", "curr_vol": "364977", "tickers": '["A"]'}
    assert alert.rule is None
    assert one(UserAlert, records("alerts", row("alerts", meta=None))).details == {}


def test_candles_are_bars_when_they_are_whole() -> None:
    """A minute that has not ended, and a size that we have no resolution for, make none."""
    whole = row("ohlc_candle_size", open="10", high="12", low="9.5", close="11", start_time="2025-06-20T14:59:00Z", volume=7)
    bar = one(Bar, records("ohlc_candle_size", whole, candle_size="1m"))
    assert (bar.resolution, bar.window_end - bar.window_start, bar.ts_event, bar.volume) == (Resolution.M1, 60_000_000, bar.window_end, 7.0)
    assert (bar.open, bar.high, bar.low, bar.close, bar.source, bar.vwap) == (10.0, 12.0, 9.5, 11.0, "unusual_whales", None)
    growing = whole | {"start_time": "2025-06-20T15:00:30Z"}
    assert records("ohlc_candle_size", growing, candle_size="1m") == records("ohlc_candle_size", whole, candle_size="4h") == []
    (refused,) = parse("ohlc_candle_size", {"data": [whole | {"high": "10.5"}]}, candle_size="1m")
    assert isinstance(refused, Refused) and refused.error.field_path == "data[0].high"


def test_one_odd_row_of_a_checked_answer_is_a_letter_of_its_own_and_an_answer_of_odd_rows_is_one_letter() -> None:
    good = row("shorts_ticker_data")
    odd = good | {"fee_rate": []}
    (refused,) = parse("shorts_ticker_data", {"data": [good, odd, good]})
    assert isinstance(refused, Refused) and orjson.loads(refused.value)["fee_rate"] == []
    (refused,) = parse("shorts_ticker_data", {"data": [odd, odd, odd]})
    assert isinstance(refused, Refused) and len(orjson.loads(refused.value)["data"]) == 3
