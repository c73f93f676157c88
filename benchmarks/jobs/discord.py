"""From a trade to the call of Discord, on the whole system as `make demo` runs it: every frame is traced, the spans tell each step.

A setup's event happens because of a trade; the trade waits for the end of its market second (a tick), the view of that second leads to a
decision, that to the alerts of each tier. Counted are premium messages, which wait for nothing else, and of them those that Discord's
own limit (5 messages in 5 s and channel) does not hold back.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.results import Column, Result, show
from infra.cli.demo_run import running
from infra.cli.demo_settings import plan_scenario
from infra.clock import monotonic_seconds
from infra.settings import Settings, TracingSettings
from infra.vendorsim.otlp_collector import CollectedSpan, collecting

MESSAGES = 60
PATIENCE_SECONDS = 900.0
LIMIT_MESSAGES, LIMIT_NS = 5, 5_000_000_000
CHAIN = ("sink.discord", "sink.release", "sink.fanout", "stage.decisions", "stage.market", "records published")
COLUMNS = (
    Column("messages", "messages", ",.0f"),
    Column("p50_ms", "p50 ms", ".0f"),
    Column("p99_ms", "p99 ms", ".0f"),
    Column("highest_ms", "highest", ".0f"),
)


@dataclass(frozen=True, slots=True)
class Passage:
    """When one message's trade reached each step, in nanoseconds since the epoch.

    Attributes
    ----------
    folded
        The trade is in the state and waits for its tick.
    viewed
        The view is on its way: the tick came.
    called
        Discord has answered and the receipt is on its topic.
    """

    published: int
    folded: int
    viewed: int
    decided: int
    fanned_out: int
    called: int
    limited: bool


STEPS: Mapping[str, tuple[str, str]] = {
    "trade published to folded": ("published", "folded"),
    "waits for the end of its second": ("folded", "viewed"),
    "view to signal": ("viewed", "decided"),
    "signal to alert": ("decided", "fanned_out"),
    "alert to Discord's answer": ("fanned_out", "called"),
    "tick to Discord's answer": ("viewed", "called"),
    "trade to Discord's answer": ("published", "called"),
}


@job("discord", "trade to Discord call on the whole system, step by step", by_default=False)
def discord(options: Options) -> Sequence[Result]:
    """Run the demo until enough premium messages are out."""
    plan = plan_scenario(None, seed=7)
    passages = asyncio.run(_passages(options.records or MESSAGES))
    free = [passage for passage in passages if not passage.limited]
    parameters = {"messages": len(passages), "speed": plan.speed, "symbols": len(plan.symbols)}
    results = [
        Result("discord", name, name, checked=bool(free), figures=_figures(free, *ends), parameters=parameters) for name, ends in STEPS.items()
    ]
    label = "trade to Discord's answer, limited ones too"
    results.append(Result("discord", label, label, checked=bool(passages), figures=_figures(passages, "published", "called"), parameters=parameters))
    show(f"discord: premium, market time {plan.speed:g} times real time, {len(plan.symbols)} symbols", COLUMNS, results)
    return results


async def _passages(wanted: int) -> list[Passage]:
    with collecting() as collector, tempfile.TemporaryDirectory(prefix="tapewire-bench-") as folder:

        def adjust(settings: Settings) -> Settings:
            return settings.model_copy(update={"tracing": TracingSettings(ratio=1.0, endpoint=collector.endpoint)})

        async with running(plan_scenario(None, seed=7), stack_name="bench", folder=Path(folder), dashboard=False, adjust=adjust) as run:
            deadline = monotonic_seconds() + PATIENCE_SECONDS
            while len(found := passages_of(collector.spans)) < wanted and monotonic_seconds() < deadline:
                await run.poll()
                await asyncio.sleep(2.0)
    return found


def passages_of(spans: Iterable[CollectedSpan]) -> list[Passage]:
    """Return the passage of every premium message whose trace is complete."""
    known = {(span.trace_id, span.span_id): span for span in spans}
    calls = sorted((s for s in known.values() if s.name == CHAIN[0] and s.attributes.get("tier") == "PREMIUM"), key=lambda span: span.start_ns)
    found = []
    for number, call in enumerate(calls):
        chain: list[CollectedSpan] = [call]
        while (above := known.get((call.trace_id, chain[-1].parent_id))) is not None:
            chain.append(above)
        by_name = {span.name: span for span in chain}
        if not by_name.keys() >= {"records published", "stage.market", "stage.decisions", "sink.fanout"}:
            continue
        market, decisions, fan_out = by_name["stage.market"], by_name["stage.decisions"], by_name["sink.fanout"]
        earlier = number - (LIMIT_MESSAGES - 1)
        limited = earlier >= 0 and call.start_ns - calls[earlier].end_ns < LIMIT_NS
        found.append(
            Passage(by_name["records published"].start_ns, market.start_ns, market.end_ns, decisions.end_ns, fan_out.end_ns, call.end_ns, limited)
        )
    return found


def _figures(passages: Sequence[Passage], begin: str, end: str) -> dict[str, float]:
    if not passages:
        return {}
    took = np.array([getattr(passage, end) - getattr(passage, begin) for passage in passages]) / 1e6
    return {"messages": float(len(took)), "p50_ms": float(np.median(took)), "p99_ms": float(np.percentile(took, 99)), "highest_ms": float(took.max())}
