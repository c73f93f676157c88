"""CBOE's delayed quote table: spot in line 2, date in line 3, header in line 4, 22 columns a strike, calls left and puts right.

The date is written in several ways. Files of a weekend still hold Friday's expired chain; rows whose IV is 0 have none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import datetime

from infra.clock import to_microseconds
from infra.files.chain_file import EPOCH_ORDINAL, ChainFile, ChainRow, misfit
from infra.market_calendar import NEW_YORK
from schemas.instruments import option_symbol

HEADER = "Expiration Date,Calls,"
_COLUMNS = 22
_LAST = re.compile(r"Last:\s*([\d.]+)")
_DATE = re.compile(r"Date:\s*(\w+ \d{1,2},? \d{4})\s*(?:(?:at|,)\s*(\d{1,2}:\d{2} [AP]M))?")
_CALL, _PUT = 1, 12  # columns of a side's symbol; bid, ask, volume, IV, delta, gamma and open interest lie at the same places behind it


def is_cboe(text: str) -> bool:
    """Tell CBOE's table by its header."""
    return HEADER in text[:2_000]


def read_cboe(name: str, text: str) -> ChainFile:
    """Read the table.

    Raises
    ------
    Permanent
        With file, line, what was expected and what was found.
    """
    lines = text.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith(HEADER))
    spot = _LAST.search(lines[head - 2]) if head >= 2 else None
    if spot is None or not float(spot[1]) > 0:
        raise misfit(name, head - 1, "the underlying's price like 'Last: 4500.53'", lines[head - 2] if head >= 2 else "nothing")
    said = _DATE.search(lines[head - 1])
    if said is None:
        raise misfit(name, head, "a date like 'Date: February 5 2022, 8:26 PM EST'", lines[head - 1])
    rows: list[ChainRow] = []
    symbol = ""
    for number, cells in enumerate(csv.reader(lines[head + 1 :]), head + 2):
        if not cells:
            continue
        if len(cells) not in (_COLUMNS, _COLUMNS + 1):  # some files end each line with a comma
            raise misfit(name, number, f"{_COLUMNS} columns", f"{len(cells)} of them")
        try:
            expiry = datetime.strptime(cells[0], "%a %b %d %Y").date().toordinal() - EPOCH_ORDINAL  # noqa: DTZ007  a date alone
            symbol = symbol or option_symbol(cells[_CALL]).underlying
            strike = float(cells[11])
            rows += [_row(cells, start, expiry, strike) for start in (_CALL, _PUT)]
        except ValueError as error:
            raise misfit(name, number, "expiry, option symbols and numbers", error) from None
    if not rows:
        raise misfit(name, head + 2, "a row of the chain", "the end of the file")
    return ChainFile("CBOE delayed quotes", symbol, _moment(name, head, said), float(spot[1]), tuple(rows))


def _row(cells: Sequence[str], start: int, expiry: int, strike: float) -> ChainRow:
    bid, ask, _, volatility, delta, gamma, interest = (float(cell) for cell in cells[start + 3 : start + 10])
    return ChainRow(expiry, strike, start == _CALL, interest, volatility, bid, ask, delta, gamma)


def _moment(name: str, line: int, said: re.Match[str]) -> int:
    day = said[1].replace(",", "")
    try:
        moment = datetime.strptime(f"{day} {said[2] or '4:00 PM'}", "%B %d %Y %I:%M %p")  # noqa: DTZ007  the zone is New York's
    except ValueError:
        raise misfit(name, line, "a date like 'February 5 2022'", said[0]) from None
    return to_microseconds(moment.replace(tzinfo=NEW_YORK))
