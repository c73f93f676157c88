"""Bars as vendors' JSON answers: Alpha Vantage's time series and Polygon's aggregates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.clock import MICROSECONDS
from infra.errors import Permanent
from infra.files.bars_csv import with_ends
from infra.files.market_file import FileBar, MarketFile, text_of
from infra.market_calendar import NEW_YORK

_ALPHA_VANTAGE = ("1. open", "2. high", "3. low", "4. close", "5. volume")
_EXPECTED = "an answer of Alpha Vantage ('Meta Data' and 'Time Series ...') or of Polygon's aggregates ('ticker' and 'results')"


def read(path: Path) -> MarketFile:
    """Read the bars of an answer, oldest first.

    Raises
    ------
    Permanent
        If it is the answer of neither, or a bar of it does not fit.
    """
    try:
        body: Any = json.loads(text_of(path))
    except json.JSONDecodeError as error:
        raise Permanent(f"{path.name} line {error.lineno}: expected JSON, found {error.msg}") from error
    if isinstance(body, Mapping) and "Meta Data" in body:
        return _alpha_vantage(path, body)
    if isinstance(body, Mapping) and "ticker" in body and isinstance(body.get("results"), list):
        return _polygon(path, body)
    found = ", ".join(list(body)[:6]) if isinstance(body, Mapping) else type(body).__name__
    raise Permanent(f"{path.name}: expected {_EXPECTED}, found {found}")


def _alpha_vantage(path: Path, body: Mapping[str, Any]) -> MarketFile:
    series = next((value for name, value in body.items() if name.startswith("Time Series")), None)
    symbol = next((value for name, value in body["Meta Data"].items() if name.endswith("Symbol")), None)
    if not isinstance(series, Mapping) or not isinstance(symbol, str):
        raise Permanent(f"{path.name}: expected {_EXPECTED}, found {', '.join(list(body)[:6])}")
    bars = []
    for moment, row in series.items():
        try:
            start = round(datetime.fromisoformat(moment).replace(tzinfo=NEW_YORK).timestamp()) * MICROSECONDS
            opened, high, low, close, volume = (float(row[name]) for name in _ALPHA_VANTAGE)
            bars.append(FileBar(start, start, opened, high, low, close, volume))
        except (KeyError, ValueError, TypeError) as error:
            raise Permanent(f"{path.name} at {moment!r}: expected {', '.join(_ALPHA_VANTAGE)}, found {row} ({error!r})") from error
    return MarketFile(path, "Alpha Vantage bars", symbol.upper(), bars=with_ends(path, bars))


def _polygon(path: Path, body: Mapping[str, Any]) -> MarketFile:
    bars = []
    for place, row in enumerate(body["results"]):
        try:
            start = int(row["t"]) * 1_000
            vwap = float(row["vw"]) if "vw" in row else None
            count = int(row["n"]) if "n" in row else None
            opened, high, low, close, volume = (float(row[name]) for name in "ohlcv")
            bars.append(FileBar(start, start, opened, high, low, close, volume, vwap, count))
        except (KeyError, ValueError, TypeError) as error:
            raise Permanent(f"{path.name} results[{place}]: expected t, o, h, l, c and v, found {row} ({error!r})") from error
    return MarketFile(path, "Polygon bars", str(body["ticker"]).upper(), bars=with_ends(path, bars))
