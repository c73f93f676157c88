"""Continuous scan of small caps for boxes that nearly are (BOX-01, BOX-14): every 10 s of market time the running minute and those before it.

The market fold finds boxes at the close of a bar. Between closes this scan measures the newest minutes, the running one included, against the
same gates, and tells of near misses: few gates lacking, and each by little. Outside trading hours it idles; with the first view of the next
session it goes on. Minutes of another day are not in one box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from infra.plays_settings import BoxScanSettings
from infra.settings import BoxSettings, Settings
from processors.calc.compression import mean_range, measure
from processors.calc.shortfall import Gap, is_near
from processors.calc.windows import SECOND_US, window_of
from processors.folds.box_gates import box_gaps
from processors.setups.arming import LIVE
from processors.setups.gates import refusal_of
from processors.strategy import Decision, strategy
from processors.trust import REGIME_EXCLUDED, prices_are_doubtful
from schemas.ids import deterministic_id
from schemas.records import MarketView, Resolution, Session, SignalRefusal

ID = "box-scan"


class Minute(NamedTuple):
    """A minute of the ring."""

    high: float  # US dollars
    low: float
    atr: float | None  # average true range after it, US dollars; None while warming up

    @property
    def volume(self) -> float:
        """No gate asks for the volume; without it the state changes when an extreme does, not with each print."""
        return 0.0


class ScanParameters(NamedTuple):
    """What the scan is told."""

    scan: BoxScanSettings
    boxes: BoxSettings
    near_share: float


@dataclass(frozen=True, slots=True)
class BoxScanState:
    """What one view must tell the next.

    Attributes
    ----------
    last_scan
        Tick of the newest scan.
    scans
        Scans of the symbol so far.
    day
        Start of the day whose minutes are kept.
    window_end
        End of the newest of them.
    minutes
        Newest closed minutes, oldest first.
    running_high, running_low
        Of the minute that is not yet closed; None without a trade.
    near_since
        Tick since which the symbol is near a box; 0 when it is not.
    told
        Gates told of lately, and when.
    """

    last_scan: int = 0
    scans: int = 0
    day: int = 0
    window_end: int = 0
    minutes: tuple[Minute, ...] = ()
    running_high: float | None = None
    running_low: float | None = None
    near_since: int = 0
    told: tuple[tuple[str, int], ...] = ()


def _parameters(settings: Settings) -> ScanParameters:
    return ScanParameters(settings.scan, settings.boxes, settings.setups.near_miss_share)


@strategy(
    id=ID,
    summary="Looks at small caps every ten seconds and tells which are nearly a box, and what they lack.",
    state=BoxScanState,
    parameters=_parameters,
)
def step(state: BoxScanState, view: MarketView, parameters: ScanParameters) -> tuple[BoxScanState, Sequence[Decision]]:
    """Keep the ring of minutes up to date; scan when it is time."""
    if not parameters.scan.enabled or view.session is Session.CLOSED or not _is_small_cap(view, parameters.scan):
        return state, ()
    after = _remember(state, view, parameters.boxes)
    every = parameters.scan.interval_seconds * SECOND_US
    if view.ts_event // every <= after.last_scan // every:
        return after, ()
    scanned = replace(after, last_scan=view.ts_event, scans=after.scans + 1)
    return _scan(scanned, view, parameters)


def _is_small_cap(view: MarketView, settings: BoxScanSettings) -> bool:
    if view.last_price is None or not view.day_low or view.day_high is None:
        return False
    moved = (view.day_high / view.day_low - 1.0) * 100.0
    return (
        settings.minimum_price <= view.last_price <= settings.maximum_price
        and view.day_volume >= settings.minimum_day_volume
        and moved >= settings.minimum_day_range_percent
    )


def _remember(state: BoxScanState, view: MarketView, boxes: BoxSettings) -> BoxScanState:
    """Put closed minutes into the ring; a view in which one closed says nothing of the next."""
    day = window_of(Resolution.D1, view.ts_event)[0]
    if day != state.day:
        state = replace(state, day=day, window_end=0, minutes=(), running_high=None, running_low=None, near_since=0)
    closed = [bar for bar in view.closed_bars if bar.resolution is Resolution.M1 and bar.window_end > state.window_end]
    if closed:
        atr = view.features_1m.atr_wilder_14 if view.features_1m else None
        ring = (*state.minutes, *(Minute(bar.high, bar.low, atr) for bar in closed))[-2 * boxes.minimum_bars :]
        return replace(state, minutes=ring, window_end=closed[-1].window_end, running_high=None, running_low=None)
    if view.interval_high is None or view.interval_low is None or prices_are_doubtful(view):
        return state
    high, low = state.running_high, state.running_low
    if high is not None and low is not None:
        if low <= view.interval_low and view.interval_high <= high:
            return state
        return replace(state, running_high=max(high, view.interval_high), running_low=min(low, view.interval_low))
    return replace(state, running_high=view.interval_high, running_low=view.interval_low)


def _scan(state: BoxScanState, view: MarketView, parameters: ScanParameters) -> tuple[BoxScanState, Sequence[Decision]]:
    if prices_are_doubtful(view) or REGIME_EXCLUDED in view.flags or (view.box_1m is not None and view.box_1m.state in LIVE):
        return _not_near(state), ()
    gaps = _gaps(state, parameters.boxes)
    if not gaps or len(gaps) > parameters.scan.most_gates or not all(is_near(gap, parameters.near_share) for gap in gaps):
        return _not_near(state), ()
    near_since = state.near_since or view.ts_event
    lately = view.ts_event - parameters.scan.repeat_seconds * SECOND_US
    told = tuple((gate, moment) for gate, moment in state.told if moment > lately)
    known = {gate for gate, _ in told}
    new = [gap for gap in gaps if gap.gate not in known]
    candidate_id = deterministic_id("box-scan", view.symbol, near_since)
    state = replace(state, near_since=near_since, told=(*told, *((gap.gate, view.ts_event) for gap in new)))
    return state, [_near_miss(gap, gaps, view, candidate_id, parameters) for gap in new]


def _gaps(state: BoxScanState, boxes: BoxSettings) -> tuple[Gap, ...]:
    """Return what the newest minutes lack of a box; nothing while there are too few of them to say."""
    minutes = state.minutes
    if state.running_high is not None and state.running_low is not None:
        minutes = (*minutes, Minute(state.running_high, state.running_low, None))
    first = len(minutes) - boxes.minimum_bars
    if first < 1 or minutes[first - 1].atr is None:
        return ()
    return box_gaps(measure(minutes[first:], minutes[first - 1].atr, mean_range(minutes[max(0, first - boxes.minimum_bars) : first])), boxes)


def _not_near(state: BoxScanState) -> BoxScanState:
    return replace(state, near_since=0) if state.near_since else state


def _near_miss(gap: Gap, gaps: Sequence[Gap], view: MarketView, candidate_id: str, parameters: ScanParameters) -> SignalRefusal:
    others = f"; {len(gaps) - 1} other gate lacking too" if len(gaps) > 1 else ""
    value, limit = gap.value or 0.0, f"{gap.limit:g}"
    words = {
        "BOX_RANGE": f"The newest minutes are {value:.0f} bps high, at most {limit} bps are a box",
        "BOX_FLATNESS": f"The newest minutes are {value:.0f} bps high, at least {limit} bps are a box",
        "BOX_RANGE_ATR": f"The newest minutes are {value:.2f} ATRs high, at most {limit} are a box",
        "BOX_COMPRESSION": f"Bars are {value:.2f} times as wide as before, at most {limit} is a box",
        "BOX_TOUCHES": f"An edge was touched by {value:.0f} of the newest minutes, at least {limit} are needed",
    }[gap.gate]
    return refusal_of(
        gap, candidate_id=candidate_id, strategy=ID, side=None, view=view, near_share=parameters.near_share, message=f"{words}{others}."
    )
