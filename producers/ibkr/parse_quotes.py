"""From the payloads of the feed of quotes to `BrokerQuote`, `OptionContract`, `Trade`, `Quote` and `Bar`; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.errors import Permanent
from producers.ibkr.parse import Finite
from producers.ibkr.parse_history import BARS, past_bar
from producers.ibkr.payload_rows import rows_of
from producers.source import Parsed, Refused, Stamps
from schemas.instruments import option_symbol
from schemas.record import Record
from schemas.records import BrokerQuote, DepthMode, Licence, OptionContract, Quote, Trade

QUOTES, OPTIONS, TAPE, TAPE_QUOTES = "broker.quotes", "options.contracts", "market.trades", "market.quotes"
_DAY_ZERO = date(1970, 1, 1)
Moment = Annotated[int, Field(gt=0)]
Size = Annotated[Finite, Field(ge=0)]
Price = Annotated[Finite, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True)

    symbol: Annotated[str, Field(min_length=1)]
    sequence: Annotated[int, Field(gt=0)]
    ts_event: Moment


class _Quote(_Strict):
    security_type: str
    currency: str
    local_symbol: str
    expiry: date | None
    mode: DepthMode
    age_ms: Annotated[int, Field(ge=0)]
    gap_ms: Annotated[int, Field(ge=0)] | None
    is_crossed: bool
    is_halted: bool | None
    bid_price: Finite | None
    bid_size: Size | None
    ask_price: Finite | None
    ask_size: Size | None
    last_price: Finite | None
    last_size: Size | None
    ts_last: Moment | None
    close_price: Finite | None
    volume: Size | None


class _Option(_Quote):
    implied_volatility: Finite | None
    delta: Finite | None
    gamma: Finite | None
    vega: Finite | None
    theta: Finite | None
    underlying_price: Finite | None


class _Tick(_Strict):
    ts_received: Moment


class _Trade(_Tick):
    price: Price
    size: Annotated[Finite, Field(gt=0)]


class _BidAsk(_Tick):
    bid_price: Price
    bid_size: Size
    ask_price: Price
    ask_size: Size


def parse_quotes(body: bytes, stamps: Stamps) -> Sequence[Parsed | Refused]:
    """Return the records of one payload; a row that does not fit is refused, the others go on.

    Sample: ``{"quote":{"symbol":"ES","security_type":"FUT","currency":"USD","local_symbol":"ESM5","expiry":"2025-06-20","mode":"LIVE",
    "sequence":9,"ts_event":1748966400000000,"age_ms":12,"gap_ms":null,"is_crossed":false,"is_halted":false,"bid_price":5975.25,...}}``,
    ``{"option":{...}}`` with Greeks, or ``{"ticks":[{"symbol":"EUR.USD","sequence":9,"ts_event":1748966400000000,"ts_received":...,
    "bid_price":1.1371,"bid_size":1e6,"ask_price":1.1372,"ask_size":1e6}]}``; a trade has price and size instead.
    """
    try:
        name, rows = rows_of(body, "ticks", "quote", "option", "bars")
    except Permanent as error:
        return [Refused(QUOTES, body, error)]
    if name == "ticks":
        return [_one(TAPE if "price" in row else TAPE_QUOTES, row, stamps) for row in rows]
    topic = {"quote": QUOTES, "option": OPTIONS, "bars": BARS}[name]
    return [_one(topic, row, stamps) for row in rows]


def _one(topic: str, row: dict[str, Any], stamps: Stamps) -> Parsed | Refused:
    try:
        record = _RECORDS[topic](row, stamps)
        moment_us: int = record.ts_event
        if moment_us > stamps.latest_event_us:
            raise Permanent(f"quote: expected ts_event up to {stamps.latest_event_us}, found {moment_us}", "ts_event")
    except ValidationError as error:
        issue = error.errors()[0]
        return Refused(topic, orjson.dumps(row), Permanent(f"quote: {issue['msg'].lower()}", ".".join(str(part) for part in issue["loc"])))
    except Permanent as error:
        return Refused(topic, orjson.dumps(row), error)
    return Parsed(topic, record)


def _broker_quote(row: dict[str, Any], stamps: Stamps) -> Record:
    quote = _Quote.model_validate(row)
    values = {name: getattr(quote, name) for name in _Quote.model_fields if name != "expiry"}
    return BrokerQuote(
        **values, ts_received=stamps.received_us, ts_published=stamps.published_us, source="ibkr", expiry=_days(quote.expiry)
    )


def _option(row: dict[str, Any], stamps: Stamps) -> Record:
    quote = _Option.model_validate(row)
    if quote.is_crossed:
        raise Permanent(f"option: expected bid <= ask, found {quote.bid_price} > {quote.ask_price}", "bid_price")
    try:
        named = option_symbol(quote.symbol)
    except ValueError as error:
        raise Permanent(f"option: {error}", "symbol") from error
    return OptionContract(
        symbol=named.underlying,
        ts_event=quote.ts_event,
        ts_received=stamps.received_us,
        ts_published=stamps.published_us,
        source="ibkr",
        licence=Licence.INTERNAL,
        option_symbol=quote.symbol,
        expiry=(named.expiry - _DAY_ZERO).days,
        strike=named.strike,
        right=named.right,
        bid=quote.bid_price,
        ask=quote.ask_price,
        last_price=quote.last_price,
        previous_close=quote.close_price,
        underlying_price=quote.underlying_price,
        implied_volatility=quote.implied_volatility,
        delta=quote.delta,
        gamma=quote.gamma,
        theta=quote.theta,
        vega=quote.vega,
        ts_last_trade=quote.ts_last,
        volume=None if quote.volume is None else round(quote.volume),
    )


def _trade(row: dict[str, Any], stamps: Stamps) -> Record:
    trade = _Trade.model_validate(row)
    return Trade(
        symbol=trade.symbol, ts_event=trade.ts_event, ts_received=trade.ts_received, ts_published=stamps.published_us, source="ibkr",
        trade_id=str(trade.sequence), sequence=trade.sequence, price=trade.price, size=trade.size,
    )  # fmt: skip


def _tape_quote(row: dict[str, Any], stamps: Stamps) -> Record:
    quote = _BidAsk.model_validate(row)
    if quote.bid_price > quote.ask_price:
        raise Permanent(f"quote: expected bid <= ask, found {quote.bid_price} > {quote.ask_price}", "bid_price")
    return Quote(
        symbol=quote.symbol, ts_event=quote.ts_event, ts_received=quote.ts_received, ts_published=stamps.published_us, source="ibkr",
        sequence=quote.sequence, bid_price=quote.bid_price, bid_size=quote.bid_size, ask_price=quote.ask_price, ask_size=quote.ask_size,
    )  # fmt: skip


def _days(day: date | None) -> int | None:
    return None if day is None else (day - _DAY_ZERO).days


_RECORDS: dict[str, Callable[[dict[str, Any], Stamps], Any]] = {
    QUOTES: _broker_quote, OPTIONS: _option, TAPE: _trade, TAPE_QUOTES: _tape_quote, BARS: past_bar,
}  # fmt: skip
