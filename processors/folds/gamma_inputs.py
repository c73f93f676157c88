"""What stage.gamma takes from each of its topics, as rows that wait for a tick."""

from __future__ import annotations

from functools import lru_cache
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.market_calendar import trading_day
from infra.option_expiry import EPOCH_ORDINAL
from processors.calc.contract_table import UPDATES, ContractUpdate, contract_key, contract_keys
from processors.calc.windows import SECOND_US
from processors.folds.gamma_rows import PRICES, PriceRow
from schemas.records import Bar, OptionContract, OptionRight, OptionTrade

Rows = npt.NDArray[np.void]
TRADE_FIELDS = (
    "ts_event", "expiry", "strike", "right", "ask_volume", "bid_volume", "mid_volume", "no_side_volume", "underlying_price",
)  # fmt: skip
BAR_FIELDS = ("window_end", "close")
_CALL = tuple(OptionRight).index(OptionRight.CALL)
_HOUR_US = 3_600 * SECOND_US
_OPTION_RECORD, _STOCK_TRADE = 0, 1


@lru_cache(maxsize=4_096)
def _session_of_hour(hour: int) -> int:
    return trading_day(hour * _HOUR_US).toordinal() - EPOCH_ORDINAL


def session_of(moment_us: int) -> int:
    """Return the New York date of a moment, days since 1970-01-01."""
    return _session_of_hour(moment_us // _HOUR_US)


def update_of(record: OptionContract | OptionTrade) -> bytes:
    """Return what a chain's row or a trade says of its contract, as a row of UPDATES.

    Trades carry the vendor's counts of the day, this trade included, so that a trade that comes twice, or over two feeds, counts once.
    """
    is_chain = isinstance(record, OptionContract)
    counts = (record.ask_volume or 0, record.bid_volume or 0, (record.mid_volume or 0) + (record.no_side_volume or 0))
    key = contract_key(record.expiry, record.strike, record.right is OptionRight.CALL)
    interest = record.open_interest if is_chain else None
    volatility = record.implied_volatility if is_chain else None
    return UPDATES.pack(
        *ContractUpdate(
            record.ts_event, key, session_of(record.ts_event), int(is_chain), nan if interest is None else float(interest),
            volatility if volatility is not None and volatility > 0 else nan, *map(float, counts),
        )
    )  # fmt: skip


def price_of(record: OptionContract | OptionTrade | Bar | Any) -> bytes:
    """Return the price of the underlying that a record carries, as a row of PRICES; nothing if it carries none."""
    if isinstance(record, Bar):
        return PRICES.pack(*PriceRow(record.window_end, _STOCK_TRADE, record.close))
    price = record.underlying_price
    return PRICES.pack(*PriceRow(record.ts_event, _OPTION_RECORD, price)) if price is not None and price > 0 else b""


def trades_packed(columns: Any) -> tuple[Rows, Rows]:
    """Return rows of UPDATES and of PRICES of trades as columns."""
    rows = np.zeros(columns.count, UPDATES.dtype)
    moments = columns.column("ts_event").values
    rows["ts_event"] = moments
    rows["key"] = contract_keys(columns.column("expiry").values, columns.column("strike").values, columns.column("right").values == _CALL)
    hours, place = np.unique(moments // _HOUR_US, return_inverse=True)
    rows["session"] = np.array([_session_of_hour(hour) for hour in hours.tolist()], np.int64)[place]
    rows["interest"] = rows["volatility"] = nan
    for name, fields in {"bought": ("ask_volume",), "sold": ("bid_volume",), "unsigned": ("mid_volume", "no_side_volume")}.items():
        rows[name] = sum(columns.column(field).values.astype(np.float64) for field in fields)
    price = columns.column("underlying_price")
    return rows, _prices(moments, price.values if price.valid is None else np.where(price.valid, price.values, nan), _OPTION_RECORD)


def bars_packed(columns: Any) -> tuple[Rows]:
    """Return rows of PRICES of bars as columns: the close, at the end of the window."""
    return (_prices(columns.column("window_end").values, columns.column("close").values, _STOCK_TRADE),)


def _prices(moments: npt.NDArray[np.int64], prices: npt.NDArray[np.float64], rank: int) -> Rows:
    rows = np.zeros(len(moments), PRICES.dtype)
    rows["ts_event"], rows["rank"], rows["price"] = moments, rank, prices
    return rows


def newest_of_seconds(rows: Rows) -> bytes:
    """Return the price that counts at each tick that sees any of them; those without one are left out.

    A tick sees the prices up to its own second, that moment included.
    """
    rows = rows[rows["price"] > 0]
    if not len(rows):
        return b""
    rows = rows[np.lexsort([rows["price"], rows["rank"], rows["ts_event"]])]
    tick = -(-rows["ts_event"] // SECOND_US)
    packed: bytes = rows[np.append(tick[1:] != tick[:-1], True)].tobytes()
    return packed
