"""Boxes, setups and refusals of the seeded day, consistent with its prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from schemas.ids import deterministic_id
from schemas.records import Bar, Box, BoxState, DepthLabel, SetupEvent, SetupOutcome, SetupState, Side, SignalRefusal
from tests.support.dashboard_stories import ACTIVE, ARMED, MINUTE, PRIMED, RESOLVED, SECOND, Story


def _box_id(story: Story, now_us: int) -> str:
    return deterministic_id("box", story.symbol, story.resolution.value, now_us)


def boxes(story: Story, now_us: int) -> Iterator[Box]:
    assert story.box is not None
    before_start, before_end, high, low = story.box
    broken = any(state in (PRIMED, ACTIVE) for _, state in story.states)
    start, end = (now_us - now_us % MINUTE - round(minutes) * MINUTE for minutes in (before_start, before_end))
    made = Box(
        symbol=story.symbol, box_id=_box_id(story, now_us), resolution=story.resolution, state=BoxState.FORMED, ts_event=start + 8 * MINUTE,
        window_start=start, window_end=start + 8 * MINUTE, bar_count=8, high=high, low=low, range_bps=(high / low - 1) * 10_000, touches_high=3,
        touches_low=2, range_to_atr=1.4, compression_ratio=0.48, mean_volume=6_100.0,
    )  # fmt: skip
    yield made
    state = (BoxState.BROKEN_UP if story.side is Side.LONG else BoxState.BROKEN_DOWN) if broken else BoxState.EXTENDED
    yield replace(made, state=state, ts_event=end + 2 * SECOND, window_end=end, bar_count=(end - start) // MINUTE, touches_high=5, touches_low=4)


def setup_events(story: Story, minutes: Sequence[Bar], now_us: int) -> list[SetupEvent]:
    if story.box is None:
        return []
    high, low = story.box[2:]
    up = 1 if story.side is Side.LONG else -1
    trigger = high if up > 0 else low
    height = high - low
    digits = 2 if trigger >= 1 else 4
    targets = tuple(round(trigger + up * height * multiple, digits) for multiple in (2.0, 4.0))
    stop = round(trigger - up * height * 1.1, digits)
    life = {ARMED: 60, PRIMED: 20, ACTIVE: 90, RESOLVED: 0}
    setup_id = deterministic_id("setup", story.symbol, now_us)
    events: list[SetupEvent] = []
    previous: SetupState | None = None
    for sequence, (before, state) in enumerate(story.states):
        moment = now_us - round(before * MINUTE)
        bar = max((bar for bar in minutes if bar.window_end <= moment), key=lambda bar: bar.window_end, default=minutes[0])
        active = state is ACTIVE or (state is RESOLVED and any(known is ACTIVE for _, known in story.states))
        entry = round(trigger + up * 0.1 * height, digits) if active else None
        exits = {SetupOutcome.TARGET: targets[-1], SetupOutcome.STOP: stop}
        exit_price = exits.get(story.outcome) if state is RESOLVED and story.outcome is not None and active else None
        reasons = {
            ARMED: ("Range 1.4 ATR, half of the range before", "Volume dried up inside the box", "Edge tested 5 times"),
            PRIMED: ("1-minute close beyond the edge", "Relative volume 2.3", "Spread 14 bps"),
            ACTIVE: ("Retest held the edge", "Above VWAP by 118 bps", "Reward to risk 1.8"),
            RESOLVED: ("closed back inside the box before the break",),
        }[state]
        events.append(
            SetupEvent(
                event_id=deterministic_id("setup-event", setup_id, sequence), setup_id=setup_id, sequence=sequence, strategy="box-break-retest",
                symbol=story.symbol, side=story.side, previous_state=previous, state=state, outcome=story.outcome if state is RESOLVED else None,
                ts_event=moment, expires_at=moment + life[state] * MINUTE, box_id=_box_id(story, now_us), box_resolution=story.resolution,
                box_high=high, box_low=low, trigger_price=trigger, entry_price=entry, stop_price=stop, targets=targets,
                targets_reached=2 if state is RESOLVED and story.outcome is SetupOutcome.TARGET else 0, reward_to_risk=1.8, exit_price=exit_price,
                result_r=None if exit_price is None or entry is None else (exit_price - entry) / (entry - stop), last_price=bar.close,
                spread_bps=14.0, relative_volume=2.3, vwap_distance_bps=118.0, atr=height / 1.4, bid_price=bar.close - 0.01,
                ask_price=bar.close + 0.01, depth_label=DepthLabel.NONE, reasons=reasons,
            )
        )  # fmt: skip
        previous = state
    return events


def refusals(now_us: int) -> Iterator[SignalRefusal]:
    cases: tuple[tuple[float, str, Side | None, str, float | None, float | None, str, str], ...] = (
        (0.6, "GNUS", Side.LONG, "SPREAD_CAP", 84.0, 60.0, "bps", "The spread was 84 bps, at most 60 bps are allowed."),
        (2.1, "F", Side.LONG, "MISSING_QUOTE", None, None, "bps", "No fresh quote: the last one is 94 s old, at most 10 s are allowed."),
        (4.8, "TSLA", Side.SHORT, "RVOL_FLOOR", 0.31, 0.5, "ratio", "Relative volume on the break was 0.31, at least 0.50 is needed."),
        (9.0, "SPY", Side.LONG, "REWARD_TO_RISK", 1.12, 1.5, "ratio", "The first target pays 1.12 times the risk, at least 1.50 is needed."),
        (14.2, "UAL", Side.SHORT, "RANGE_CAP", 412.0, 250.0, "bps", "The bar that broke ranged 412 bps, at most 250 bps are allowed."),
        (22.5, "XOM", None, "COMPRESSION_RATIO", 0.83, 0.7, "ratio", "Bars inside are 0.83 times as wide as before, at most 0.70 is a box."),
    )
    for before, symbol, side, gate, value, limit, unit, message in cases:
        moment = now_us - round(before * MINUTE)
        yield SignalRefusal(
            refusal_id=deterministic_id("refusal", symbol, gate, moment), strategy="box-break-retest", symbol=symbol, side=side, ts_event=moment,
            candidate_id=deterministic_id("candidate", symbol), gate=gate, value=value, limit=limit, unit=unit, message=message,
        )  # fmt: skip
