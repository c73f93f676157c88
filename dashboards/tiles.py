"""A setup as a tile of the live lanes, in the order a trader reads: what, how far, where it stands, what it risks."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from dashboards.formats import exchange_time, or_reason, percent, price, ratio, risk_multiple, seconds_between
from dashboards.markup import direction_tone
from dashboards.rows import LiveSetup, SparkBar, SymbolNow
from dashboards.sparkline import SparkBox, countdown_ring, price_line
from dashboards.words import ARROW, DEPTH, DEPTH_REASON, OUTCOME, RESOLUTION, ending, strategy_name, time_left, why_missing
from schemas.records import SetupEvent, SetupState, Side


@dataclass(frozen=True, slots=True)
class TileContext:
    """What a tile needs beside its setup."""

    now_us: int
    symbol_now: SymbolNow | None
    bars: tuple[SparkBar, ...]
    box: SparkBox | None
    flash: bool


def tile(setup: LiveSetup, context: TileContext) -> str:
    """Return the full tile of a setup that lives."""
    event = setup.event
    last = _last_price(event, context)
    left = seconds_between(context.now_us, event.expires_at)
    ring = countdown_ring(left, seconds_between(setup.state_since, event.expires_at))
    line = price_line(
        context.bars,
        now_us=context.now_us,
        last_price=last,
        box=context.box,
        trigger=event.trigger_price,
        stop=event.stop_price,
        targets=event.targets,
    )
    until = f"{_end_words(event)} at {exchange_time(event.expires_at, zone=True)}"
    return (
        f'{_open(event, context.flash)}<div class="tw-row">{_name(event)}'
        f'<span class="tw-setup">{RESOLUTION[event.box_resolution]} · {escape(strategy_name(event.strategy))}</span>'
        f'<span class="tw-ring" title="{escape(until)}">{time_left(left)}{ring}</span></div>'
        f'<div class="tw-row tw-main">{_distance(setup, last, context)}</div>{line}'
        f'<div class="tw-row tw-facts">{_facts(event)}</div></a>'
    )


def slim_tile(setup: LiveSetup, context: TileContext) -> str:
    """Return one line of a lane that is too full for tiles."""
    event = setup.event
    last = _last_price(event, context)
    left = seconds_between(context.now_us, event.expires_at)
    return (
        f'{_open(event, context.flash, "tw-slim")}<div class="tw-row">{_name(event)}'
        f'<span class="tw-setup">{price(event.trigger_price)} · {_far(event, last)}</span><span class="tw-ring">{time_left(left)}</span></div></a>'
    )


def resolved_tile(setup: LiveSetup, flash: bool) -> str:
    """Return a setup that is over: how it ended and what it made."""
    event = setup.event
    outcome = OUTCOME[event.outcome] if event.outcome is not None else "Resolved"
    made = f'<b class="{direction_tone(event.result_r)}">{risk_multiple(event.result_r)}</b>' if event.result_r is not None else ""
    return (
        f'{_open(event, flash, "tw-slim")}<div class="tw-row">{_name(event)}<span class="tw-ring">{outcome} {made}</span></div>'
        f'<div class="tw-facts">{exchange_time(event.ts_event)} · {escape(ending(event))}</div></a>'
    )


def _open(event: SetupEvent, flash: bool, more: str = "") -> str:
    side = "tw-long" if event.side is Side.LONG else "tw-short"
    classes = " ".join(filter(None, ["tw-tile", side, more, "tw-flash" if flash else ""]))
    return f'<a class="{classes}" href="symbol?symbol={quote(event.symbol)}" target="_self" data-setup="{escape(event.setup_id)}">'


def _name(event: SetupEvent) -> str:
    tone = "tw-up" if event.side is Side.LONG else "tw-down"
    arrow = f'<span class="{tone} tw-strong">{ARROW[event.side]}</span>'
    return f'{arrow}<span class="tw-symbol">{escape(event.symbol)}</span><span class="{tone}">{event.side.value.lower()}</span>'


def _last_price(event: SetupEvent, context: TileContext) -> float | None:
    return context.symbol_now.last_price if context.symbol_now is not None else event.last_price


def _distance(setup: LiveSetup, last: float | None, context: TileContext) -> str:
    event = setup.event
    flags = context.symbol_now.flags if context.symbol_now is not None else ()
    shown = or_reason(price(last), why_missing(flags, "no trade yet"))
    told = context.symbol_now.ts_event if context.symbol_now is not None else event.ts_event
    shown = f'<b title="as of {exchange_time(told, zone=True)}">{shown}</b>'
    if event.state is SetupState.ACTIVE:
        entry = event.entry_price if event.entry_price is not None else event.trigger_price
        open_r = None if last is None or entry == setup.first_stop else (last - entry) / (entry - setup.first_stop)
        return (
            f'{shown}<span class="tw-muted">from {price(entry)}</span>'
            f'<span class="tw-far {direction_tone(open_r)}">{or_reason(risk_multiple(open_r), "no price to compare with")}</span>'
        )
    word = "break" if event.state is SetupState.ARMED else "retest"
    return f'{shown}<span class="tw-muted">→ {word} {price(event.trigger_price)}</span><span class="tw-far">{_far(event, last)}</span>'


def _far(event: SetupEvent, last: float | None) -> str:
    away = None if not last else (event.trigger_price / last - 1) * 100
    return or_reason(percent(away), "no price to compare with")


def _facts(event: SetupEvent) -> str:
    entry = event.entry_price if event.entry_price is not None else event.trigger_price
    stop = (event.stop_price / entry - 1) * 100
    next_target = event.targets[event.targets_reached] if event.targets_reached < len(event.targets) else None
    done = f"✓{event.targets_reached}\u2002" if event.targets_reached else ""
    return (
        f"<span>R:R <b>{or_reason(ratio(event.reward_to_risk), 'no target to measure')}</b></span>"
        f"<span>stop <b>{price(event.stop_price)}</b> {percent(stop, 1)}</span>"
        f"<span>{done}T{event.targets_reached + 1} <b>{or_reason(price(next_target), 'no target left')}</b></span>"
        f'<span class="tw-depth" title="{escape(DEPTH_REASON[event.depth_label])}">{DEPTH[event.depth_label]}</span>'
    )


_END = {SetupState.ARMED: "Expires without a break", SetupState.PRIMED: "Expires without a retest"}


def _end_words(event: SetupEvent) -> str:
    return _END.get(event.state, "Closes without stop or target")
