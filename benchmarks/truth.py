"""The bars that are right, computed by pandas from the tape's columns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.market_tape import MarketTape

MINUTE_US = 60_000_000


def right_bars(tape: MarketTape) -> pd.DataFrame:
    """Return every bar of the tape, indexed by (symbol, window_start in microseconds).

    A symbol's minute closes when its first trade of a later minute comes, so each symbol's last minute stays open: column
    ``closed`` is False. Column ``passed`` tells whether any trade of the same partition came in a later minute, ``closing_row``
    which trade of the tape closed the bar (-1: none).
    """
    trades = pd.DataFrame(
        {
            "code": tape.symbol,
            "window_start": tape.ts_event_ns // 1_000 // MINUTE_US * MINUTE_US,
            "price": tape.price,
            "size": tape.size.astype("float64"),
            "money": tape.price * tape.size,
            "row": np.arange(len(tape)),
        }
    )
    bars = trades.groupby(["code", "window_start"], sort=True).agg(
        open=("price", "first"),
        high=("price", "max"),
        low=("price", "min"),
        close=("price", "last"),
        volume=("size", "sum"),
        money=("money", "sum"),
        trade_count=("size", "count"),
        first_row=("row", "first"),
    )
    bars["vwap"] = bars.pop("money") / bars["volume"]
    bars = bars.reset_index()
    bars["closing_row"] = bars.groupby("code")["first_row"].shift(-1).fillna(-1).astype("int64")
    bars["closed"] = bars["window_start"] != bars.groupby("code")["window_start"].transform("max")
    partition = tape.partition_of_symbol[bars["code"]]
    bars["passed"] = bars["window_start"] != bars.groupby(partition)["window_start"].transform("max")
    bars.insert(0, "symbol", [tape.symbols[code] for code in bars.pop("code")])
    return bars.drop(columns="first_row").set_index(["symbol", "window_start"]).sort_index()
