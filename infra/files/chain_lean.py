"""LEAN's option universe: a line of the underlying, then a line a contract with open interest, volatility and greeks.

Lean writes no symbol and no date inside: they are the folder's and the file's name, ``aapl/20140606.csv``. The numbers are those of the
day's close. Contracts that nobody quoted have 0 throughout.
"""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

from infra.clock import to_microseconds
from infra.files.chain_file import EPOCH_ORDINAL, ChainFile, ChainRow, misfit
from infra.market_calendar import NEW_YORK

HEADER = "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho"
_COLUMNS = HEADER.count(",") + 1
_CLOSE = 6


def is_lean(text: str) -> bool:
    """Tell a universe by its header."""
    return text.startswith(HEADER)


def read_lean(path: Path, name: str, text: str) -> ChainFile:
    """Read the universe; ``name`` is that of the file or of the zip's entry.

    Raises
    ------
    Permanent
        With file, line, what was expected and what was found.
    """
    stem = Path(name).stem
    try:
        day = date(int(stem[:4]), int(stem[4:6]), int(stem[6:8]))
    except ValueError:
        raise misfit(path, None, "a file named by its date, like aapl/20140606.csv", name) from None
    spot: float | None = None
    rows: list[ChainRow] = []
    for number, line in enumerate(text.splitlines()[1:], 2):
        cells = line.split(",")
        if len(cells) != _COLUMNS:
            raise misfit(path, number, f"{_COLUMNS} columns", f"{len(cells)} of them")
        try:
            if not cells[0]:
                spot = float(cells[_CLOSE])
                continue
            expiry = date(int(cells[0][:4]), int(cells[0][4:6]), int(cells[0][6:8])).toordinal() - EPOCH_ORDINAL
            if cells[2] not in ("C", "P"):
                raise misfit(path, number, "C or P", cells[2])
            interest = float(cells[8]) if cells[8] else None
            volatility, delta, gamma, vega, theta = (float(cell) if cell else None for cell in cells[9:14])
            rows.append(
                ChainRow(expiry, float(cells[1]), cells[2] == "C", interest, volatility, None, None, delta, gamma, vega, theta)
            )
        except ValueError as error:
            raise misfit(path, number, "expiry, strike, right and numbers", error) from None
    if spot is None or not rows:
        raise misfit(path, 2, "a line of the underlying and lines of contracts", "none")
    moment = to_microseconds(datetime.combine(day, time(16), NEW_YORK))
    return ChainFile("LEAN option universe", path.parent.name.upper(), moment, spot, tuple(rows))
