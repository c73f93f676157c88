"""The bar on top of every page: data mode, market phase, exchange time, feeds, trading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from dashboards.desk import Desk
from dashboards.formats import age, countdown, exchange_date, exchange_time, freshness, seconds_between
from dashboards.history import HistoryNotReady, HistoryUnavailable
from dashboards.queries import feeds, newest_view_moment
from dashboards.rows import FeedNow
from dashboards.words import FEED, PHASE
from infra.market_calendar import session_at, session_bounds, trading_day
from schemas.records import FeedState, Session

_MODE_WORDS = {
    "live": ("", "Live market data"),
    "demo": ("simulated market", "Simulated market: nothing here is real"),
    "replay": ("recorded day", "A recorded day: nothing here is happening now"),
    "delayed": ("late data", "Market data comes late"),
}


@dataclass(frozen=True, slots=True)
class Light:
    """One dot of the bar: its tone, what stands beside it, and the whole story on hover."""

    name: str
    tone: str
    text: str
    title: str


def status_bar(desk: Desk) -> str:
    """Return the bar as HTML; it never raises because ClickHouse is away."""
    now_us = desk.now_us
    mode = desk.settings.stack.mode
    speed = desk.settings.clock.speed if desk.settings.clock.kind == "scaled" else 1.0
    pace = f"\u2002×{speed:g}" if speed != 1 else ""
    lights = "".join(_dot(light) for light in _lights(desk, now_us))
    words, title = _MODE_WORDS[mode]
    strip = "" if mode == "live" else f'<div class="tw-strip tw-strip-{mode}"></div>'
    return (
        f'{strip}<div class="tw-bar" data-mode="{mode}"><span class="tw-mode tw-mode-{mode}" title="{title}">{mode.upper()}{pace}</span>'
        f'<span class="tw-attention tw-mode-words">{words}</span>'
        f"<span>{_phase(now_us)}</span>"
        f'<span class="tw-clock">{exchange_time(now_us, zone=True)}</span><span class="tw-muted">{exchange_date(now_us)}</span>'
        f'<span class="tw-right">{lights}<span title="No broker is connected: setups are alerts, not orders"><i class="tw-dot tw-off"></i>'
        f'Trading <span class="tw-muted">off, alerts only</span></span></span></div>'
    )


def _dot(light: Light) -> str:
    words = f'{escape(light.name)} <span class="tw-muted">{escape(light.text)}</span>'
    return f'<span title="{escape(light.title)}"><i class="tw-dot {light.tone}"></i>{words}</span>'


def feed_light(name: str, feed: FeedNow, desk: Desk, now_us: int) -> Light:
    """Judge one feed: its state first, then how far its watermark is behind."""
    heartbeat = feed.heartbeat
    behind = desk.clock.real_seconds(max(seconds_between(heartbeat.ts_event, now_us) - heartbeat.delay_seconds, 0.0))
    silent = desk.clock.real_seconds(seconds_between(heartbeat.ts_published, now_us))
    limit = desk.settings.dashboard.feed_age_limit_seconds
    judged = max(behind, silent)
    if heartbeat.state in (FeedState.DOWN, FeedState.UNLICENSED) or heartbeat.faults:
        tone = "tw-stale"
    elif heartbeat.state is FeedState.LIVE:
        tone = f"tw-{freshness(judged, limit)}"
    else:
        tone = "tw-ageing" if freshness(judged, limit) != "stale" else "tw-stale"
    words = "silent" if silent >= limit else "bad" if heartbeat.faults else FEED[heartbeat.state]
    faults = "; ".join(fault.reason for fault in heartbeat.faults)
    detail = faults or heartbeat.detail or f"watermark {age(behind)} behind, last sign of life {age(silent)} ago, limit {limit:g} s"
    return Light(name, tone, f"{words} {age(judged)}", f"{heartbeat.feed}: {detail}")


def groups(found: Iterable[FeedNow]) -> dict[str, list[FeedNow]]:
    """Group feeds by vendor: feed.polygon and feed.polygon.bars are one dot."""
    grouped: dict[str, list[FeedNow]] = {}
    for feed in found:
        grouped.setdefault(feed.heartbeat.feed.removeprefix("feed.").partition(".")[0], []).append(feed)
    return grouped


def _lights(desk: Desk, now_us: int) -> list[Light]:
    try:
        found = feeds(desk.history, now_us)
        views = newest_view_moment(desk.history, now_us)
    except HistoryNotReady as error:
        return [Light("history", "tw-ageing", "no tables yet", str(error))]
    except HistoryUnavailable as error:
        return [Light("history", "tw-stale", "not answering", str(error))]
    order = {"tw-stale": 0, "tw-ageing": 1, "tw-fresh": 2}
    lights = [
        min((feed_light(name, feed, desk, now_us) for feed in members), key=lambda light: order[light.tone])
        for name, members in groups(found).items()
    ]
    if not lights:
        lights.append(Light("feeds", "tw-off", "none yet", "No feed has given a sign of life; `tapewire up` starts them"))
    limit = desk.settings.dashboard.feed_age_limit_seconds
    if views is None:
        lights.append(Light("views", "tw-off", "none yet", "No market view in the last hour: the stage that writes them has seen no data"))
    else:
        behind = desk.clock.real_seconds(seconds_between(views, now_us))
        lights.append(Light("views", f"tw-{freshness(behind, limit)}", age(behind), "Age of the newest market view, which decisions are made from"))
    return lights


def _phase(now_us: int) -> str:
    phase = session_at(now_us)
    bounds = session_bounds(trading_day(now_us))
    ends = {
        Session.PRE: ("opens in", bounds.regular_open_us if bounds else 0),
        Session.REGULAR: ("closes in", bounds.regular_close_us if bounds else 0),
        Session.AFTER: ("ends in", bounds.after_end_us if bounds else 0),
    }
    if phase not in ends:
        return f"<b>{PHASE[phase]}</b>"
    word, moment = ends[phase]
    return f'<b>{PHASE[phase]}</b> <span class="tw-muted">{word} {countdown(seconds_between(now_us, moment))}</span>'
