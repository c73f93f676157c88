"""What each WebSocket channel says of a stretch of market time: payloads with the moment at which they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from infra.vendorsim.unusual_whales_exposures import stream_strikes, stream_total
from infra.vendorsim.unusual_whales_flow import net_premium
from infra.vendorsim.unusual_whales_market import OptionDay, OptionMarket
from infra.vendorsim.unusual_whales_news import headlines, stream_headline
from infra.vendorsim.unusual_whales_wire import plain, stream_alert, stream_trade, text

EVERY_TICKER = ("option_trades", "price", "gex", "gex_strike", "gex_strike_expiry", "net_flow")
"""Channels that may carry ``:TICKER``."""
WHOLE = ("flow-alerts", "news")
_NEEDS_TICKER = ("net_flow",)
_SECONDS = {"price": 5, "gex": 10, "net_flow": 10, "gex_strike": 60, "gex_strike_expiry": 60}
_OPENING_ONLY = ("gex", "gex_strike", "gex_strike_expiry", "net_flow")


class Said(NamedTuple):
    """A payload of a channel."""

    moment_ms: int
    channel: str
    payload: dict[str, Any]


def is_known(market: OptionMarket, channel: str) -> bool:
    """Tell whether the vendor has such a channel."""
    name, separator, ticker = channel.partition(":")
    if not separator:
        return name in WHOLE or (name in EVERY_TICKER and name not in _NEEDS_TICKER)
    return name in EVERY_TICKER and ticker in market.underlyings


def said(market: OptionMarket, channels: set[str], start_ms: int, end_ms: int) -> list[Said]:
    """Return what is sent on the channels in ``[start_ms, end_ms)``, in time order."""
    found: list[Said] = []
    for channel in sorted(channels):
        name, _, ticker = channel.partition(":")
        if name == "flow-alerts":
            found += _alerts(market, start_ms, end_ms)
        elif name == "news":
            for line in headlines(market):
                if start_ms * 1_000 <= line.created_us < end_ms * 1_000:
                    found.append(Said(line.created_us // 1_000, name, stream_headline(line)))
        else:
            for symbol in [ticker] if ticker else market.underlyings:
                found += _of_ticker(market.day(symbol), channel, name, start_ms, end_ms)
    found.sort(key=lambda entry: entry.moment_ms)
    return found


def _alerts(market: OptionMarket, start_ms: int, end_ms: int) -> Iterator[Said]:
    for symbol in market.underlyings:
        day = market.day(symbol)
        for alert in day.alerts:
            if start_ms * 1_000 <= alert.created_us < end_ms * 1_000:
                yield Said(alert.created_us // 1_000, "flow-alerts", stream_alert(day, alert))


def _of_ticker(day: OptionDay, channel: str, name: str, start_ms: int, end_ms: int) -> Iterator[Said]:
    if name == "option_trades":
        for position in range(day.tape.before(start_ms), day.tape.before(end_ms)):
            yield Said(int(day.tape.ts_ms[position]), channel, stream_trade(day, position))
        return
    every = _SECONDS[name] * 1_000
    stock = day.underlying
    for moment in range(-(-start_ms // every) * every, end_ms, every):
        if name in _OPENING_ONLY and not stock.open_ms < moment <= stock.close_ms:
            continue
        for payload in _payloads(day, name, moment):
            yield Said(moment, channel, payload)


def _payloads(day: OptionDay, name: str, moment_ms: int) -> list[dict[str, Any]]:
    stock = day.underlying
    if name == "gex":
        return [stream_total(day, moment_ms)]
    if name == "price":
        volume = stock.expected_volume(moment_ms)
        return [{"ticker": stock.symbol, "close": plain(stock.price_at(moment_ms)), "time": moment_ms, "vol": volume}]
    if name == "net_flow":
        net = net_premium(day, moment_ms)
        return [{
            "ticker": stock.symbol, "net_call_prem": text(net["net_call_premium"]), "net_call_vol": int(net["net_call_volume"]),
            "net_put_prem": text(net["net_put_premium"]), "net_put_vol": int(net["net_put_volume"]), "time": moment_ms,
        }]  # fmt: skip
    return stream_strikes(day, moment_ms, with_expiry=name == "gex_strike_expiry")
