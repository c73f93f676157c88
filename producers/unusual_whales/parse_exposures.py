"""Greek exposures, in two units that public code mixes up.

greek-exposure is made of daily open interest, in shares; spot-exposures and the gex channels are US dollars per 1 %, every minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import Misfit, above_zero, day, name, needed, optional_day
from producers.unusual_whales.models.rest_market import (
    GreekExposureExpiryRow,
    GreekExposureRow,
    GreekExposureStrikeExpiryRow,
    GreekExposureStrikeRow,
    SpotExposuresExpiryStrikeRow,
    SpotExposuresRow,
    SpotExposuresStrikeRow,
)
from producers.unusual_whales.models.websocket import GexMessage, GexStrikeExpiryMessage, GexStrikeMessage
from schemas.records import ExposureBasis, ExposureScope, ExposureUnit, GreekExposure

TOPIC = "options.exposures"
_GREEKS = ("delta", "gamma", "charm", "vanna")
_REST_BASES = {
    ExposureBasis.OPEN_INTEREST: "oi", ExposureBasis.VOLUME: "vol", ExposureBasis.ASK_VOLUME: "ask", ExposureBasis.BID_VOLUME: "bid",
}  # fmt: skip
_STREAM_BASES = _REST_BASES | {ExposureBasis.ASK_VOLUME: "ask_vol", ExposureBasis.BID_VOLUME: "bid_vol"}
_TOTAL_BASES = {ExposureBasis.OPEN_INTEREST: "oi", ExposureBasis.VOLUME: "vol", ExposureBasis.DIRECTIONAL_VOLUME: "dir"}


@endpoint("greek_exposure", model=GreekExposureRow, topic=TOPIC)
def total_in_shares(row: GreekExposureRow, answer: Answer) -> Iterator[GreekExposure]:
    """{"date":"2023-09-08","call_gamma":"9356683.4241","put_gamma":"-12337386.0524","call_delta":"227549667.4651",...}"""
    session = needed(row.date, "date")
    yield _in_shares(row, answer, session, ExposureScope.TOTAL, row.call_gamma, row.put_gamma)


@endpoint("greek_exposure_expiry", model=GreekExposureExpiryRow, topic=TOPIC)
def expiry_in_shares(row: GreekExposureExpiryRow, answer: Answer) -> Iterator[GreekExposure]:
    """{"date":"2022-05-20","expiry":"2022-05-25","dte":5,"call_gex":"9356683.4241","put_gex":"-12337386.0524",...}"""
    yield _in_shares(row, answer, row.date or answer.session, ExposureScope.EXPIRY, row.call_gex, row.put_gex, expiry=day(row.expiry, "expiry"))


@endpoint("greek_exposure_strike", model=GreekExposureStrikeRow, topic=TOPIC)
def strike_in_shares(row: GreekExposureStrikeRow, answer: Answer) -> Iterator[GreekExposure]:
    """{"strike":"150","call_gex":"9356683.4241","put_gex":"-12337386.0524",...}"""
    strike = above_zero(row.strike, "strike")
    yield _in_shares(row, answer, row.date or answer.session, ExposureScope.STRIKE, row.call_gex, row.put_gex, strike=strike)


@endpoint("greek_exposure_strike_expiry", model=GreekExposureStrikeExpiryRow, topic=TOPIC)
def strike_and_expiry_in_shares(row: GreekExposureStrikeExpiryRow, answer: Answer) -> Iterator[GreekExposure]:
    """{"strike":"150","expiry":"2022-05-25","call_gex":"9356683.4241","put_gex":"-12337386.0524",...}"""
    strike, expiry = above_zero(row.strike, "strike"), day(row.expiry, "expiry")
    yield _in_shares(row, answer, row.date or answer.session, ExposureScope.STRIKE_EXPIRY, row.call_gex, row.put_gex, strike=strike, expiry=expiry)


@endpoint("spot_exposures", model=SpotExposuresRow, topic=TOPIC)
def total_in_dollars(row: SpotExposuresRow, answer: Answer) -> Iterator[GreekExposure]:
    """{"time":"2023-12-13T05:00:41.481Z","price":"4650","gamma_per_one_percent_move_oi":"65476967081.41",...}"""
    yield from _total_in_dollars(row, answer, answer.ticker, answer.happened(row.time, "time"))


@endpoint("spot_exposures_strike", model=SpotExposuresStrikeRow, topic=TOPIC)
def strike_in_dollars(row: SpotExposuresStrikeRow, answer: Answer) -> Iterator[GreekExposure]:
    """{"strike":"4650","time":"2023-12-13T05:00:41.481Z","price":"4650","call_gamma_oi":"5124108502049.17",...}"""
    yield from _strike_in_dollars(row, answer, answer.ticker, answer.happened(row.time, "time"), _REST_BASES, None)


@endpoint("spot_exposures_expiry_strike", model=SpotExposuresExpiryStrikeRow, topic=TOPIC)
def expiry_and_strike_in_dollars(row: SpotExposuresExpiryStrikeRow, answer: Answer) -> Iterator[GreekExposure]:
    """{"strike":"4650","expiry":"2023-12-15","time":"2023-12-13T05:00:41.481Z","price":"4650","call_gamma_oi":"5124108502049.17",...}"""
    expiry = row.expiry or _only_expiry(answer)
    yield from _strike_in_dollars(row, answer, answer.ticker, answer.happened(row.time, "time"), _REST_BASES, expiry)


def stream_total(message: GexMessage, answer: Answer) -> Iterator[GreekExposure]:
    """{"ticker":"SPY","timestamp":1750431600000,"price":"600.5","gamma_per_one_percent_move_oi":"4200000000.5",...}"""
    yield from _total_in_dollars(message, answer, name(message.ticker, "ticker"), answer.happened(message.timestamp, "timestamp"))


def stream_strike(message: GexStrikeMessage, answer: Answer) -> Iterator[GreekExposure]:
    """{"ticker":"SPY","timestamp":1726670426000,"strike":"290","price":"562.96","call_gamma_oi":"174792.59",...}"""
    moment_us = answer.happened(message.timestamp, "timestamp")
    yield from _strike_in_dollars(message, answer, name(message.ticker, "ticker"), moment_us, _STREAM_BASES, None)


def stream_strike_and_expiry(message: GexStrikeExpiryMessage, answer: Answer) -> Iterator[GreekExposure]:
    """{"ticker":"SPY","expiry":"2025-01-24","timestamp":1726670426000,"strike":"290","call_gamma_oi":"174792.59",...}"""
    moment_us, expiry = answer.happened(message.timestamp, "timestamp"), needed(message.expiry, "expiry")
    yield from _strike_in_dollars(message, answer, name(message.ticker, "ticker"), moment_us, _STREAM_BASES, expiry)


def _in_shares(
    row: Any, answer: Answer, session: date, scope: ExposureScope, call_gamma: float | None, put_gamma: float | None,
    strike: float | None = None, expiry: int | None = None,
) -> GreekExposure:  # fmt: skip
    calls = {"delta": row.call_delta, "gamma": call_gamma, "charm": row.call_charm, "vanna": row.call_vanna}
    puts = {"delta": row.put_delta, "gamma": put_gamma, "charm": row.put_charm, "vanna": row.put_vanna}
    return GreekExposure(
        symbol=answer.ticker,
        **answer.at(answer.began(session, "date")),
        session_date=day(session, "date"),
        scope=scope,
        unit=ExposureUnit.SHARES,
        basis=ExposureBasis.OPEN_INTEREST,
        strike=strike,
        expiry=expiry,
        **_by_right(calls, puts),
    )


def _total_in_dollars(row: Any, answer: Answer, symbol: str, moment_us: int) -> Iterator[GreekExposure]:
    for basis, suffix in _TOTAL_BASES.items():
        net = {f"net_{greek}": getattr(row, f"{greek}_per_one_percent_move_{suffix}", None) for greek in _GREEKS}
        if any(value is not None for value in net.values()):
            yield GreekExposure(
                symbol=symbol,
                **answer.at(moment_us),
                scope=ExposureScope.TOTAL,
                unit=ExposureUnit.USD_PER_PERCENT,
                basis=basis,
                underlying_price=row.price,
                **net,
            )


def _strike_in_dollars(
    row: Any, answer: Answer, symbol: str, moment_us: int, bases: Mapping[ExposureBasis, str], expiry: date | None
) -> Iterator[GreekExposure]:
    strike = above_zero(row.strike, "strike")
    for basis, suffix in bases.items():
        calls, puts = ({greek: getattr(row, f"{right}_{greek}_{suffix}", None) for greek in _GREEKS} for right in ("call", "put"))
        if any(value is not None for value in (*calls.values(), *puts.values())):
            yield GreekExposure(
                symbol=symbol,
                **answer.at(moment_us),
                scope=ExposureScope.STRIKE if expiry is None else ExposureScope.STRIKE_EXPIRY,
                unit=ExposureUnit.USD_PER_PERCENT,
                basis=basis,
                strike=strike,
                expiry=optional_day(expiry),
                underlying_price=row.price,
                **_by_right(calls, puts),
            )


def _by_right(calls: Mapping[str, float | None], puts: Mapping[str, float | None]) -> dict[str, Any]:
    """Return the exposures of calls, puts and both; the vendor has given puts their sign already."""
    exposures: dict[str, Any] = {}
    for greek in _GREEKS:
        call, put = calls[greek], puts[greek]
        exposures |= {f"call_{greek}": call, f"put_{greek}": put, f"net_{greek}": None if call is None or put is None else call + put}
    return exposures


def _only_expiry(answer: Answer) -> date:
    """Return the expiry that was asked for; rows of several asked at once cannot be told apart without their own."""
    asked = answer.parameters.get("expirations[]", "")
    if "," in asked:
        raise Misfit("expiry", "an expiry in the row when several are asked for", None)
    return needed(answer.asked_day("expirations[]" if asked else "expiry"), "expiry")
