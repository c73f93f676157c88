"""The simulated option market: the same at any moment in any order, and its numbers agree with each other."""

from __future__ import annotations

from datetime import date
from math import erf, exp, log, sqrt

import numpy as np
import pytest

from infra.vendorsim.black_scholes import RATE, greeks
from infra.vendorsim.market_events import TapeTrade
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.unusual_whales_channels import said
from infra.vendorsim.unusual_whales_exposure import by_strike, exposures_at, gex_levels
from infra.vendorsim.unusual_whales_market import OptionMarket
from infra.vendorsim.unusual_whales_wire import stream_alert, stream_trade

DAY = date(2026, 11, 20)
SCENARIO = Scenario(DAY)
MARKET = OptionMarket(SCENARIO, 7)
OPEN_MS = MARKET.underlyings["SPY"].open_ms
LATER_MS = OPEN_MS + 95 * 60_000 + 12_345


def test_greeks_equal_the_formula_and_its_slopes() -> None:
    """Values against Black and Scholes written out for one option; each Greek against the slope of the value."""
    spot, strike, years, volatility = 102.0, np.array([100.0]), np.array([0.25]), np.array([0.3])

    def value(*, s: float = spot, t: float = 0.25, v: float = 0.3, call: bool = True) -> float:
        return float(greeks(s, strike, np.array([t]), np.array([v]), np.array([call])).value[0])

    d1 = (log(spot / 100) + (RATE + 0.3**2 / 2) * 0.25) / (0.3 * sqrt(0.25))
    normal = [(1 + erf(d / sqrt(2))) / 2 for d in (d1, d1 - 0.3 * sqrt(0.25))]
    assert value() == pytest.approx(spot * normal[0] - 100 * exp(-RATE * 0.25) * normal[1])
    assert value() - value(call=False) == pytest.approx(spot - 100 * exp(-RATE * 0.25))  # put-call parity
    for call in (True, False):
        found = greeks(spot, strike, years, volatility, np.array([call]))
        up, down = value(s=spot + 0.01, call=call), value(s=spot - 0.01, call=call)
        assert found.delta[0] == pytest.approx((up - down) / 0.02, rel=1e-5)
        assert found.gamma[0] == pytest.approx((up - 2 * value(call=call) + down) / 1e-4, rel=1e-3)
        assert found.vega[0] * 100 == pytest.approx((value(v=0.3001, call=call) - value(v=0.2999, call=call)) / 2e-4, rel=1e-4)
        assert found.theta[0] * 365 == pytest.approx((value(t=0.2499, call=call) - value(t=0.2501, call=call)) / 2e-4, rel=1e-4)
        slope = (greeks(spot, strike, years, np.array([0.3001]), np.array([call])).delta - found.delta)[0] / 1e-4
        assert found.vanna[0] == pytest.approx(slope, rel=1e-2)
        decay = (greeks(spot, strike, np.array([0.2499]), volatility, np.array([call])).delta - found.delta)[0] / 1e-4
        assert found.charm[0] == pytest.approx(decay, rel=1e-2)


def test_another_market_of_the_same_seed_says_the_same_whatever_was_read_before() -> None:
    channels = {"option_trades", "flow-alerts", "news", "gex", "gex_strike:SPY", "price", "net_flow:QQQ"}
    again = OptionMarket(Scenario(DAY), 7)
    late = said(again, channels, LATER_MS + 600_000, LATER_MS + 660_000)
    early = said(again, channels, LATER_MS, LATER_MS + 61_000)
    assert early == said(MARKET, channels, LATER_MS, LATER_MS + 30_000) + said(MARKET, channels, LATER_MS + 30_000, LATER_MS + 61_000)
    assert late == said(MARKET, channels, LATER_MS + 600_000, LATER_MS + 660_000)
    assert {entry.channel for entry in early} >= channels - {"news", "flow-alerts"}  # which are rarer than that
    other = OptionMarket(Scenario(DAY, 8), 8)
    assert said(other, {"option_trades"}, LATER_MS, LATER_MS + 10_000) != said(MARKET, {"option_trades"}, LATER_MS, LATER_MS + 10_000)


def test_the_stocks_tape_is_what_it_was() -> None:
    """Options are made beside the stock's tape, never from its random numbers."""
    untouched = Scenario(DAY)
    assert untouched.events_between(LATER_MS, LATER_MS + 5_000) == SCENARIO.events_between(LATER_MS, LATER_MS + 5_000)
    assert {"SPY", "QQQ", "IWM"} <= set(MARKET.underlyings) and "IWM" not in SCENARIO.symbols


@pytest.mark.parametrize("symbol", ["SPY", "IWM", "ACRX", "TSLA"])
def test_trades_keep_the_identities_of_the_vendors_captures(symbol: str) -> None:
    """Volumes by side add up to the volume, which grows by the size; premium is price x size x 100; nothing trades outside the quote."""
    day = MARKET.day(symbol)
    volumes: dict[str, int] = {}
    ids = set()
    for position in range(day.tape.before(LATER_MS)):
        trade = stream_trade(day, position)
        volume = volumes.get(trade["option_symbol"], 0) + trade["size"]
        volumes[trade["option_symbol"]] = volume
        assert trade["volume"] == volume == trade["ask_vol"] + trade["bid_vol"] + trade["mid_vol"] + trade["no_side_vol"]
        assert float(trade["premium"]) == pytest.approx(float(trade["price"]) * trade["size"] * 100)
        assert float(trade["nbbo_bid"]) <= float(trade["price"]) <= float(trade["nbbo_ask"])
        assert 36 <= trade["created_at"] - trade["executed_at"] <= 73
        assert trade["multi_vol"] + trade["stock_multi_vol"] <= volume
        ids.add(trade["id"])
    assert len(ids) == day.tape.before(LATER_MS) > 500


