"""Brings a run to rest: feeds and delivery end, everything under way arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from infra.cli.crash_messages import inbox
from infra.cli.demo_run import DemoRun
from infra.clock import monotonic_seconds
from infra.crash.findings import Findings
from infra.crash.progress_watch import BrokerView, ProgressWatch
from infra.crash.tick_row import last_tick
from infra.kafka.codecs import CodecSet
from processors.stages import STAGES
from schemas import catalog

_LOOK_SECONDS = 1.0
_STILL_SECONDS = 6.0  # longer than a batch gathers
_STUCK_SECONDS = 60.0  # nothing moves for this long: what is missing now will not come
_READERS = {
    **{spec.app_id: spec.inputs if spec.tick_topic is None else (spec.tick_topic,) for spec in STAGES.values()},
    "sink.fanout": ("setups.events",),
    "sink.release": ("delay.basic", "delay.free"),
    "sink.discord": ("distribution.premium", "distribution.basic", "distribution.free"),
    "sink.clickhouse": tuple(name for name, topic in catalog.topics().items() if topic.identity),
}


async def bring_to_rest(run: DemoRun, findings: Findings, report: Callable[[str], None]) -> int:
    """End the feeds, wait until nothing is under way any more, and return the last tick's second.

    The clock goes on, so that what waits for its moment is released. Then the delivery ends too: it writes a probe of its clock every minute,
    whatever happens, and one that is on its way while rows are counted would pass for lost.
    """
    settings = run.layout.settings
    watch = ProgressWatch(settings.kafka, dict.fromkeys(name for names in _READERS.values() for name in names), _READERS)
    for group in ("feeds", "delivery"):
        await run.stack.end(group)
        await _until_still(run, watch, report)
    await asyncio.to_thread(watch.close)
    codecs = await asyncio.to_thread(CodecSet.from_registry, settings.registry, ("ops.ticks",))
    return await asyncio.to_thread(last_tick, settings.kafka, codecs.of("ops.ticks"), findings)


async def _until_still(run: DemoRun, watch: ProgressWatch, report: Callable[[str], None]) -> None:
    last: object = None
    still_since = monotonic_seconds()
    while (still := monotonic_seconds() - still_since) < _STUCK_SECONDS:
        await asyncio.sleep(_LOOK_SECONDS)
        view = await asyncio.to_thread(watch.look)
        messages = await asyncio.to_thread(_messages, run)
        state = None if view is None else (view.ends, view.commits, messages)
        if state is None or state != last:
            last, still_since = state, monotonic_seconds()
            continue
        waiting = _waiting(view) if view is not None else {}
        report(f"coming to rest: {messages} messages; waiting: {waiting or 'nothing'}")
        if not waiting and still > _STILL_SECONDS:
            break


def _messages(run: DemoRun) -> int:
    try:
        return len(inbox(run.layout.ports["simulator"]))
    except OSError:
        return -1


def _waiting(view: BrokerView) -> dict[str, int]:
    """Return how many records each reader has still to take, without those that have none."""
    found = {
        group: view.waiting(group, (catalog.topic(name).kafka_name for name in topics), 0 if group.startswith("tapewire-") else 1)
        for group, topics in _READERS.items()
    }
    return {group: count for group, count in found.items() if count}
