"""Option chains of REST answers as records: contracts, greeks, max pain, volatility and volumes."""

from __future__ import annotations

from datetime import date

from infra.market_calendar import midnight_us
from producers.source import Parsed, Refused
from schemas.records import MaxPain, OptionContract, OptionRight, OptionVolume, VolatilityMeasure, VolatilityPoint, VolumeScope
from tests.support.unusual_whales import NOW
from tests.support.uw_answers import TODAY_DAYS, one, parse, records, refusal, row


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
    assert (put.right, put.delta, put.ts_event) == (OptionRight.PUT, -0.5, midnight_us(date(2025, 6, 18)))
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
