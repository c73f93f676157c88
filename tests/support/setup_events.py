"""Setup events for tests: a lifecycle in the order it happens, and random ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from schemas.ids import deterministic_id
from schemas.records import DepthLabel, Resolution, SetupEvent, SetupOutcome, SetupState, Side

SECOND = 1_000_000


def armed(symbol: str, ts_event: int, **changes: Any) -> SetupEvent:
    """Return the first event of a long setup at a box of 6.30 to 6.42."""
    setup_id = deterministic_id("setup", symbol, ts_event)
    event = SetupEvent(
        event_id=deterministic_id("setup-event", setup_id, 0), setup_id=setup_id, sequence=0, strategy="box-break-retest",
        symbol=symbol, side=Side.LONG, state=SetupState.ARMED, ts_event=ts_event, expires_at=ts_event + 3_600 * SECOND,
        box_id=deterministic_id("box", symbol, ts_event), box_resolution=Resolution.M1, box_high=6.42, box_low=6.30,
        trigger_price=6.42, stop_price=6.18, targets=(7.04, 7.66), reward_to_risk=2.6, depth_label=DepthLabel.NONE,
        last_price=6.40, spread_bps=15.6, relative_volume=1.4, vwap_distance_bps=82.0, atr=0.05, bid_price=6.40, ask_price=6.41,
        reasons=("Eleven quiet bars", "Range 0.6 of its ATR"),
    )  # fmt: skip
    return replace(event, **changes)


def following(event: SetupEvent, state: SetupState, ts_event: int, **changes: Any) -> SetupEvent:
    """Return the next event of the setup."""
    sequence = event.sequence + 1
    return replace(
        event,
        event_id=deterministic_id("setup-event", event.setup_id, sequence),
        sequence=sequence,
        previous_state=event.state,
        state=state,
        ts_event=ts_event,
        **changes,
    )


def lifecycle(symbol: str, ts_event: int, step_seconds: int = 1) -> list[SetupEvent]:
    """Return heads-up, break, trigger, first target, last target."""
    step = step_seconds * SECOND
    first = armed(symbol, ts_event)
    primed = following(first, SetupState.PRIMED, ts_event + step)
    active = following(primed, SetupState.ACTIVE, ts_event + 2 * step, entry_price=6.45)
    target = following(active, SetupState.ACTIVE, ts_event + 3 * step, targets_reached=1)
    done = following(
        target, SetupState.RESOLVED, ts_event + 4 * step, outcome=SetupOutcome.TARGET, targets_reached=2, exit_price=7.66, result_r=4.48
    )
    return [first, primed, active, target, done]


_prices = st.floats(min_value=0.0101, max_value=9_999.0, allow_nan=False).map(lambda value: round(value, 4))
_optional_prices = st.none() | _prices
_ratios = st.none() | st.floats(min_value=-5_000.0, max_value=5_000.0, allow_nan=False)


@st.composite
def setup_events(draw: st.DrawFn) -> SetupEvent:
    """Any event the schema allows with prices a market could have; reasons may hold any text."""
    state = draw(st.sampled_from(SetupState))
    resolved = state is SetupState.RESOLVED
    return armed(
        draw(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=5)),
        draw(st.integers(min_value=1_577_880_000 * SECOND, max_value=1_893_456_000 * SECOND)),
        sequence=draw(st.integers(min_value=0, max_value=12)),
        side=draw(st.sampled_from(Side)),
        previous_state=draw(st.none() | st.sampled_from(SetupState)),
        state=state,
        outcome=draw(st.sampled_from(SetupOutcome)) if resolved else None,
        box_resolution=draw(st.sampled_from(Resolution)),
        box_high=draw(_prices),
        box_low=draw(_prices),
        trigger_price=draw(_prices),
        entry_price=draw(_prices) if state is SetupState.ACTIVE else draw(_optional_prices) if resolved else None,
        stop_price=draw(_prices),
        targets=tuple(draw(st.lists(_prices, min_size=1, max_size=6))),
        targets_reached=draw(st.integers(min_value=0, max_value=1)),
        reward_to_risk=draw(_ratios),
        exit_price=draw(_optional_prices) if resolved else None,
        result_r=draw(_ratios) if resolved else None,
        spread_bps=draw(_ratios),
        relative_volume=draw(_ratios),
        vwap_distance_bps=draw(_ratios),
        atr=draw(_optional_prices),
        bid_price=draw(_optional_prices),
        ask_price=draw(_optional_prices),
        depth_label=draw(st.sampled_from(DepthLabel)),
        reasons=tuple(draw(st.lists(st.text(max_size=3_000), max_size=3))),
    )
