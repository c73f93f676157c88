"""Books, second bars, sweeps and ticks of one symbol, and a fold that takes them in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from infra.microstructure_settings import MicrostructureSettings
from processors.anomaly_model import AnomalyModel
from processors.folds.microstructure import MicrostructureFold
from schemas import catalog, golden_examples
from schemas.record import Record
from schemas.records import Bar, BookLevel, BookMetrics, BookSnapshot, DepthMode, FlowAlert, MicrostructureState, Resolution, Tick

SECOND = 1_000_000
OPEN = 1_586_957_400_000_000  # 2020-04-15 09:30 New York
CLOSE = OPEN + 390 * 60 * SECOND
SYMBOL = "BCRX"


def book(at: int, *, bids: float = 600.0, asks: float = 400.0, generation: int = 1, sequence: int | None = None, updates: int | None = 10,
         best: float = 10.0, spread: float = 0.01, age_ms: int = 0, mode: DepthMode = DepthMode.LIVE) -> BookSnapshot:  # fmt: skip
    """Return a book with five equal levels a side, in all so many shares a side; 0 leaves the side empty."""
    return BookSnapshot(
        symbol=SYMBOL, ts_event=at - age_ms * 1_000, ts_received=at, ts_published=at, source="ibkr", mode=mode, generation=generation,
        sequence=at if sequence is None else sequence, age_ms=age_ms, update_count=updates,
        bids=tuple(BookLevel(price=best - 0.01 * place, size=bids / 5) for place in range(5 if bids else 0)),
        asks=tuple(BookLevel(price=best + spread + 0.01 * place, size=asks / 5) for place in range(5 if asks else 0)),
    )  # fmt: skip


def bar(start: int, close: float, *, volume: float = 1_000.0, trades: int = 10, opening: float | None = None, revision: int = 0) -> Bar:
    """Return a 1-second bar."""
    first = close if opening is None else opening
    return Bar(
        symbol=SYMBOL, resolution=Resolution.S1, window_start=start, window_end=start + SECOND, open=first, high=max(first, close),
        low=min(first, close), close=close, volume=volume, vwap=close, trade_count=trades, revision=revision, source="tapewire",
        ts_event=start + 3 * SECOND, ts_received=None, ts_published=None, backfilled=False, delay_seconds=0,
    )  # fmt: skip


def sweep(at: int, alert_id: str = "one", **changes: object) -> FlowAlert:
    """Return calls bought in a sweep."""
    example = golden_examples.load(catalog.topic("options.flow-alerts"))["typical"]
    assert isinstance(example, FlowAlert)
    told = {"symbol": SYMBOL, "ts_event": at, "alert_id": alert_id, "has_sweep": True, **changes}
    return replace(example, **told)  # type: ignore[arg-type]


class Tape:
    """Folds records; ``said`` holds what was written, oldest first."""

    def __init__(self, model: AnomalyModel | None = None, **settings: object) -> None:
        self.settings = MicrostructureSettings.model_validate(settings)
        self.fold = MicrostructureFold(self.settings, 2.0, model)
        self.state: MicrostructureState = self.fold.initial(SYMBOL)
        self.said: list[BookMetrics] = []

    def take(self, *records: Record) -> None:
        """Fold records that are no ticks."""
        for record in records:
            self.state, outputs = self.fold.step(self.state, "any", record)
            assert not outputs

    def tick(self, at: int, unfit: dict[str, str] | None = None) -> list[BookMetrics]:
        """Offer a tick as a partition does; return what it wrote."""
        tick = Tick(ts_event=at, unfit=unfit or {})
        if not self.fold.wants_tick(self.state, tick):
            return []
        self.state, outputs = self.fold.step(self.state, "ops.ticks", tick)
        self.said += [each.record for each in outputs if isinstance(each.record, BookMetrics)]
        return self.said[len(self.said) - len(outputs) :]

    def ticks(self, first: int, end: int) -> list[BookMetrics]:
        """Offer one tick a second."""
        return [said for at in range(first, end, SECOND) for said in self.tick(at)]


def write_lobster(folder: Path, messages: Sequence[str], books: Sequence[str], levels: int = 1) -> tuple[Path, Path]:
    """Write two LOBSTER files."""
    paths = tuple(folder / f"TOY_2012-06-21_34200000_57600000_{kind}_{levels}.csv" for kind in ("message", "orderbook"))
    for path, lines in zip(paths, (messages, books), strict=True):
        path.write_text("\n".join(lines) + "\n")
    return paths[0], paths[1]
