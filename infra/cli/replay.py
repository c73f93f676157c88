"""`tapewire replay`: plays a captured tape or a simulated day through the folds, offline, and lists what comes out.

The same folds and settings as live, with one tick a market second, so the lists equal what the live run stores.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from infra.clock import MICROSECONDS, to_datetime
from infra.errors import ConfigurationError
from infra.macro_windows import macro_windows, margins_of, window_at
from infra.market_calendar import NEW_YORK, new_york
from infra.settings import Settings, load
from schemas.record import Record
from schemas.records import Bar, Box, Finding, MacroWindow, Quote, SetupEvent, Signal, SignalRefusal, Tick, Trade

DEFAULT_DAY = "2025-06-18"
_ROUND_LOT = 100


@dataclass(slots=True)
class Replayed:
    """Every record the folds wrote, by logical topic, in order."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    trades: int = 0
    ticks: int = 0

    def of(self, topic: str) -> list[Any]:
        """Return what was written to a topic."""
        return self.records.get(topic, [])


def register(app: typer.Typer) -> None:
    @app.command()
    def replay(
        tape: Path | None = typer.Option(None, help="Captured file: *.parquet, <day>_trade.zip or <symbol>_<day>.csv.gz."),
        scenario: int | None = typer.Option(None, help="Seed of a simulated day instead of a tape."),
        day: str = typer.Option(DEFAULT_DAY, help="Day of the simulation."),
        symbols: str = typer.Option("", help="Simulated symbols to play, separated by commas; all by default."),
        until: str = typer.Option("20:00", help="New York time to stop at, with the tape's last day."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines: counts of bars, every other record in full."),
    ) -> None:
        """List bars, boxes, setups, signals, refusals and findings of a tape, e.g. `tapewire replay --tape day.parquet`."""
        source, settings = _source(tape, scenario, day, load())
        wanted = tuple(item for item in symbols.split(",") if item) or source.symbols
        replayed = play(source, settings, wanted, until, _scheduled_windows(source, settings))
        if as_json:
            print(json.dumps(as_document(replayed), sort_keys=True))
        else:
            _print(replayed, settings)


def play(
    source: Any, settings: Settings, symbols: tuple[str, ...], until: str | int = "20:00", windows: Sequence[MacroWindow] = ()
) -> Replayed:
    """Play a market source through the market fold and the folds that read what it writes: decisions, agents, regime.

    Parameters
    ----------
    source
        An `infra.vendorsim.market_events.MarketSource`.
    until
        Time of day in New York of the last tick, grace excluded; a day's bar closes at 20:00. Or the very last tick, in
        microseconds since the epoch.
    windows
        Around economic events; ticks carry the one that holds.
    """
    from processors.folds.agents import AgentsFold
    from processors.folds.decisions import DecisionsFold
    from processors.folds.market import MarketFold
    from processors.folds.regime import RegimeFold

    market = MarketFold(settings.bars, settings.boxes, settings.feature, settings.views)
    # Who reads what the market fold writes; each keeps its own state of a symbol.
    readers = {"views": (DecisionsFold(settings), AgentsFold(settings)), "derived.bars": (RegimeFold(settings.regime),)}
    start, end = (moment * 1_000 for moment in source.span_ms)
    last = until if isinstance(until, int) else _moment_of_day(end, until) + round(settings.bars.grace_seconds * MICROSECONDS)
    replayed = Replayed()
    for symbol in symbols:
        state = market.initial(symbol)
        known: dict[Any, Any] = {fold: fold.initial(symbol) for folds in readers.values() for fold in folds}
        for item in with_ticks(records_of(source, symbol, start, last), start, last):
            if isinstance(item, Tick):
                replayed.ticks += 1
                item = replace(item, macro=window_at(windows, item.ts_event)) if windows else item
                if not market.wants_tick(state, item):
                    continue
                state, outputs = market.step(state, "ops.ticks", item)
            else:
                replayed.trades += isinstance(item, Trade)
                state, outputs = market.step(state, "market.trades" if isinstance(item, Trade) else "market.quotes", item)
            for output in outputs:
                replayed.records.setdefault(output.topic, []).append(output.record)
                for fold in readers.get(output.topic, ()):
                    known[fold], told = fold.step(known[fold], output.topic, output.record)
                    for answer in told:
                        replayed.records.setdefault(answer.topic, []).append(answer.record)
    return replayed


def as_document(replayed: Replayed) -> dict[str, Any]:
    """Return counts of bars, and boxes, setups, signals, refusals and postures in full, as plain data."""
    bars = Counter(str(bar.resolution) for bar in replayed.of("derived.bars"))
    topics = ("derived.boxes", "derived.findings", "setups.events", "signals", "signals.refusals", "postures")
    return {
        "trades": replayed.trades,
        "bars": dict(sorted(bars.items())),
        "views": len(replayed.of("views")),
        **{topic: [record.as_avro() for record in replayed.of(topic)] for topic in topics},
    }


def _source(tape: Path | None, scenario: int | None, day: str, settings: Settings) -> tuple[Any, Settings]:
    if (tape is None) == (scenario is None):
        raise ConfigurationError("expected either --tape FILE or --scenario SEED, found " + ("neither" if tape is None else "both"))
    if tape is not None:
        from infra.vendorsim.tape_source import TapeSource

        # A captured tape holds no quotes: the spread cannot be measured, and requiring it would refuse every break.
        setups = settings.setups.model_copy(update={"quote_required": False})
        return TapeSource(tape), settings.model_copy(update={"setups": setups})
    from infra.vendorsim.scenario import Scenario

    assert scenario is not None
    return Scenario(date.fromisoformat(day), scenario), settings


def _scheduled_windows(source: Any, settings: Settings) -> Sequence[MacroWindow]:
    """Return the windows around the events of the committed schedule on the source's days; what vendors told of is not on a tape."""
    from processors.reference.economic_schedule import load_schedule, scheduled_events

    first, last = (new_york(moment_ms * 1_000).date() for moment_ms in source.span_ms)
    return macro_windows(scheduled_events(load_schedule(), first, last, source.span_ms[0] * 1_000), margins_of(settings.macro))


def _moment_of_day(moment_us: int, time_of_day: str) -> int:
    clock_time = time.fromisoformat(time_of_day)
    moment = datetime.combine(new_york(moment_us - 1).date(), clock_time, NEW_YORK)
    return round(moment.timestamp()) * MICROSECONDS


def records_of(source: Any, symbol: str, start_us: int, end_us: int) -> Iterator[Trade | Quote]:
    """Give the events as the feed would publish them."""
    from producers.polygon.sale_conditions import bar_parts

    for event in source.symbol_events(symbol, start_us // 1_000, end_us // 1_000 + 1):
        moment = event.ts_ms * 1_000
        if hasattr(event, "price"):
            yield Trade(
                symbol=symbol, ts_event=moment, ts_received=moment, ts_published=moment, source="polygon",
                trade_id=event.trade_id, sequence=event.sequence, price=event.price, size=float(event.size),
                exchange=event.exchange, conditions=tuple(event.conditions), bar_parts=bar_parts(tuple(event.conditions)),
            )  # fmt: skip
        else:
            yield Quote(
                symbol=symbol, ts_event=moment, ts_received=moment, ts_published=moment, source="polygon",
                sequence=event.sequence, bid_price=event.bid_price, bid_size=float(event.bid_lots * _ROUND_LOT),
                ask_price=event.ask_price, ask_size=float(event.ask_lots * _ROUND_LOT),
            )  # fmt: skip


def with_ticks(records: Iterator[Trade | Quote], start_us: int, last_us: int, every_us: int = MICROSECONDS) -> Iterator[Trade | Quote | Tick]:
    """Put a tick before the first record at or after each whole second, or each longer step."""
    tick = start_us // every_us * every_us + every_us
    for record in records:
        while tick <= record.ts_event and tick <= last_us:
            yield Tick(ts_event=tick)
            tick += every_us
        if record.ts_event >= last_us:
            break
        yield record
    while tick <= last_us:
        yield Tick(ts_event=tick)
        tick += every_us


def _print(replayed: Replayed, settings: Settings) -> None:
    console = Console()
    bars: list[Bar] = replayed.of("derived.bars")
    counts = Counter((bar.symbol, str(bar.resolution)) for bar in bars)
    table = Table("symbol", "resolution", "bars", title=f"{replayed.trades:,} trades, {len(replayed.of('views')):,} views")
    for (symbol, resolution), count in sorted(counts.items()):
        table.add_row(symbol, resolution, f"{count:,}")
    console.print(table)
    boxes = Table("time", "symbol", "box", "state", "bars", "low", "high", "range bps", title="Boxes")
    shown: list[Box] = [box for box in replayed.of("derived.boxes") if box.state != "EXTENDED"]
    for box in shown:
        boxes.add_row(_time(box.ts_event), box.symbol, str(box.resolution), str(box.state), str(box.bar_count), f"{box.low:.4g}",
                      f"{box.high:.4g}", f"{box.range_bps:.0f}")  # fmt: skip
    console.print(boxes)
    setups = Table("time", "symbol", "box", "side", "state", "outcome", "price", "stop", "result", "why", title="Setups")
    events: list[SetupEvent] = replayed.of("setups.events")
    for event in events:
        result = "" if event.result_r is None else f"{event.result_r:+.2f} R"
        setups.add_row(_time(event.ts_event), event.symbol, str(event.box_resolution), str(event.side), str(event.state),
                       str(event.outcome or ""), f"{event.last_price or 0:.4f}", f"{event.stop_price:.4f}", result,
                       event.reasons[0])  # fmt: skip
    console.print(setups)
    signals = Table("time", "symbol", "strategy", "side", "confidence", "size", "triggers", title="Signals")
    called: list[Signal] = replayed.of("signals")
    for signal in called:
        signals.add_row(_time(signal.ts_event), signal.symbol, signal.strategy, str(signal.side), f"{signal.confidence:.2f}",
                        "" if signal.size_factor is None else f"x {signal.size_factor:g}", "; ".join(signal.triggers))  # fmt: skip
    console.print(signals)
    refusals = Table("time", "symbol", "strategy", "gate", "message", title="Refusals")
    held: list[SignalRefusal] = replayed.of("signals.refusals")
    for refusal in held:
        refusals.add_row(_time(refusal.ts_event), refusal.symbol, refusal.strategy, refusal.gate, refusal.message)
    console.print(refusals)
    findings = Table("time", "symbol", "agent", "what", "score", "confidence", title="Findings")
    noticed: list[Finding] = replayed.of("derived.findings")
    for finding in noticed:
        findings.add_row(_time(finding.ts_event), finding.symbol, finding.agent, finding.label, f"{finding.score:.2f}", f"{finding.confidence:.2f}")
    console.print(findings)
    if not settings.setups.quote_required:
        console.print("No quotes on this tape: gate MISSING_QUOTE is off, spreads go unmeasured.")


def _time(moment_us: int) -> str:
    return f"{to_datetime(moment_us).astimezone(NEW_YORK):%m-%d %H:%M:%S}"
