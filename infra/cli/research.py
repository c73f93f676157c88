"""`tapewire research fetch | volatility`: bars, signals and regimes of a symbol, kept as a Parquet file; the volatility to expect of it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from infra.errors import ConfigurationError
from infra.market_calendar import NEW_YORK
from infra.settings import Settings, load
from schemas.records import PriceSnapshot

if TYPE_CHECKING:
    from processors.research.frame import Frame

_TOPIC = "market.price-snapshots"
_DAYS_PER_YEAR = 252


def register(app: typer.Typer) -> None:
    research = typer.Typer(help="Data for research.", no_args_is_help=True)
    app.add_typer(research, name="research")

    @research.command()
    def fetch(
        symbol: str = typer.Argument(..., help="Ticker, e.g. SPY."),
        start: str = typer.Option(..., help="First moment, New York time, e.g. 2020-04-15T09:30."),
        end: str = typer.Option(..., help="Moment before which bars begin."),
        interval: str = typer.Option("1m", help="1s, 1m, 2m, 5m, 15m, 1h or 1d."),
        vendor: str = typer.Option("tapewire", help="tapewire, a vendor whose bars are stored, or polygon-rest."),
        announce: bool = typer.Option(False, "--announce", help="Write a stored frame to market.price-snapshots; needs the broker."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines: one object a bar."),
    ) -> None:
        """Fetch bars with signals and regimes, e.g. `tapewire research fetch SPY --start 2020-04-15T09:30 --end 2020-04-15T16:00`."""
        settings = load()
        frame = asyncio.run(_fetched(settings, symbol, interval, vendor, _moment("--start", start), _moment("--end", end), announce))
        if as_json:
            rows = [
                {"bar": bar.as_avro(), "signals": [item.as_avro() for item in signals], "regime": regime.as_avro()}
                for bar, signals, regime in zip(frame.bars, frame.signals, frame.regimes, strict=True)
            ]
            print(json.dumps(rows))
            return
        _print(frame, settings)

    @research.command()
    def volatility(
        symbol: str = typer.Argument(..., help="Ticker, e.g. SPY."),
        start: str = typer.Option(..., help="First moment, New York time, e.g. 2019-01-02."),
        end: str = typer.Option(..., help="Moment before which bars begin."),
        interval: str = typer.Option("1d", help="Length of the bars, as for fetch; at least 251 of them."),
        vendor: str = typer.Option("tapewire", help="As for fetch."),
        days: int = typer.Option(21, help="Trading days that the forecast spans.", min=1),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Fit a GARCH(1,1) to the returns of bars and tell the volatility it expects, e.g.
        `tapewire research volatility SPY --start 2019-01-02 --end 2020-04-15`."""
        settings = load()
        frame = asyncio.run(_fetched(settings, symbol, interval, vendor, _moment("--start", start), _moment("--end", end), announce=False))
        told = _garch(frame, days)
        if as_json:
            print(json.dumps(told))
        elif told["alpha"] is None:
            print(f"no fit: expected at least 251 {interval} bars of {frame.symbol} whose prices move, found {len(frame)}")
        else:
            print(f"{frame.symbol}, {len(frame)} {interval} bars: alpha {told['alpha']:.4f}, beta {told['beta']:.4f}, omega {told['omega']:.3g}")
            print(f"expected volatility over {days} trading days: {100 * told['expected_volatility']:.1f} % a year")


def _garch(frame: Frame, days: int) -> dict[str, Any]:
    """Return the fit and the expected annualised volatility as plain values; null where there is no fit."""
    import numpy as np

    from processors.calc.price_path import TRADING_MINUTES_PER_YEAR, log_returns
    from processors.calc.windows import LENGTH_US
    from processors.estimation.garch import fit_garch

    fit = fit_garch(log_returns(np.array([bar.close for bar in frame.bars]))) if len(frame) > 1 else None
    if fit is None:
        return {"bars": len(frame), "omega": None, "alpha": None, "beta": None, "expected_volatility": None}
    length_us = LENGTH_US.get(frame.resolution)
    per_year = _DAYS_PER_YEAR if length_us is None else TRADING_MINUTES_PER_YEAR * 60_000_000 / length_us
    steps = max(1, round(days * per_year / _DAYS_PER_YEAR))
    expected = fit.volatility(steps, per_year)
    return {"bars": len(frame), "omega": fit.omega, "alpha": fit.alpha, "beta": fit.beta, "expected_volatility": expected}


async def _fetched(settings: Settings, symbol: str, interval: str, vendor: str, start: datetime, end: datetime, announce: bool) -> Frame:
    from infra.cli.research_layer import open_data_layer

    async with open_data_layer(settings, (lambda snapshot: publish(settings, snapshot)) if announce else None) as layer:
        return await layer.fetch(symbol.upper(), interval, vendor, start, end)


def publish(settings: Settings, snapshot: PriceSnapshot) -> None:
    """Write one snapshot and wait until the broker has it (SCH-08)."""
    from infra.kafka.codecs import CodecSet
    from infra.kafka.producer import RecordProducer

    producer = RecordProducer(settings, CodecSet.from_registry(settings.registry, [_TOPIC]), client_id="tapewire research")
    try:
        producer.send(_TOPIC, snapshot)
        producer.flush()
    finally:
        producer.close()


def _moment(option: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{option}: expected a moment such as 2020-04-15T09:30, found {text}") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=NEW_YORK)


def _print(frame: Frame, settings: Settings) -> None:
    from rich.console import Console
    from rich.table import Table

    from infra.number_formats import exchange_moment

    console = Console()
    if not len(frame):
        console.print(f"{frame.vendor} has no {frame.resolution.value} bar of {frame.symbol} in that time.")
        return
    table = Table("bar ends", "close", "volume", "filtered", "± 1.96 sd", "regime", "signals", title=f"{frame.symbol}, {len(frame)} bars")
    shown = list(zip(frame.bars, frame.signals, frame.regimes, strict=True))
    for bar, signals, regime in shown[:3] + shown[3:][-12:]:
        band = None if regime.kalman_price_sd is None else 1.96 * regime.kalman_price_sd
        cells = ("–" if regime.kalman_price is None else f"{regime.kalman_price:,.4f}", "–" if band is None else f"{band:,.4f}")
        calls = "; ".join(f"{item.strategy} {item.side.value.lower()}" for item in signals)
        table.add_row(exchange_moment(bar.window_end), f"{bar.close:,.4f}", f"{bar.volume:,.0f}", *cells, regime.label.value, calls)
    console.print(table)
    counts = Counter(regime.label.value for regime in frame.regimes)
    console.print("regimes: " + ", ".join(f"{label} {count}" for label, count in counts.most_common()))
    console.print(f"signals: {sum(map(len, frame.signals))}; kept in {settings.research.cache_folder}")
