"""Volume and open interest of options, and how open interest changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from producers.unusual_whales.answer import WHOLE_MARKET, Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import above_zero, contract_of, day, name
from producers.unusual_whales.models.rest_market import (
    ExpiryBreakdownRow,
    MarketOiChangeRow,
    MarketTotalOptionsVolumeRow,
    OiPerExpiryRow,
    OiPerStrikeRow,
    OptionsVolumeRow,
    OptionVolumeOiExpiryRow,
)
from schemas.records import OptionVolume, VolumeScope

TOPIC = "options.volumes"
_OF_BOTH = ("volume", "volume_ask_side", "volume_bid_side", "open_interest", "premium")
_OF_ALL = ("net_call_premium", "net_put_premium", "bullish_premium", "bearish_premium")


@endpoint("options_volume", model=OptionsVolumeRow, topic=TOPIC)
def volume_of_a_day(row: OptionsVolumeRow, answer: Answer) -> Iterator[OptionVolume]:
    """{"date":"2023-09-08","call_volume":1071546,"put_volume":666386,"call_open_interest":4358631,"avg_30_day_call_volume":"658450.33",...}"""
    values: dict[str, Any] = {f"{right}_{field}": getattr(row, f"{right}_{field}") for right in ("call", "put") for field in _OF_BOTH}
    for right in ("call", "put"):
        values |= {f"{right}_average_volume_{days}_days": getattr(row, f"avg_{days}_day_{right}_volume") for days in (3, 7, 30)}
    values |= {field: getattr(row, field) for field in _OF_ALL}
    yield _volume(answer, answer.ticker, row.date, VolumeScope.TOTAL, put_call_ratio=_ratio(row.put_volume, row.call_volume), **values)


@endpoint("market_total_options_volume", model=MarketTotalOptionsVolumeRow, topic=TOPIC)
def volume_of_the_market(row: MarketTotalOptionsVolumeRow, answer: Answer) -> Iterator[OptionVolume]:
    """{"date":"2023-09-08","call_volume":22074116,"call_premium":"7306144788.68","put_volume":19941285,"put_premium":"8413594929.65"}"""
    yield _volume(
        answer, WHOLE_MARKET, row.date, VolumeScope.TOTAL, call_volume=row.call_volume, put_volume=row.put_volume,
        call_premium=row.call_premium, put_premium=row.put_premium, put_call_ratio=_ratio(row.put_volume, row.call_volume),
    )  # fmt: skip


@endpoint("oi_change", "market_oi_change", model=MarketOiChangeRow, topic=TOPIC)
def open_interest_change(row: MarketOiChangeRow, answer: Answer) -> Iterator[OptionVolume]:
    """{"option_symbol":"MSFT240315C00350000","curr_date":"2024-01-09","curr_oi":35207,"last_oi":2119,"oi_diff_plain":33088,"volume":33177,...}"""
    contract = contract_of(row.option_symbol, "option_symbol")
    right = contract.right.lower()
    values: dict[str, Any] = {
        f"{right}_volume": row.volume,
        f"{right}_volume_ask_side": row.prev_ask_volume,
        f"{right}_volume_bid_side": row.prev_bid_volume,
        f"{right}_open_interest": row.curr_oi,
        f"{right}_open_interest_change": row.oi_diff_plain,
        f"{right}_premium": row.prev_total_premium,
    }
    yield _volume(
        answer, name(row.underlying_symbol, "underlying_symbol"), row.curr_date, VolumeScope.CONTRACT, path="curr_date",
        option_symbol=row.option_symbol, strike=contract.strike, expiry=day(contract.expiry, "option_symbol"), **values,
    )  # fmt: skip


@endpoint("oi_per_strike", model=OiPerStrikeRow, topic=TOPIC)
def open_interest_of_a_strike(row: OiPerStrikeRow, answer: Answer) -> Iterator[OptionVolume]:
    """{"date":"2024-12-02","strike":"420","call_oi":1123,"put_oi":24443}"""
    strike = above_zero(row.strike, "strike")
    yield _volume(answer, answer.ticker, row.date, VolumeScope.STRIKE, strike=strike, call_open_interest=row.call_oi, put_open_interest=row.put_oi)


@endpoint("oi_per_expiry", model=OiPerExpiryRow, topic=TOPIC)
def open_interest_of_an_expiry(row: OiPerExpiryRow, answer: Answer) -> Iterator[OptionVolume]:
    """{"date":"2024-12-02","expiry":"2024-12-06","call_oi":1123,"put_oi":24443}"""
    expiry = day(row.expiry, "expiry")
    yield _volume(answer, answer.ticker, row.date, VolumeScope.EXPIRY, expiry=expiry, call_open_interest=row.call_oi, put_open_interest=row.put_oi)


@endpoint("option_volume_oi_expiry", model=OptionVolumeOiExpiryRow, topic=TOPIC)
def volume_of_an_expiry(row: OptionVolumeOiExpiryRow, answer: Answer) -> Iterator[OptionVolume]:
    """{"expires":"2023-09-08","oi":451630,"volume":962332}"""
    expiry = day(row.expires, "expires")
    yield _volume(answer, answer.ticker, answer.session, VolumeScope.EXPIRY, expiry=expiry, volume=row.volume, open_interest=row.oi)


@endpoint("expiry_breakdown", model=ExpiryBreakdownRow, topic=TOPIC)
def breakdown_of_an_expiry(row: ExpiryBreakdownRow, answer: Answer) -> Iterator[OptionVolume]:
    """{"expiry":"2023-09-07","chains":5000,"open_interest":554,"volume":1566232}"""
    expiry = day(row.expiry, "expiry")
    yield _volume(answer, answer.ticker, answer.session, VolumeScope.EXPIRY, expiry=expiry, volume=row.volume, open_interest=row.open_interest)


def _volume(answer: Answer, symbol: str, session: date | None, scope: VolumeScope, path: str = "date", **values: Any) -> OptionVolume:
    stamped = answer.at(answer.began(session, path))
    return OptionVolume(symbol=symbol, **stamped, session_date=day(session, path), scope=scope, **values)


def _ratio(puts: int | None, calls: int | None) -> float | None:
    return puts / calls if puts is not None and calls else None
