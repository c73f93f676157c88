"""Momentum, relative volume, distance from VWAP and ATR as small multiples over the resolutions (SCH-04)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dashboards.formats import or_reason, price, ratio, signed_basis_points
from dashboards.markup import direction_tone
from dashboards.sparkline import columns
from dashboards.words import RESOLUTION
from schemas.records import Features, Resolution

_SHOWN = (Resolution.M1, Resolution.M5, Resolution.M15)
_COLUMNS = 24

Read = Callable[[Features], float | None]
_MEASURES: tuple[tuple[str, str, Read, Callable[[float | None], str], float | None, str], ...] = (
    ("Momentum", "bps", lambda entry: entry.momentum_bps, signed_basis_points, 0.0, "needs two bars"),
    ("RVOL", "×", lambda entry: entry.relative_volume, ratio, 1.0, "warming up: needs 20 bars before this one"),
    ("From VWAP", "bps", lambda entry: entry.vwap_distance_bps, signed_basis_points, 0.0, "no VWAP in this session yet"),
    ("ATR", "USD", lambda entry: entry.atr_wilder_14, price, None, "warming up: needs 14 bars after the first"),
)


def feature_tiles(series: Mapping[Resolution, Sequence[Features]]) -> str:
    """Return the tiles as HTML; a missing value is a dash that says why on hover."""
    head = "".join(f'<th class="tw-number">{RESOLUTION[resolution]}</th>' for resolution in _SHOWN)
    rows = "".join(_row(measure, series) for measure in _MEASURES)
    return f'<div class="tw-panel"><table class="tw-table tw-multiples"><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(measure: tuple[str, str, Read, Callable[[float | None], str], float | None, str], series: Mapping[Resolution, Sequence[Features]]) -> str:
    name, unit, read, written, baseline, reason = measure
    cells = []
    for resolution in _SHOWN:
        values = [read(entry) for entry in series.get(resolution, ())][-_COLUMNS:]
        newest = values[-1] if values else None
        tone = "" if baseline is None else direction_tone(None if newest is None else newest - baseline)
        why = reason if values else f"no {RESOLUTION[resolution]} bar has closed yet"
        drawing = columns(values, baseline=baseline or 0.0, width=60, height=20)
        cells.append(f'<td class="tw-number"><b class="{tone}">{or_reason(written(newest), why)}</b><br>{drawing}</td>')
    return f'<tr><td>{name}<br><span class="tw-muted">{unit}</span></td>{"".join(cells)}</tr>'