def test_option_trades_happen_at_the_stocks_price_and_pace() -> None:
    day = MARKET.day("ACRX")
    prints = [e for e in SCENARIO.symbol_events("ACRX", OPEN_MS, LATER_MS) if isinstance(e, TapeTrade)]
    moments = np.array([trade.ts_ms for trade in prints])
    prices = np.array([trade.price for trade in prints])
    tape = day.tape
    until = tape.before(LATER_MS)
    nearest = prices[np.clip(np.searchsorted(moments, tape.ts_ms[:until]), 0, len(prices) - 1)]
    assert np.median(np.abs(tape.spot[:until] / nearest - 1)) < 0.002
    minutes = (LATER_MS - OPEN_MS) // 60_000
    stock = np.bincount((moments - OPEN_MS) // 60_000, minlength=minutes)[:minutes]
    options = np.bincount((tape.ts_ms[:until] - OPEN_MS) // 60_000, minlength=minutes)[:minutes]
    assert np.corrcoef(stock, options)[0, 1] > 0.5


def test_alerts_name_the_trades_they_add_up() -> None:
    found = MARKET.alerts_before(LATER_MS * 1_000)
    assert len(found) > 100 and len({alert.created_us for alert in found}) == len(found)
    for alert in found[:100]:
        day = MARKET.day(alert.symbol)
        shown = stream_alert(day, alert)
        trades = [stream_trade(day, int(position)) for position in alert.trades]
        assert shown["trade_ids"] == [trade["id"] for trade in trades] and shown["trade_count"] == len(trades)
        assert {trade["option_symbol"] for trade in trades} == {shown["option_chain"]}
        assert shown["total_size"] == sum(trade["size"] for trade in trades)
        assert shown["total_premium"] == pytest.approx(sum(float(trade["premium"]) for trade in trades))
        assert shown["ask_vol"] + shown["bid_vol"] + shown["mid_vol"] + shown["no_side_vol"] == shown["volume"]
        assert shown["start_time"] <= shown["end_time"] == shown["executed_at"] == trades[-1]["executed_at"]
        assert alert.created_us >= shown["end_time"] * 1_000


def test_exposures_are_those_of_the_chain() -> None:
    """Shares: gamma x open interest x 100, puts negative; US dollars: times 1 % of the price squared."""
    day = MARKET.day("SPY")
    found, price = exposures_at(day, LATER_MS), day.underlying.price_at(LATER_MS)
    years = day.chain.years(LATER_MS)
    values = greeks(price, day.chain.strike, years, day.chain.volatility(price, years), day.chain.is_call)
    signed = values.gamma * day.chain.open_interest * 100 * np.where(day.chain.is_call, 1, -1)
    assert found.shares["gamma"] == pytest.approx(signed)
    assert found.weighted["gamma", "oi"] == pytest.approx(signed * 0.01 * price**2)
    assert (found.shares["delta"][day.chain.is_call] >= 0).all() and (found.shares["delta"][~day.chain.is_call] <= 0).all()
    volume = day.tape.by_contract(day.tape.size, day.tape.before(LATER_MS))
    assert np.abs(found.weighted["gamma", "vol"]) == pytest.approx(values.gamma * volume * 100 * 0.01 * price**2)
    assert found.weighted["gamma", "dir"] == pytest.approx(found.weighted["gamma", "ask"] + found.weighted["gamma", "bid"])


def test_levels_follow_the_vendors_definition() -> None:
    day = MARKET.day("QQQ")
    found, price = gex_levels(day, LATER_MS), day.underlying.price_at(LATER_MS)
    calls, puts = by_strike(day, exposures_at(day, LATER_MS).shares["gamma"])
    net = dict(zip(day.chain.strikes, calls + puts, strict=True))
    positive = {strike: value for strike, value in net.items() if value > 0}
    assert found.call_wall == max((strike for strike in positive if strike > price), key=lambda strike: net[strike], default=None)
    assert found.put_wall == max((strike for strike in positive if strike < price), key=lambda strike: net[strike], default=None)
    assert found.magnet == max(net, key=lambda strike: abs(net[strike]))
    if found.flip is not None:
        below = sum(value for strike, value in net.items() if strike < found.flip)
        beyond = min(strike for strike in net if strike > found.flip)
        assert below * (below + net[beyond]) <= 0


def test_open_interest_has_walls_at_round_strikes() -> None:
    day = MARKET.day("SPY")
    calls, puts = by_strike(day, day.chain.open_interest.astype(float))
    step = 10 * (day.chain.strikes[1] - day.chain.strikes[0])
    assert day.chain.strikes[np.argmax(calls)] % step == 0 and day.chain.strikes[np.argmax(puts)] % step == 0
    assert day.chain.strikes[np.argmax(calls)] > day.underlying.first_price > day.chain.strikes[np.argmax(puts)]
