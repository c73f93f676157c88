"""What must be in the table of a tape's trades, and what is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.market_tape import CONDITIONS, MarketTape
from infra.clickhouse.client import ClickHouse

_FACTOR = 1_000_003  # binds the columns of a row together: sums of single columns would not see values that changed places
QUERY = f"""
SELECT symbol, toInt64(count()) AS trades, sum(sequence) AS sequences, sum(size) AS sizes, sum(in_cents) AS cents,
    sum((ts_event_ns % {_FACTOR} + in_cents * 31 + size * 7 + length(ifNull(conditions, ''))) * sequence) AS bound,
    toInt64(uniqExact(_partition, _offset)) AS places, toInt64(uniqExact(sequence)) AS prints
FROM (SELECT *, toInt64(round(price * 100)) AS in_cents FROM history_trades)
GROUP BY symbol ORDER BY symbol
"""


def right_sums(tape: MarketTape) -> pd.DataFrame:
    """Return the counts and sums of each symbol that the tape's trades have, each trade once."""
    cents = np.round(tape.price * 100).astype(np.int64)
    lengths = np.array([len(text) for text in CONDITIONS], np.int64)[tape.condition]
    frame = pd.DataFrame(
        {
            "symbol": tape.symbol,
            "trades": 1,
            "sequences": tape.sequence,
            "sizes": tape.size,
            "cents": cents,
            "bound": (tape.ts_event_ns % _FACTOR + cents * 31 + tape.size * 7 + lengths) * tape.sequence,
        }
    )
    sums = frame.groupby("symbol", as_index=False).sum()
    sums["symbol"] = [tape.symbols[index] for index in sums["symbol"]]
    sums["places"] = sums["prints"] = sums["trades"]
    return sums.sort_values("symbol").reset_index(drop=True)


def differences(database: ClickHouse, right: pd.DataFrame) -> str:
    """Return what is wrong with the table; empty when each trade is there once, as it was."""
    found = pd.DataFrame(database.rows(QUERY), columns=list(right.columns))
    if len(found) != len(right) or list(found["symbol"]) != list(right["symbol"]):
        return f"expected {len(right)} symbols, found {len(found)}"
    wrong = [name for name in right.columns[1:] if not np.array_equal(found[name].to_numpy(np.int64), right[name].to_numpy(np.int64))]
    return f"expected {right['trades'].sum():,} trades, found {found['trades'].sum():,}; wrong: {', '.join(wrong)}" if wrong else ""
