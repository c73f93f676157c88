"""What becomes of Polygon's REST answers; the bodies are the vendor's own examples, cut short."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from infra.errors import Permanent
from infra.plugins import load_all
from producers.polygon.parse import parse_frame
from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Payload, Refused, Stamps
from schemas.records import OptionRight, PriceBand, Resolution, TradingHalt

RECEIVED = 1_651_260_000_000_000  # 2022-04-29 15:20 in New York
CONTRACT: dict[str, Any] = {
    "break_even_price": 179.075,
    "day": {
        "close": 29, "high": 32.25, "last_updated": 1651204800000000000, "low": 29, "open": 29.99, "previous_close": 31.4, "volume": 8,
        "vwap": 30.7738,
    },
    "details": {
        "contract_type": "call", "exercise_style": "american", "expiration_date": "2023-06-16", "shares_per_contract": 100, "strike_price": 150,
        "ticker": "O:AAPL230616C00150000",
    },
    "greeks": {"delta": 0.6436614934293701, "gamma": 0.0061735291012820675, "theta": -0.028227189324641973, "vega": 0.6381159723175714},
    "implied_volatility": 0.3570277203465058,
    "last_quote": {"ask": 29.25, "ask_size": 209, "bid": 28.9, "bid_size": 294, "last_updated": 1651254260800059648, "midpoint": 29.075},
    "last_trade": {"price": 29.25, "sip_timestamp": 1651255000527714665, "size": 1, "conditions": [209], "exchange": 309},
    "open_interest": 8133,
    "underlying_asset": {"change_to_break_even": 19.1, "last_updated": 1651254263172073152, "price": 159.9606, "ticker": "AAPL"},
}  # fmt: skip


def parsed(name: str, rows: list[Any] | dict[str, Any], received_us: int = RECEIVED, **parameters: str) -> list[Parsed | Refused]:
    load_all("producers")
    body = rows if isinstance(rows, dict) else {"status": "OK", "results": rows}
    payload = Payload("/x", orjson.dumps(body), received_us, parameters)
    return list(transforms()[f"polygon_{name}"](payload, Stamps(received_us, received_us, received_us + 60_000_000), {}))


def records(found: list[Parsed | Refused]) -> list[Any]:
    assert not [str(item.error) for item in found if isinstance(item, Refused)]
    return [item.record for item in found if isinstance(item, Parsed)]


def test_an_option_contract() -> None:
    (contract,) = records(parsed("option_chain", [CONTRACT], ticker="AAPL"))
    assert (contract.symbol, contract.option_symbol, contract.strike, contract.right) == ("AAPL", "AAPL230616C00150000", 150.0, OptionRight.CALL)
    assert (contract.bid, contract.ask, contract.last_price, contract.volume, contract.open_interest) == (28.9, 29.25, 29.25, 8, 8133)
    assert (contract.implied_volatility, contract.vega, contract.underlying_price) == (0.3570277203465058, 0.6381159723175714, 159.9606)
    assert (contract.ts_event, contract.ts_last_trade) == (RECEIVED, 1_651_255_000_527_714)


def test_what_a_contract_did_in_an_earlier_session_is_not_todays() -> None:
    (contract,) = records(parsed("option_chain", [CONTRACT], RECEIVED + 3 * 86_400_000_000, ticker="AAPL"))
    assert (contract.volume, contract.open, contract.high, contract.average_price) == (None, None, None, None)
    assert (contract.open_interest, contract.last_price) == (8133, 29.25)


def test_a_contract_without_greeks_quote_and_trades_has_nulls() -> None:
    bare = {"day": {}, "details": CONTRACT["details"], "greeks": {}, "underlying_asset": {"ticker": "AAPL"}}
    (contract,) = records(parsed("option_chain", [bare], ticker="AAPL"))
    assert (contract.delta, contract.implied_volatility, contract.bid, contract.last_price, contract.open_interest, contract.volume) == (None,) * 6


@pytest.mark.parametrize(
    ("place", "value"),
    [(("details", "strike_price"), 151), (("details", "ticker"), "O:AAPL211022C000150000"), (("greeks", "delta"), "much"),
     (("open_interest",), 1.5), (("details",), None), (("day", "volume"), -1)],
)  # fmt: skip
def test_a_bad_contract_is_refused_with_its_path_and_the_others_go_on(place: tuple[str, ...], value: Any) -> None:
    bad = orjson.loads(orjson.dumps(CONTRACT))
    inner = bad
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    refused, good = parsed("option_chain", [bad, CONTRACT], ticker="AAPL")
    assert isinstance(refused, Refused) and (refused.error.field_path or "").startswith(f"results[0].{place[0]}")
    assert isinstance(good, Parsed)


@pytest.mark.parametrize(
    ("multiplier", "resolution", "length_us"),
    [("1", Resolution.M1, 60_000_000), ("2", Resolution.M2, 120_000_000), ("5", Resolution.M5, 300_000_000), ("15", Resolution.M15, 900_000_000)],
)
def test_bars_of_each_length(multiplier: str, resolution: Resolution, length_us: int) -> None:
    """ING-02; the bar that is still growing is left out."""
    row = {"c": 75.0875, "h": 75.15, "l": 73.7975, "n": 1, "o": 74.06, "t": 1577941200000, "v": 135647456, "vw": 74.6099}
    end = 1577941200000_000 + length_us
    asked = {"ticker": "AAPL", "multiplier": multiplier, "timespan": "minute"}
    (bar,) = records(parsed("aggregates", [row], end, **asked))
    assert (bar.symbol, bar.resolution, bar.window_start, bar.window_end, bar.trade_count) == ("AAPL", resolution, 1577941200000_000, end, 1)
    assert parsed("aggregates", [row], end - 1, **asked) == []


def test_an_option_s_bar_has_its_symbol_without_the_prefix() -> None:
    row = {"c": 26.2, "h": 26.2, "l": 26.2, "n": 1, "o": 26.2, "t": 1632369600000, "v": 2, "vw": 26.2}
    (bar,) = records(parsed("aggregates", [row], ticker="O:RDFN211119C00025000", multiplier="1", timespan="minute"))
    assert bar.symbol == "RDFN211119C00025000"


def test_a_grouped_row_is_stamped_with_its_end() -> None:
    row = {"T": "TANH", "c": 23.4, "h": 24.763, "l": 22.65, "n": 1096, "o": 24.5, "t": 1602705600000, "v": 25933.6, "vw": 23.493}
    (bar,) = records(parsed("grouped_daily", [row], date="2020-10-14"))
    assert (bar.resolution, bar.window_start, bar.window_end) == (Resolution.D1, 1602648000000_000, 1602734400000_000)
    (refused,) = parsed("grouped_daily", [row], date="2020-10-15")
    assert isinstance(refused, Refused) and refused.error.field_path == "results[0].t"


def test_splits_and_dividends() -> None:
    (split,) = records(parsed("splits", [{"execution_date": "2020-08-31", "id": "E36", "split_from": 1, "split_to": 4, "ticker": "AAPL"}]))
    assert (split.kind, split.split_from, split.split_to, split.effective_date, split.ts_event) == ("SPLIT", 1.0, 4.0, 18505, 1598846400000_000)
    row = {
        "cash_amount": 0.22, "declaration_date": "2021-10-28", "dividend_type": "CD", "ex_dividend_date": "2021-11-05", "frequency": 4, "id": "E8e",
        "pay_date": "2021-11-11", "record_date": "2021-11-08", "ticker": "AAPL",
    }  # fmt: skip
    (dividend,) = records(parsed("dividends", [row]))
    assert (dividend.cash_amount, dividend.payments_a_year, dividend.pay_date, dividend.currency) == (0.22, 4, 18942, None)


def test_a_snapshot_is_a_gapper_once_its_ticker_has_traded_today() -> None:
    ticker: dict[str, Any] = {
        "ticker": "AAPL", "day": {"v": 28727868}, "lastTrade": {"p": 120.47}, "prevDay": {"c": 119.49}, "updated": 1605195918306274000,
    }  # fmt: skip
    (gapper,) = records(parsed("snapshot", {"status": "OK", "ticker": ticker}))
    assert gapper.gap_percent == pytest.approx(0.8201523) and gapper.volume == 28727868.0
    assert parsed("snapshot", {"status": "OK", "ticker": ticker | {"day": {"v": 0}}}) == []
    (loser,) = records(parsed("movers", {"status": "OK", "tickers": [ticker]}))
    assert loser.symbol == "AAPL"


def test_a_changed_rule_of_the_vendor_is_noticed() -> None:
    rule = {"updates_high_low": False, "updates_open_close": False, "updates_volume": True}
    row = {"id": 2, "type": "sale_condition", "update_rules": {"consolidated": rule}}
    quote_condition = {"id": 2, "type": "quote_condition", "data_types": ["bbo"]}
    assert parsed("conditions", [row, quote_condition]) == []
    (refused,) = parsed("conditions", [row | {"update_rules": {"consolidated": rule | {"updates_high_low": True}}}])
    assert isinstance(refused, Refused) and "condition 2" in str(refused.error)


@pytest.mark.parametrize("name", ["aggregates", "option_chain", "splits", "dividends", "grouped_daily", "conditions", "snapshot", "movers"])
@pytest.mark.parametrize("body", [b"[1]", b'{"results":{}, "tickers":1}', b'{"results"', b'"x"'])
def test_an_answer_of_another_shape_is_refused_as_a_whole(name: str, body: bytes) -> None:
    load_all("producers")
    with pytest.raises(Permanent):
        transforms()[f"polygon_{name}"](Payload("/x", body, RECEIVED, {"ticker": "SPY"}), Stamps(RECEIVED, RECEIVED, RECEIVED), {})


def test_price_bands_of_three_units_are_one_moment() -> None:
    """The specification says milliseconds, its own example has microseconds."""
    for stamp, moment in ((1601316752683, 1601316752683_000), (1601316752683746, 1601316752683_000), (1601316752683746123, 1601316752683_000)):
        frame = orjson.dumps([{"ev": "LULD", "T": "MSFT", "h": 218.96, "l": 198.11, "i": [21], "z": 3, "t": stamp, "q": 290317}])
        (item,) = parse_frame(frame, Stamps(RECEIVED, RECEIVED, RECEIVED))
        assert isinstance(item, Parsed) and isinstance(item.record, PriceBand)
        assert (item.topic, item.record.ts_event, item.record.upper_price, item.record.indicators) == ("market.price-bands", moment, 218.96, (21,))


def test_a_quote_with_a_halting_condition_is_a_halt_too() -> None:
    quote = {"ev": "Q", "sym": "GME", "bx": 4, "bp": 20.1, "bs": 1, "ax": 7, "ap": 20.2, "as": 2, "t": 1536036818784, "q": 1}
    for code, state, reason in ((43, "paused", "LUDP"), (27, "halted", "T1"), (36, "halted", "MWC1"), (16, "resumed", None)):
        _, halt = parse_frame(orjson.dumps([quote | {"c": code}]), Stamps(RECEIVED, RECEIVED, RECEIVED))
        assert isinstance(halt, Parsed) and isinstance(halt.record, TradingHalt) and halt.topic == "market.halts"
        assert (halt.record.symbol, halt.record.state, halt.record.reason) == ("GME", state, reason)
    assert len(parse_frame(orjson.dumps([quote | {"c": 1}]), Stamps(RECEIVED, RECEIVED, RECEIVED))) == 1
