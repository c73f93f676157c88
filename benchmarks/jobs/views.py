"""Views: bytes of a `MarketView` with everything in it that there can be.

One busy fund through the folds of market, microstructure, gamma, flow and regime, each second's outputs the next one's input; no broker. Target: a
median of at most 2 kB.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.results import Column, Result, show
from benchmarks.view_sizes import part_sizes, view_sizes
from benchmarks.whole_market.one_symbol import views_of
from infra.kafka.codecs import CodecSet

SECONDS = 2_700
_PARTS_OF = 500  # views that the parts are measured of
COLUMNS = (
    Column("views", "views", ",.0f"),
    Column("median_bytes", "median bytes", ",.0f"),
    Column("p99_bytes", "p99 bytes", ",.0f"),
)


@job("views", "bytes of a market view with depth, gamma, flow and regime in it", columns=COLUMNS)
def views(options: Options) -> Sequence[Result]:
    """Measure the views of so many seconds as ``options.records`` says; each is decoded again and compared."""
    seconds = options.records or SECONDS
    codec = CodecSet.offline(["views"]).of("views")
    every = list(views_of(seconds))
    whole = [view for view in every if not view.missing]
    closing = [view for view in whole if view.closed_bars]
    results = []
    for label, chosen in (("all views", every), ("views with every fact", whole), ("those at the close of a bar", closing)):
        try:
            figures, note = view_sizes(codec, chosen) if chosen else {}, "" if chosen else "there was none"
        except ValueError as error:
            figures, note = {}, f"WRONG: {error}"
        results.append(Result("views", label, label, not note, note, figures, {"seconds": seconds}))
    parts = part_sizes(codec, whole[-_PARTS_OF:]) if whole else {}
    results += [Result("views", name, f"of which {name}", True, "", {"median_bytes": size}, {"seconds": seconds}) for name, size in parts.items()]
    show(f"views: {seconds:,} seconds of one fund", COLUMNS, results)
    return results
