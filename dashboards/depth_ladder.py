"""The depth ladder and what it means: the book's best levels, and the numbers of book and signed volume beside them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from dashboards.depth_queries import Ladder, newest_ladder, newest_metrics
from dashboards.desk import Desk
from dashboards.formats import MISSING, age, basis_points, exchange_time, freshness, or_reason, price, quantity, seconds_between
from dashboards.markup import direction_tone, heading, table, toned
from infra.number_formats import signed
from schemas.records import BookMetrics, DepthMode

_LEVELS = 5
_MODE: Final = {DepthMode.LIVE: "live", DepthMode.DEMO: "demo", DepthMode.DELAYED: "delayed"}
_WHY: Final = {
    "no_depth": "no order book of this symbol", "stale": "the newest book is too old", "one_sided": "a side of the book is empty",
    "feed_unfit": "the feed is not to be trusted now", "warming_up": "warming up: not enough volume or time yet",
    "no_trades": "no trades of this symbol", "not_counted": "the feed counts no updates", "no_model": "no model: tapewire depth train makes one",
}  # fmt: skip
_FLAG: Final = {"quote_stuffing": "quote stuffing", "anomaly": "unlike other books", "hedging": "hedging of an option sweep"}
_GRADE: Final = {"A": "A · deep and tight", "B": "B · good", "C": "C · thin", "D": "D · not usable"}


def depth_panel(desk: Desk, symbol: str) -> str:
    """Return the panel of a symbol as HTML; it says why where there is nothing."""
    now_us = desk.now_us
    ladder = newest_ladder(desk.history, symbol, now_us, _LEVELS)
    metrics = newest_metrics(desk.history, symbol, now_us)
    life = desk.settings.microstructure.book_life_seconds
    return ladder_html(ladder, now_us, life) + metrics_html(metrics, now_us)


def ladder_html(ladder: Ladder | None, now_us: int, life_seconds: float) -> str:
    """Return the levels, asks on top, each with a bar as long as its share of the largest."""
    if ladder is None:
        why = "No book in the last hour. <code>feed.ibkr</code> brings the books of its symbols in turns."
        return heading("Depth") + f'<div class="tw-rest">{why}</div>'
    old = seconds_between(ladder.taken_at, now_us)
    fresh = freshness(old, life_seconds)
    remark = f"{_MODE[ladder.mode]}, {age(old)} old" + (", stale" if fresh == "stale" else "")
    largest = max((size for _, size in (*ladder.bids, *ladder.asks)), default=0.0)
    rows = [_level(level, largest, "down") for level in reversed(ladder.asks)] + [_level(level, largest, "up") for level in ladder.bids]
    empty = [f'<div class="tw-muted">no {name}</div>' for name, side in (("asks", ladder.asks), ("bids", ladder.bids)) if not side]
    faded = ' style="opacity:.45"' if fresh == "stale" else ""
    levels = table(("", "USD", "shares"), rows, numbers=(1, 2)) + "".join(empty)
    return heading("Depth", remark) + f'<div class="tw-panel"{faded}>{levels}</div>'


def metrics_html(metrics: BookMetrics | None, now_us: int) -> str:
    """Return the numbers as rows; one that is missing is a dash with its reason."""
    if metrics is None:
        return ""
    has_expired = metrics.grade_expires_at is not None and now_us >= metrics.grade_expires_at
    grade = None if metrics.grade is None or has_expired else _GRADE[metrics.grade.value]
    impact = None if metrics.kyle_lambda is None else f"{metrics.kyle_lambda * 1e5:.3g}"
    rows = [
        ("Grade", or_reason(grade or MISSING, "the newest book is older than its grade lives" if has_expired else _why(metrics, "grade"))),
        ("Imbalance, 3 s", _toned(metrics, "imbalance_3s", metrics.imbalance_3s)),
        ("Pressure", _toned(metrics, "pressure", metrics.pressure)),
        ("Microprice", or_reason(price(metrics.microprice), _why(metrics, "microprice"))),
        ("Spread", or_reason(basis_points(metrics.spread_bps), _why(metrics, "spread_bps"))),
        ("VPIN", or_reason(_plain(metrics.vpin), _why(metrics, "vpin"))),
        ("Impact, US cents a 1,000 shares", or_reason(impact or MISSING, _why(metrics, "kyle_lambda"))),
        ("PIN", or_reason(_plain(metrics.pin), _why(metrics, "pin"))),
        ("Updates a second", or_reason(MISSING if metrics.update_rate is None else quantity(metrics.update_rate), _why(metrics, "update_rate"))),
        ("Anomaly", or_reason(_plain(metrics.anomaly_score), _why(metrics, "anomaly_score"))),
    ]
    stands_out = " · ".join(toned(f"! {_FLAG.get(flag, flag)}", "tw-attention") for flag in metrics.flags)
    note = f'<div class="tw-note">{stands_out}</div>' if stands_out else ""
    return heading("Book numbers", exchange_time(metrics.ts_event)) + '<div class="tw-panel">' + table(("", ""), rows, numbers=(1,)) + note + "</div>"


def _level(level: tuple[float, float], largest: float, tone: str) -> Sequence[str]:
    value, size = level
    width = 100 * size / largest if largest else 0
    bar = f'<div style="height:.7em;width:{width:.0f}%;background:var(--tw-{tone});opacity:.55;border-radius:2px"></div>'
    return f'<div style="min-width:3.5rem">{bar}</div>', f'<span class="tw-{tone}">{price(value)}</span>', escape(quantity(size))


def _toned(metrics: BookMetrics, name: str, value: float | None) -> str:
    if value is None:
        return or_reason(MISSING, _why(metrics, name))
    return f'<span class="{direction_tone(value)}">{signed(value, 2)}</span>'


def _plain(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f}"


def _why(metrics: BookMetrics, name: str) -> str:
    reason = metrics.missing.get(name, "")
    return _WHY.get(reason, reason.replace("_", " ") or "not known")
