"""Prints off exchange and volume by price level."""

from __future__ import annotations

from collections.abc import Iterator

from infra.clock import to_microseconds
from producers.unusual_whales.answer import Answer
from producers.unusual_whales.endpoint_parser import endpoint
from producers.unusual_whales.misfit import above_zero, count, day, name
from producers.unusual_whales.models.rest_darkpool import DarkpoolRecentRow
from producers.unusual_whales.models.rest_market import StockVolumePriceLevelsRow
from producers.unusual_whales.models.websocket import OffLitTradesMessage
from schemas.ids import deterministic_id
from schemas.records import DarkpoolPrint, PriceLevel

PRINTS = "darkpool.prints"


@endpoint("darkpool_ticker", "darkpool_recent", model=DarkpoolRecentRow, topic=PRINTS)
def rest_print(row: DarkpoolRecentRow, answer: Answer) -> Iterator[DarkpoolPrint]:
    """{"ticker":"QID","executed_at":"2025-05-02T13:42:12Z","price":"18.9904","size":6400,"premium":"121538.56","tracking_id":71984388012245,...}"""
    price, size = above_zero(row.price, "price"), count(row.size, "size", least=1)
    moment_us = answer.happened(row.executed_at, "executed_at")
    symbol = name(row.ticker, "ticker")
    tracked = row.tracking_id
    yield DarkpoolPrint(
        symbol=symbol,
        **answer.at(moment_us),
        print_id=_print_id(symbol, moment_us, price, size, row.volume) if tracked is None else str(tracked),
        price=price,
        size=size,
        premium=price * size if row.premium is None else row.premium,
        ts_reported=None if row.trf_executed_at is None else to_microseconds(row.trf_executed_at),
        bid=row.nbbo_bid,
        ask=row.nbbo_ask,
        bid_size=row.nbbo_bid_quantity,
        ask_size=row.nbbo_ask_quantity,
        volume=row.volume,
        market_center=row.market_center or None,
        settlement=row.trade_settlement or None,
        conditions=_conditions(row.sale_cond_codes, row.trade_code, row.ext_hour_sold_codes),
        canceled=bool(row.canceled),
    )


def stream_print(message: OffLitTradesMessage, answer: Answer) -> Iterator[DarkpoolPrint]:
    """{"symbol":"AAPL","type":"off_lit","price":"150.25","size":100,"executed_at":"2024-09-22T14:30:00Z","nbbo_bid":"150.20",...}"""
    price, size = above_zero(message.price, "price"), count(message.size, "size", least=1)
    moment_us = answer.happened(message.executed_at, "executed_at")
    symbol = name(message.symbol, "symbol")
    yield DarkpoolPrint(
        symbol=symbol,
        **answer.at(moment_us),
        print_id=_print_id(symbol, moment_us, price, size, message.volume),
        price=price,
        size=size,
        premium=price * size,
        ts_reported=None if message.trf_executed_at is None else to_microseconds(message.trf_executed_at),
        bid=message.nbbo_bid,
        ask=message.nbbo_ask,
        bid_size=message.nbbo_bid_quantity,
        ask_size=message.nbbo_ask_quantity,
        volume=message.volume,
        settlement=message.trade_settlement or None,
        conditions=_conditions(message.sale_cond_codes, message.trade_code, message.ext_hour_sold_codes),
    )


@endpoint("stock_volume_price_levels", model=StockVolumePriceLevelsRow, topic="market.price-levels")
def price_level(row: StockVolumePriceLevelsRow, answer: Answer) -> Iterator[PriceLevel]:
    """{"price":120.12,"lit_vol":19941285,"off_vol":22074116}; executions on Nasdaq's exchanges and FINRA's facilities alone."""
    session = answer.session
    lit, off = count(row.lit_vol, "lit_vol"), count(row.off_vol, "off_vol")
    lit_percent = 100 * lit / (lit + off) if lit + off else None
    yield PriceLevel(
        symbol=answer.ticker,
        **answer.at(answer.began(session, "date")),
        session_date=day(session, "date"),
        price=above_zero(row.price, "price"),
        lit_volume=lit,
        off_exchange_volume=off,
        lit_percent=lit_percent,
        off_exchange_percent=None if lit_percent is None else 100 - lit_percent,
    )


def _print_id(symbol: str, moment_us: int, price: float, size: int, volume: int | None) -> str:
    # Volume of the day rises with each print, so it tells twins apart.
    return deterministic_id("darkpool-print", symbol, moment_us, price, size, volume or 0)


def _conditions(*codes: str | None) -> tuple[str, ...]:
    return tuple([code for code in codes if code])
