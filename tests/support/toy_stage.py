"""A stage small enough to be checked exactly: one-second trade counts, closed by ticks. Runs as a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from infra import http_status
from infra.errors import Permanent
from infra.health import Health
from infra.logging_setup import configure
from infra.metrics import listed
from infra.settings import Settings, clock_of, load
from infra.tracing.tracer import tracer_of
from infra.unit import UnitContext
from processors.fold import Output
from processors.stage_spec import StageSpec
from schemas.record import Record
from schemas.records import Bar, RawPayload, Resolution, Tick, Trade

SECOND = 1_000_000
POISON_PRICE = 666.0
BUG_PRICE = 13.0


class ToyFold:
    """Counts trades in each second of event time. Its state borrows a record that has a map: second -> ``count,volume``."""

    state_type = RawPayload

    def initial(self, key: str) -> RawPayload:
        return _state(key, {})

    def step(self, state: RawPayload, topic: str, record: Record) -> tuple[RawPayload, Sequence[Output]]:
        if isinstance(record, Tick):
            closed = sorted(second for second in map(int, state.parameters) if (second + 1) * SECOND <= record.ts_event)
            open_seconds = {second: text for second, text in state.parameters.items() if int(second) not in closed}
            outputs = [Output("derived.bars", _bar(state.source, second, state.parameters[str(second)])) for second in closed]
            return _state(state.source, open_seconds), outputs
        assert isinstance(record, Trade)
        if record.price == POISON_PRICE:
            raise Permanent(f"expected a price the toy likes, found {record.price}", field_path="price")
        if record.price == BUG_PRICE:
            raise RuntimeError("a bug in the fold")
        second = str(record.ts_event // SECOND)
        count, volume = (state.parameters.get(second) or "0,0").split(",")
        seconds = {**state.parameters, second: f"{int(count) + 1},{float(volume) + record.size}"}
        return _state(state.source, seconds), ()

    def wants_tick(self, state: RawPayload, tick: Tick) -> bool:
        return any((int(second) + 1) * SECOND <= tick.ts_event for second in state.parameters)


def _state(symbol: str, seconds: dict[str, str]) -> RawPayload:
    return RawPayload(
        source=symbol, endpoint="toy", parameters=seconds, ts_received=0, ts_published=0, content_type="", body=b""
    )


def _bar(symbol: str, second: int, text: str) -> Bar:
    count, volume = text.split(",")
    return Bar(
        symbol=symbol, resolution=Resolution.S1, window_start=second * SECOND, window_end=(second + 1) * SECOND, open=1.0, high=1.0,
        low=1.0, close=1.0, volume=float(volume), trade_count=int(count), source="toy", ts_event=(second + 1) * SECOND,
    )  # fmt: skip


TOY = StageSpec(
    name="market", inputs=("market.trades",), tick_topic="ops.ticks", outputs=("derived.bars",), build_fold=lambda _: ToyFold()
)


async def run(settings: Settings) -> None:
    """Host the stage until SIGTERM."""
    from processors.stage import run_stage

    context = UnitContext(settings, clock_of(settings), Health(), tracer=tracer_of(settings, TOY.unit))
    context.health.report(TOY.unit)
    listed.begin(TOY.unit, TOY.reads)
    if settings.metrics.port:
        http_status.serve(context.health, settings.metrics.port)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, context.stop.set)
    telling = asyncio.create_task(_tell_when_ready(context.health, Path(os.environ["READY_FILE"])))
    await run_stage(TOY, context)
    telling.cancel()
    await asyncio.to_thread(context.tracer.close)


async def _tell_when_ready(health: Health, file: Path) -> None:
    while not health.ready:
        await asyncio.sleep(0.01)
    file.touch()


if __name__ == "__main__":
    configure("toy")
    asyncio.run(run(load()))
