"""Chains as Polygon and Unusual Whales answer them over REST, stored as JSON: one answer, or a list of the pages of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from infra.clock import to_microseconds
from infra.files.chain_file import EPOCH_ORDINAL, ChainFile, ChainRow, misfit
from schemas.instruments import option_symbol
from schemas.records import OptionRight

_NANOSECONDS = 1_000


def read_polygon(name: str, pages: Sequence[Mapping[str, Any]]) -> ChainFile:
    """Read answers of ``/v3/snapshot/options/{underlying}``.

    Raises
    ------
    Permanent
        With the row, what was expected and what was found.
    """
    rows: list[ChainRow] = []
    symbol, spot, moment = "", None, None
    for number, row in enumerate(row for page in pages for row in page["results"]):
        details, quote, greeks, underlying = (row.get(part) or {} for part in ("details", "last_quote", "greeks", "underlying_asset"))
        contract = _contract(name, f"results[{number}].details.ticker", str(details.get("ticker")).removeprefix("O:"))
        symbol = symbol or str(underlying.get("ticker") or contract.underlying)
        if underlying.get("price"):
            spot = float(underlying["price"])
        stamps = [part.get("last_updated") for part in (quote, underlying)]
        moment = max([moment or 0, *(int(stamp) // _NANOSECONDS for stamp in stamps if stamp)]) or None
        rows.append(
            ChainRow(
                _days(contract.expiry), contract.strike, contract.right is OptionRight.CALL, _number(row.get("open_interest")),
                _number(row.get("implied_volatility")), _number(quote.get("bid")), _number(quote.get("ask")),
                *(_number(greeks.get(greek)) for greek in ("delta", "gamma", "vega", "theta")),
            )
        )  # fmt: skip
    if not rows:
        raise misfit(name, None, "contracts in results", "none")
    return ChainFile("Polygon option snapshot", symbol, moment, spot, tuple(rows))


def read_unusual_whales(name: str, pages: Sequence[Mapping[str, Any]]) -> ChainFile:
    """Read answers of ``/api/stock/{ticker}/option-contracts`` or of option-chains asked with ``greeks=true``; they carry no spot.

    Raises
    ------
    Permanent
        With the row, what was expected and what was found.
    """
    rows: list[ChainRow] = []
    symbol, moment = "", None
    for number, row in enumerate(row for page in pages for row in page["data"]):
        if not isinstance(row, Mapping):
            raise misfit(name, None, f"a contract with its numbers in data[{number}] (ask with greeks=true)", row)
        contract = _contract(name, f"data[{number}].option_symbol", str(row.get("option_symbol")))
        symbol = symbol or contract.underlying
        traded = row.get("last_tape_time")
        if traded:
            moment = max(moment or 0, to_microseconds(datetime.fromisoformat(str(traded))))
        numbers = ("open_interest", "implied_volatility", "nbbo_bid", "nbbo_ask", "delta", "gamma", "vega", "theta", "ask_volume", "bid_volume")
        rows.append(
            ChainRow(
                _days(contract.expiry), contract.strike, contract.right is OptionRight.CALL, *(_number(row.get(field)) for field in numbers)
            )
        )
    if not rows:
        raise misfit(name, None, "contracts in data", "none")
    return ChainFile("Unusual Whales option contracts", symbol, moment, None, tuple(rows))


def _contract(name: str, path: str, text: str) -> Any:
    try:
        return option_symbol(text)
    except ValueError:
        raise misfit(name, None, f"an option symbol like SPY250516C00590000 in {path}", text) from None


def _days(day: Any) -> int:
    return int(day.toordinal()) - EPOCH_ORDINAL


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
