"""`tapewire calc gamma`: dealers' gamma of option chains in files."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from infra.cli.calculation_output import AsJson, PlotFile, Section, show
from infra.errors import Permanent

if TYPE_CHECKING:
    from infra.cli.gamma_of_file import FileGamma

_STRIKES_SHOWN = 12
_PLOT_HEIGHT = 800


def register(app: typer.Typer) -> None:
    @app.command()
    def gamma(
        files: list[Path] = typer.Argument(..., help="CBOE delayed quotes, LEAN universes (CSV or zip), Polygon or Unusual Whales chains (JSON)."),
        day_count: str = typer.Option("", help="calendar-365 or business-262; default: business days for files of a whole day, else calendar."),
        spot: float = typer.Option(0.0, help="Price of the underlying, where the file has none (Unusual Whales)."),
        at: str = typer.Option("", help="Moment the chain holds for, e.g. 2026-11-20T15:00-05:00, where the file does not say."),
        rate: float = typer.Option(0.0, help="Interest a year, a fraction."),
        dividend_yield: float = typer.Option(0.0, help="A year, a fraction."),
        reach: float = typer.Option(0.2, min=0.01, max=0.9, help="The profile goes so far to either side of the spot, a share of it."),
        as_json: bool = AsJson,
        plot: Path | None = PlotFile,
    ) -> None:
        """Total gamma, flip, walls, max pain and exposures of chains, e.g. `tapewire calc gamma spx_quotedata.csv --plot gamma.html`."""
        from infra.cli.gamma_of_file import gamma_of_file
        from processors.calc.gamma_chain import DayCount

        if day_count and day_count not in tuple(DayCount):
            raise Permanent(f"--day-count: expected one of {', '.join(DayCount)}, found {day_count}")
        moment = _moment(at)
        found = [
            gamma_of_file(
                path, DayCount(day_count) if day_count else None, spot or None, moment, rate=rate, dividend_yield=dividend_yield, reach=reach
            )
            for path in files
        ]
        sections = [section for one in found for section in _sections(one)]
        show({"chains": [one.as_plain() for one in found]}, sections, as_json=as_json, plot=plot, figure=lambda: _figure(found[0]))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Permanent(f"--at: expected a moment like 2026-11-20T15:00-05:00, found {text}") from None
    if moment.tzinfo is None:
        from infra.market_calendar import NEW_YORK

        return moment.replace(tzinfo=NEW_YORK)
    return moment


def _sections(one: FileGamma) -> list[Section]:
    summary, naive = one.summary, one.naive
    used = summary.used
    title = f"{one.chain.symbol} · {one.chain.kind} · {one.moment:%Y-%m-%d %H:%M} ET"
    facts: list[tuple[str, Any, str]] = [
        ("Spot", one.spot, "USD"),
        ("Total gamma, the file's own greeks", one.vendor_total, "USD per 1 %"),
        (f"Total gamma recomputed, {one.day_count}", naive.total, "USD per 1 %"),
        *((f"Flip of the recomputed profile, {count}", flip, "USD") for count, flip in one.flips.items()),
        ("Call wall", naive.walls.call_wall, "USD"),
        ("Put wall", naive.walls.put_wall, "USD"),
        ("Strike of most gamma", naive.walls.max_gamma, "USD"),
        ("Spot from there", one.max_gamma_distance_pct, "%"),
        ("Delta exposure", summary.delta, "USD"),
        ("Vanna exposure", summary.vanna, "USD per volatility point"),
        ("Charm exposure", summary.charm, "USD per day"),
        ("Volatility for tomorrow", None if summary.volatility_tomorrow is None else summary.volatility_tomorrow * 100, "% a year"),
        ("Expected move tomorrow", summary.move_tomorrow, "USD, one standard deviation"),
        ("Skew, 25-delta put minus call, 30 days", None if summary.skew is None else summary.skew * 100, "volatility points"),
        ("Contracts used", int(used.where.sum()), f"of {len(used.where):,}"),
        ("Left out: expired", used.expired, "contracts"),
        ("Left out: nobody holds one", used.empty, "contracts"),
        ("Left out: no implied volatility", used.no_volatility, "contracts"),
        ("Left out: open interest not told", used.no_open_interest, "contracts"),
    ]
    strikes = sorted(zip(summary.matrix.strikes.tolist(), naive.by_strike.tolist(), strict=True), key=lambda row: -abs(row[1]))[:_STRIKES_SHOWN]
    pains = list(summary.pains.items())[:_STRIKES_SHOWN]
    by_expiry = dict(zip(summary.matrix.expiries.tolist(), naive.by_expiry.tolist(), strict=True))
    return [
        Section(title, ("number", "value", "unit"), facts),
        Section("Most gamma by strike", ("strike USD", "gamma USD per 1 %"), strikes),
        Section(
            "Nearest expiries",
            ("expiry", "gamma USD per 1 %", "max pain USD", "pin from USD", "pin to USD"),
            [(_date(day), by_expiry.get(day), pain.strike, pain.pin_low, pain.pin_high) for day, pain in pains],
        ),
    ]


def _date(days: int) -> date:
    return date.fromordinal(days + date(1970, 1, 1).toordinal())


def _figure(one: FileGamma) -> Any:
    from dashboards.gamma_charts import gamma_figure

    return gamma_figure(one.as_chart(), height=_PLOT_HEIGHT)
