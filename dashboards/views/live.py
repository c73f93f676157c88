"""Live: the lanes Armed, PRIMED, Active, what was resolved, and what was refused."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st

from dashboards.decision_queries import near_misses
from dashboards.desk import Desk
from dashboards.formats import exchange_time
from dashboards.guard import refreshing
from dashboards.markup import empty_state, heading, show, table, toned
from dashboards.page import page
from dashboards.queries import MINUTE_US, box_spans, live_setups, refusals, sparklines, symbols_now
from dashboards.rows import LiveSetup
from dashboards.sparkline import SparkBox
from dashboards.tiles import TileContext, resolved_tile, slim_tile, tile
from dashboards.words import ARROW, gate_name, missed_by, strategy_name
from schemas.records import SetupState, SignalRefusal

_LANES = (
    (SetupState.ARMED, "Armed", "qualified box, waiting for the break"),
    (SetupState.PRIMED, "PRIMED", "broke out, waiting for the retest"),
    (SetupState.ACTIVE, "Active", "retest held, triggered"),
)
_FULL_TILES = 5
_SLIM_TILES = 12
_RESOLVED_SHOWN = 7
_RESOLVED_HORIZON_US = 90 * MINUTE_US
_SEEN = "live_states_seen"


@page(title="Live", icon=":material/bolt:", order=10)
def live(desk: Desk) -> None:
    """Draw the page."""
    refreshing(desk.settings.dashboard.refresh_seconds, lambda: _lanes(desk))
    refreshing(desk.settings.dashboard.slow_refresh_seconds, lambda: _refusals(desk))


def _lanes(desk: Desk) -> None:
    now_us = desk.now_us
    setups = live_setups(desk.history, now_us)
    if not setups:
        show(
            empty_state(
                "No setup in the last hours",
                "A tile appears when a compression box qualifies: at least "
                f"{desk.settings.boxes.minimum_bars} narrow bars of 1 or 2 minutes in a symbol that trades.",
                "tapewire up (with a feed), or tapewire demo",
            )
        )
        return
    contexts = _contexts(desk, now_us, setups)
    lanes = st.columns([3, 3, 3, 2.3], gap="small")
    for column, (state, title, what) in zip(lanes, _LANES, strict=False):
        members = [setup for setup in setups if setup.event.state is state]
        tiles = [tile(setup, contexts[setup.event.setup_id]) for setup in members[:_FULL_TILES]]
        tiles += [slim_tile(setup, contexts[setup.event.setup_id]) for setup in members[_FULL_TILES : _FULL_TILES + _SLIM_TILES]]
        if (hidden := len(members) - _FULL_TILES - _SLIM_TILES) > 0:
            tiles.append(f'<div class="tw-muted">and {hidden} more</div>')
        with column:
            show(_lane(title, len(members), what, tiles, f"Nothing {title if title == 'PRIMED' else title.lower()} now."))
    over = [setup for setup in setups if setup.event.state is SetupState.RESOLVED and now_us - setup.state_since < _RESOLVED_HORIZON_US]
    with lanes[3]:
        tiles = [resolved_tile(setup, contexts[setup.event.setup_id].flash) for setup in over[:_RESOLVED_SHOWN]]
        if len(over) > _RESOLVED_SHOWN:
            tiles.append(f'<div class="tw-muted">and {len(over) - _RESOLVED_SHOWN} more</div>')
        show(_lane("Resolved", len(over), "last 90 min", tiles, "Nothing resolved in the last 90 minutes."))


def _contexts(desk: Desk, now_us: int, setups: Iterable[LiveSetup]) -> dict[str, TileContext]:
    alive = [setup for setup in setups if setup.event.state is not SetupState.RESOLVED]
    symbols = {setup.event.symbol for setup in alive}
    now = symbols_now(desk.history, now_us, symbols)
    spans = box_spans(desk.history, symbols, {setup.event.box_id for setup in alive})
    lines = sparklines(desk.history, now_us, symbols, minutes=120)
    changed = _changed({setup.event.setup_id: setup.event.state for setup in setups})
    contexts = {}
    for setup in setups:
        event = setup.event
        span = spans.get(event.box_id)
        box = SparkBox(*span, event.box_high, event.box_low) if span else None
        start = min(now_us - 30 * MINUTE_US, span[0] - 8 * MINUTE_US if span else now_us)
        bars = tuple(bar for bar in lines.get(event.symbol, ()) if bar.window_start >= start)
        contexts[event.setup_id] = TileContext(now_us, now.get(event.symbol), bars, box, event.setup_id in changed)
    return contexts


def _changed(states: dict[str, SetupState]) -> set[str]:
    """Return the setups whose lane changed since this viewer's last look; on the first look none did."""
    seen: dict[str, SetupState] | None = st.session_state.get(_SEEN)
    st.session_state[_SEEN] = states
    return set() if seen is None else {setup_id for setup_id, state in states.items() if seen.get(setup_id) is not state}


def _lane(title: str, count: int, what: str, tiles: list[str], nothing: str) -> str:
    body = "".join(tiles) or f'<div class="tw-rest">{nothing}</div>'
    return (
        f'<div class="tw-lane tw-lane-{title.lower()}" data-lane="{title.lower()}"><div class="tw-lane-head"><b>{title}</b>'
        f'<span class="tw-count">{count}</span><span class="tw-what">{what}</span></div>{body}</div>'
    )


def _refusals(desk: Desk) -> None:
    found = refusals(desk.history, desk.now_us)
    top = heading("Last refusals", "what a gate held back, and by how much it missed")
    if not found:
        show(top + '<div class="tw-rest">Nothing was refused in the last hours.</div>')
    else:
        show(top + _refusal_table(found))
    nearly = near_misses(desk.history, desk.now_us)
    if nearly:
        show(heading("Nearly boxes", "small caps whose newest minutes lack little of a compression box, last hour") + _refusal_table(nearly))


def _refusal_table(found: Iterable[SignalRefusal]) -> str:
    return (
        '<div class="tw-panel">'
        + table(("Time", "Symbol", "Strategy", "Gate", "Missed by", "In words"), (_refusal_row(entry) for entry in found), narrow=(0, 1, 2, 3, 4))
        + "</div>"
    )


def _refusal_row(refusal: SignalRefusal) -> tuple[str, ...]:
    arrow = f"{ARROW[refusal.side]} " if refusal.side is not None else ""
    return (
        f'<span class="tw-muted">{exchange_time(refusal.ts_event)}</span>',
        f"{arrow}<b>{escape(refusal.symbol)}</b>",
        escape(strategy_name(refusal.strategy)),
        toned(gate_name(refusal.gate), "tw-attention", refusal.gate),
        escape(missed_by(refusal)),
        f'<span class="tw-muted">{escape(refusal.message)}</span>',
    )
