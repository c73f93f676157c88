"""Health: feeds, processes, what is stored, and what could not be used."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboards.desk import Desk
from dashboards.formats import age, count, data_size, exchange_time, freshness, or_reason, quantity, seconds_between
from dashboards.guard import refreshing
from dashboards.health_queries import dead_letter_counts, dead_letters, stored_tables
from dashboards.markup import empty_state, heading, show, table, toned
from dashboards.page import page
from dashboards.queries import feeds
from dashboards.rows import FeedNow, StoredTable
from dashboards.status_bar import feed_light
from dashboards.words import FAULT, FEED
from infra.clock import SystemClock
from infra.local.stack_state import ProcessStatus, read_state
from schemas.records import FeedHeartbeat

_STALE_STATE_SECONDS = 10.0
_STATE_TONES = {"ready": "tw-fresh", "done": "tw-fresh", "starting": "tw-ageing", "waiting": "tw-ageing", "failing": "tw-stale", "stopped": "tw-off"}


@page(title="Health", icon=":material/monitor_heart:", order=40)
def health(desk: Desk) -> None:
    """Draw the page."""
    seconds = desk.settings.dashboard.slow_refresh_seconds
    refreshing(seconds, lambda: _feeds(desk))
    left, right = st.columns([1.15, 1], gap="small")
    with left:
        refreshing(seconds, lambda: _processes(desk))
    with right:
        refreshing(seconds, lambda: _tables(desk))
    refreshing(seconds, lambda: _dead_letters(desk))


def _feeds(desk: Desk) -> None:
    now_us = desk.now_us
    found = feeds(desk.history, now_us)
    show(heading("Feeds", "a watermark is the moment up to which everything is in"))
    if not found:
        show(empty_state("No feed has given a sign of life", "Feeds send a heartbeat a second once they run.", "tapewire up, or tapewire demo"))
        return
    head = ("Feed", "State", "Last sign", "Behind", "Lag", "Rate/s", "Crossed", "Repeated", "Disordered", "Gaps", "Letters", "Budget", "Remarks")
    rows = (_feed_row(desk, feed, now_us) for feed in found)
    show('<div class="tw-panel">' + table(head, rows, numbers=(2, 3, 4, 5, 6, 7, 8, 9, 10, 11), narrow=(0, 1)) + "</div>")


def _feed_row(desk: Desk, feed: FeedNow, now_us: int) -> tuple[str, ...]:
    heartbeat = feed.heartbeat
    light = feed_light(heartbeat.feed, feed, desk, now_us)
    late = max(seconds_between(heartbeat.ts_event, now_us) - heartbeat.delay_seconds, 0.0)
    behind, silent = (desk.clock.real_seconds(seconds) for seconds in (late, seconds_between(heartbeat.ts_published, now_us)))
    limit = desk.settings.dashboard.feed_age_limit_seconds
    rate = None if feed.records_per_second is None else feed.records_per_second / max(desk.clock.real_seconds(1.0), 1e-9)
    places = " ".join(f"{one.topic}[{one.partition}] {one.next_offset:,}" for one in heartbeat.positions) or "nothing written yet"
    words = ", ".join(sorted({FAULT[fault.kind] for fault in heartbeat.faults})) or FEED[heartbeat.state]
    terms = ", ".join(filter(None, (heartbeat.mode, heartbeat.licence and heartbeat.licence.value.lower())))
    median, most = _worst(heartbeat, "lag_p50_ms"), _worst(heartbeat, "lag_p99_ms")
    shares = (_worst(heartbeat, name) for name in ("crossed_share", "repeated_share", "disordered_share"))
    used = None if heartbeat.budget_used is None else f"{heartbeat.budget_used}/{heartbeat.budget_limit}"
    return (
        f'<b>{escape(heartbeat.feed)}</b>{_below(terms)}',
        f'<i class="tw-dot {light.tone}"></i>{words}',
        toned(age(silent), f"tw-{freshness(silent, limit)}", exchange_time(heartbeat.ts_published, zone=True)),
        toned(
            age(behind), f"tw-{freshness(behind, limit)}",
            f"watermark {exchange_time(heartbeat.ts_event, zone=True)}, limit {limit:g} s{_plan(heartbeat)}",
        ),
        or_reason("–", "nothing with an event time came lately")
        if median is None or most is None
        else toned(f"{median:,.0f} ms", "", "from the event to its receipt: median") + _below(f"99 % {most:,.0f} ms"),
        or_reason("–" if rate is None else quantity(rate), "one heartbeat is not enough for a rate")
        + "<br>"
        + toned(f"{count(heartbeat.records_published)} in all", "tw-muted", f"next offsets: {places}"),
        *(or_reason("–" if share is None else f"{share:.1%}", "nothing of the kind came lately") for share in shares),
        count(heartbeat.gaps) + _below(f"{heartbeat.reconnects} reconnects"),
        toned(count(heartbeat.dead_letters), "tw-attention" if heartbeat.dead_letters else "", "parts of payloads that did not fit"),
        or_reason(used or "–", "no budget of requests"),
        _remarks(heartbeat),
    )


def _remarks(heartbeat: FeedHeartbeat) -> str:
    """Say what is wrong, and what else there is to know."""
    said = [f'<span class="tw-attention">{escape(fault.reason)}</span>' for fault in heartbeat.faults]
    if heartbeat.detail:
        said.append(f'<span class="tw-muted">{escape(heartbeat.detail)}</span>')
    if heartbeat.breakers_open:
        said.append(f'<span class="tw-muted">open breakers: {escape(", ".join(heartbeat.breakers_open))}</span>')
    return "<br>".join(said)


def _plan(heartbeat: FeedHeartbeat) -> str:
    return f" beyond the plan's own delay of {heartbeat.delay_seconds:g} s" if heartbeat.delay_seconds else ""


def _below(words: str) -> str:
    return f'<br><span class="tw-muted">{escape(words)}</span>'


def _worst(heartbeat: FeedHeartbeat, name: str) -> float | None:
    return max((value for reading in heartbeat.readings if (value := getattr(reading, name)) is not None), default=None)


def _processes(desk: Desk) -> None:
    path = desk.settings.stack.data_folder / "state.json"
    state = read_state(path)
    if state is None:
        show(
            heading("Processes")
            + f'<div class="tw-rest">Started without the supervisor: there is no {escape(path.name)} to read. Feeds and tables tell.</div>'
        )
        return
    written_seconds = SystemClock().now_us() / 1_000_000 - path.stat().st_mtime
    remark = f"stack {state.name}, peak memory {data_size(state.peak_memory_bytes)}"
    if written_seconds > _STALE_STATE_SECONDS:
        remark += f"; the supervisor wrote this {age(written_seconds)} ago and may be gone"
    rows = (_process_row(desk, process) for process in state.processes)
    head = ("Process", "State", "Lag", "Memory", "Restarts", "Pid", "Detail")
    show(heading("Processes", remark) + '<div class="tw-panel">' + table(head, rows, numbers=(2, 3, 4, 5), narrow=(0, 1)) + "</div>")


def _process_row(desk: Desk, process: ProcessStatus) -> tuple[str, ...]:
    limit = desk.settings.dashboard.feed_age_limit_seconds
    lag = "–"
    if process.lag_seconds is not None:
        real = desk.clock.real_seconds(process.lag_seconds)
        lag = toned(age(real), f"tw-{freshness(real, limit)}", "real seconds behind the head of its input")
    return (
        f"<b>{escape(process.name)}</b>",
        f'<i class="tw-dot {_STATE_TONES[process.state]}"></i>{process.state}',
        lag if lag != "–" else or_reason(lag, "it tells no lag"),
        data_size(process.memory_bytes) if process.memory_bytes else or_reason("–", "not running"),
        toned(count(process.restarts), "tw-attention" if process.restarts else "", "restarts since the stack came up"),
        str(process.pid) if process.pid else or_reason("–", "not running"),
        f'<span class="tw-muted">{escape(process.detail)}</span>',
    )


def _tables(desk: Desk) -> None:
    now_us = desk.now_us
    found = stored_tables(desk.history, now_us)
    show(heading("History", "rows per table as written, repeats not yet merged away included"))
    if not found:
        show(empty_state("No row has been stored yet", "Every topic is written here within a second of its record.", "tapewire up, or tapewire demo"))
        return
    rows = (_table_row(desk, entry, now_us) for entry in found)
    show('<div class="tw-panel">' + table(("Table", "Rows", "Size", "Newest", "Written"), rows, numbers=(1, 2, 3, 4), narrow=(0,)) + "</div>")


def _table_row(desk: Desk, entry: StoredTable, now_us: int) -> tuple[str, ...]:
    newest = None if entry.newest_event is None else desk.clock.real_seconds(seconds_between(entry.newest_event, now_us))
    written = None if entry.last_insert is None else seconds_between(entry.last_insert, SystemClock().now_us())
    return (
        escape(entry.table),
        count(entry.rows),
        data_size(entry.bytes_on_disk),
        or_reason(age(newest), "nothing of the last market hour"),
        or_reason(age(written), "no part yet"),
    )


def _dead_letters(desk: Desk) -> None:
    now_us = desk.now_us
    counts = dead_letter_counts(desk.history, now_us)
    remark = " · ".join(f"{stage} {topic}: {number:,}" for (topic, stage), number in list(counts.items())[:4])
    show(heading(f"Dead letters {sum(counts.values()):,}", remark or "records that could not be used, with their bytes and the reason"))
    if not counts:
        show('<div class="tw-rest">None in the last 24 hours: every record could be used.</div>')
        return
    rows = (
        (
            f'<span class="tw-muted">{exchange_time(entry.ts_published)}</span>',
            escape(entry.stage),
            escape(entry.topic) + ("" if entry.partition is None else f' <span class="tw-muted">{entry.partition}:{entry.offset}</span>'),
            toned(entry.error, "tw-attention"),
            escape(entry.reason),
            f"<code>{escape(entry.field_path or '')}</code>",
            f'<code title="{entry.value_bytes or 0} bytes">{escape(entry.preview[:72])}</code>',
        )
        for entry in dead_letters(desk.history, now_us)
    )
    head = ("Time", "Stage", "Topic", "Error", "Reason", "Field", "Begins with")
    show('<div class="tw-panel">' + table(head, rows, narrow=(0, 1, 2, 3)) + "</div>")
