"""The trend posture of a symbol: which way, how probable, what speaks for and against it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from dashboards.formats import exchange_time, or_reason
from dashboards.markup import direction_tone, heading, table
from dashboards.sparkline import columns
from dashboards.words import RESOLUTION
from infra.settings import Settings
from schemas.records import Posture, Resolution, TrendPosture

POSTURE: Final = {Posture.LONG: "▲ Long", Posture.SHORT: "▼ Short", Posture.FLAT: "Flat"}
_NAMES: Final = {
    "ema_trend": "EMA 20 over 50", "vwap_distance": "From VWAP", "momentum": "Momentum", "volume_push": "Volume push",
    "range_place": "Place in the day's range",
}  # fmt: skip
_SHOWN = 48
_UNKNOWN = "a feature of the bar is not known yet: the slow mean needs 50 bars"


def posture_panel(found: Sequence[TrendPosture], settings: Settings) -> str:
    """Return the panel as HTML.

    Parameters
    ----------
    found
        A symbol's postures, oldest first.
    """
    if not found:
        why = "It is off." if not settings.trend.enabled else f"It comes with the next closed {RESOLUTION[Resolution(settings.trend.interval)]} bar."
        return heading("Trend posture") + f'<div class="tw-rest">None in the last hours. {why}</div>'
    newest = found[-1]
    chance = "–" if newest.p_up is None else f"{newest.p_up:.0%}"
    tone = {Posture.LONG: "tw-up", Posture.SHORT: "tw-down", Posture.FLAT: ""}[newest.posture]
    remark = f"since {exchange_time(newest.since)}, on {RESOLUTION[newest.resolution]} bars"
    drawing = columns([entry.p_up for entry in found][-_SHOWN:], baseline=0.5, width=140, height=24)
    rows = [
        (escape(_NAMES.get(name, name)), f'<span class="{direction_tone(part)}">{part:+.2f}</span>')
        for name, part in sorted(newest.contributions.items(), key=lambda entry: -abs(entry[1]))
    ]
    asked = "" if newest.wanted is newest.posture else f" · {newest.persisted} of {settings.trend.persist} closes ask for {POSTURE[newest.wanted]}"
    return (
        heading(f"Trend posture: {POSTURE[newest.posture]}", remark)
        + f'<div class="tw-panel"><b class="{tone}">{or_reason(chance, _UNKNOWN)}</b>'
        + f' <span class="tw-muted">probability of rise{escape(asked)}</span>'
        + f"<br>{drawing}{table(('For and against', 'log-odds'), rows, numbers=(1,)) if rows else ''}</div>"
    )
