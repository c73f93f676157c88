"""The whole market on one machine: 10,000 symbols of bars, the trades of some, ten order books, four index chains and a day's option trades.

All stages run in the processes that the demo has for them, with the unit that makes the ticks. Feeds and sinks are not here: a player writes what
feeds would. What the machine does not keep up with is said, and a smaller share of the market is tried, until one is kept up with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.arena import arena
from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.results import Column, Result, show
from benchmarks.running_contestant import RunFailed
from benchmarks.whole_market.feeds import Feeds, make_feeds
from benchmarks.whole_market.played import PROCESSES, Played, decision_delays, play, tick_delays, view_bytes, view_delays
from benchmarks.whole_market.right_output import faults
from benchmarks.whole_market.size import MarketSize

MINUTES = 3.0
ATTEMPTS = 5
PATIENCE_SECONDS = 120.0
KEEPS_UP_SECONDS = 3.0
_MORE = 0.9  # of the share that was done in time: what the next attempt plays
COLUMNS = (
    Column("cores", "cores", ".2f"),
    Column("resident_megabytes", "RSS MB", ",.0f"),
    Column("idle_percent", "idle %", ".1f"),
    Column("stolen_percent", "stolen %", ".1f"),
    Column("behind_seconds", "behind at the end s", ".1f"),
    Column("tick_p99_ms", "tick p99 ms", ",.0f"),
    Column("view_p50_ms", "view p50 ms", ",.0f"),
    Column("view_p99_ms", "view p99 ms", ",.0f"),
    Column("view_highest_ms", "view highest", ",.0f"),
    Column("decision_p99_ms", "decision p99 ms", ",.0f"),
    Column("views_per_second", "views/s", ",.0f"),
    Column("view_median_bytes", "view bytes", ",.0f"),
)


@job("whole_market", "10,000 symbols of bars, 10 books, 4 chains and their options at their own pace, on this machine", columns=COLUMNS)
def whole_market(options: Options) -> Sequence[Result]:
    """Play ``options.share`` of the market for ``options.minutes``; without a share the whole, and less until it is kept up with.

    The trades of ``options.watched`` of the 10,000 symbols come too.
    """
    seconds = max(round((options.minutes or MINUTES) * 60), 10)
    share, results = options.share or 1.0, list[Result]()
    for _ in range(1 if options.share else ATTEMPTS):
        lines, in_time = _attempt(share, seconds, options.watched)
        results += lines
        if in_time >= 1.0:
            break
        share = round(share * in_time * _MORE, 3)
    show(f"whole_market: {seconds:,} s at its own pace", COLUMNS, results)
    return results


def _attempt(share: float, seconds: int, watched: int) -> tuple[list[Result], float]:
    """Play a share of the market; return its lines, and of what came the share that was done in time, 1 if the machine keeps up."""
    size = MarketSize(watched=watched).share(share) if share < 1.0 else MarketSize(watched=watched)
    label = f"{share:.1%} of the market"
    print(f"{label}: {size}", flush=True)
    with arena(*(unit for units in PROCESSES.values() for unit in units)) as place:
        feeds = make_feeds(size, seconds, place.codecs)
        parameters = {"share": share, "seconds": seconds, "symbols": size.symbols, "watched": size.watched, "contracts_a_chain": size.contracts}
        parameters |= {f"{name}_a_second": round(len(feeds.flows[f"market.{name}"]) / seconds) for name in ("trades", "bars")}
        try:
            played = play(place, feeds, PATIENCE_SECONDS)
        except RunFailed as failure:
            print(f"{label}: {failure}", flush=True)
            return [Result("whole_market", label, label, False, failure.note, {}, parameters)], 0.5
        in_time = 1.0 if _keeps_up(played) else min(*played.done.values(), 0.95)
        print(f"{label}: {played}", flush=True)
        if not played.has_ended:
            return [Result("whole_market", label, label, False, _not_done(played), {}, parameters)], in_time
        fault = faults(place, feeds)
        if fault:
            return [Result("whole_market", label, label, False, fault, {}, parameters)], in_time
        figures = _figures(played, feeds, tick_delays(place, played), view_delays(place, played), decision_delays(place, played), view_bytes(place))
    notes = [f"does not keep up: {_slowest(played)}"] * (in_time < 1.0) + [f"player up to {played.late:.1f} s late"] * (played.late > 1.0)
    lines = [Result("whole_market", label, label, True, "; ".join(notes), figures, parameters)]
    for name, cores in played.cores.items():
        own = {"cores": cores, "resident_megabytes": played.resident[name] / 1e6}
        lines.append(Result("whole_market", f"{label}: {name}", f"{label}: {name}", True, "", own, parameters))
    return lines, in_time


def _keeps_up(played: Played) -> bool:
    return all(seconds is not None and seconds <= KEEPS_UP_SECONDS for seconds in played.behind.values())


def _not_done(played: Played) -> str:
    shares = ", ".join(f"{name} {share:.0%}" for name, share in sorted(played.done.items(), key=lambda item: item[1]) if share < 1.0)
    return f"does not keep up, and was not at its end after {PATIENCE_SECONDS:g} s more; done at the end: {shares}; idle {played.idle:.1%}"


def _slowest(played: Played) -> str:
    name, seconds = max(((name, seconds or 0.0) for name, seconds in played.behind.items()), key=lambda item: item[1])
    return f"{name} {seconds:.0f} s behind"


def _figures(
    played: Played, feeds: Feeds, ticks: NDArray[np.float64], views: NDArray[np.float64], decisions: NDArray[np.float64], sizes: NDArray[np.int64]
) -> dict[str, float]:
    figures = {
        "cores": sum(played.cores.values()),
        "resident_megabytes": sum(played.resident.values()) / 1e6,
        "idle_percent": played.idle * 100,
        "stolen_percent": played.stolen * 100,
        "behind_seconds": max(seconds or 0.0 for seconds in played.behind.values()),
        "view_median_bytes": float(np.median(sizes)),
        "view_p99_bytes": float(np.percentile(sizes, 99)),
        "views_per_second": 4 * len(sizes) / feeds.seconds,
    }
    if len(views):
        figures["view_highest_ms"] = float(views.max()) * 1e3
    for name, delays in (("tick", ticks), ("view", views), ("decision", decisions)):
        if len(delays):
            p50, p99 = np.percentile(delays, [50, 99])
            figures |= {f"{name}_p50_ms": float(p50) * 1e3, f"{name}_p99_ms": float(p99) * 1e3}
    return figures
