"""Small drawings without a library: a price line with its box and levels, a countdown ring, bars of a small multiple."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi

from dashboards.rows import SparkBar
from infra.palette import ATTENTION, DOWN, INFORMATION, MUTED, TEXT, UP

_WIDTH, _HEIGHT = 300.0, 46.0
_RING_RADIUS = 7.0
_STROKE = 'vector-effect="non-scaling-stroke"'


@dataclass(frozen=True, slots=True)
class SparkBox:
    """The box of a setup on the time axis."""

    start: int
    end: int
    high: float
    low: float


def price_line(
    bars: Sequence[SparkBar], *, now_us: int, last_price: float | None, box: SparkBox | None, trigger: float, stop: float, targets: Sequence[float]
) -> str:
    """Draw the last minutes of a symbol as SVG; the dashed lines are trigger (amber), stop (coral) and first target (teal)."""
    if not bars:
        return '<svg class="tw-spark" viewBox="0 0 300 46"></svg>'
    start = bars[0].window_start
    span = max(now_us - start, 1)
    levels = [trigger, *([box.high, box.low] if box else []), *([last_price] if last_price is not None else [])]
    low = min(min(bar.low for bar in bars), *levels)
    high = max(max(bar.high for bar in bars), *levels)
    # stop and target stretch the scale by half of it at most: the price must stay readable
    room = (high - low) * 0.5
    for level in (stop, *targets[:1]):
        low, high = (min(low, max(level, low - room)), max(high, min(level, high + room)))
    height = max(high - low, 1e-9)

    def across(moment: int) -> float:
        return min(max((moment - start) / span, 0.0), 1.0) * _WIDTH

    def down(value: float) -> float:
        return 1.5 + (high - value) / height * (_HEIGHT - 3)

    parts = []
    if box is not None:
        left, right = across(box.start), across(box.end)
        parts.append(
            f'<rect x="{left:.1f}" y="{down(box.high):.1f}" width="{max(right - left, 2):.1f}" height="{max(down(box.low) - down(box.high), 1):.1f}" '
            f'fill="{INFORMATION}" fill-opacity=".16" stroke="{INFORMATION}" stroke-opacity=".7" stroke-width="1" {_STROKE}/>'
        )
    for value, colour in ((trigger, ATTENTION), (stop, DOWN), *((target, UP) for target in targets[:1])):
        if low <= value <= high:
            parts.append(
                f'<line x1="0" x2="{_WIDTH:.0f}" y1="{down(value):.1f}" y2="{down(value):.1f}" stroke="{colour}" stroke-opacity=".75" '
                f'stroke-width="1" stroke-dasharray="3 3" {_STROKE}/>'
            )
    points = [f"{across(bar.window_end):.1f},{down(bar.close):.1f}" for bar in bars]
    if last_price is not None:
        points.append(f"{_WIDTH:.1f},{down(last_price):.1f}")
    parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{TEXT}" stroke-width="1.4" stroke-linejoin="round" {_STROKE}/>')
    return f'<svg class="tw-spark" viewBox="0 0 300 46" preserveAspectRatio="none">{"".join(parts)}</svg>'


def countdown_ring(left_seconds: float, total_seconds: float) -> str:
    """Draw the share of a life that is left; amber in its last fifth."""
    share = min(max(left_seconds / total_seconds, 0.0), 1.0) if total_seconds > 0 else 0.0
    around = 2 * pi * _RING_RADIUS
    colour = ATTENTION if share < 0.2 else MUTED
    return (
        '<svg class="tw-ring" width="18" height="18" viewBox="0 0 18 18">'
        f'<circle cx="9" cy="9" r="{_RING_RADIUS:.0f}" fill="none" stroke="{MUTED}" stroke-opacity=".25" stroke-width="2.5"/>'
        f'<circle class="tw-left" cx="9" cy="9" r="{_RING_RADIUS:.0f}" fill="none" stroke="{colour}" stroke-width="2.5" '
        f'stroke-dasharray="{around:.2f}" stroke-dashoffset="{around * (1 - share):.2f}" transform="rotate(-90 9 9)"/></svg>'
    )


def columns(values: Sequence[float | None], *, baseline: float = 0.0, width: int = 96, height: int = 22) -> str:
    """Draw values as columns from a baseline, teal above and coral below it; a missing value leaves its place empty."""
    known = [value for value in values if value is not None]
    if not known:
        return f'<svg width="{width}" height="{height}"></svg>'
    low, high = min(baseline, *known), max(baseline, *known)
    span = max(high - low, 1e-12)
    step = width / max(len(values), 1)
    zero = (high - baseline) / span * (height - 2) + 1
    parts = [f'<line x1="0" x2="{width}" y1="{zero:.1f}" y2="{zero:.1f}" stroke="{MUTED}" stroke-opacity=".45" stroke-width="1"/>']
    for place, value in enumerate(values):
        if value is None:
            continue
        top = (high - max(value, baseline)) / span * (height - 2) + 1
        tall = max(abs(value - baseline) / span * (height - 2), 0.6)
        colour = UP if value >= baseline else DOWN
        opacity = "1" if place == len(values) - 1 else ".6"
        place_and_size = f'x="{place * step + 0.4:.1f}" y="{top:.1f}" width="{max(step - 0.8, 0.8):.1f}" height="{tall:.1f}"'
        parts.append(f'<rect {place_and_size} fill="{colour}" fill-opacity="{opacity}"/>')
    return f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'
