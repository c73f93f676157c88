"""Between break and trigger: price must come back to the edge, hold, and turn (BOX-06).

Seen from the setup's side (for SHORT mirrored), after the bar that broke the box:

1. came back: a 1-minute bar's worst price is within `retest_tolerance_atr` ATRs of the edge, or beyond it;
2. held: that same bar closes on the right side of the edge. The newest bar that did both is the retest bar; one that came back and
   closed on the wrong side of the edge takes the earlier one's word away;
3. turned: in a later view a trade beyond the retest bar's best price, with the last price on the right side of the edge.

A trade beyond the middle of the box ends the setup: the break failed.
"""

from __future__ import annotations

from dataclasses import replace

from infra.settings import SetupSettings
from processors.calc.trade_plan import direction, reward_to_risk, stop_beyond
from processors.setups.arming import vwap_reason
from processors.setups.gates import gate_of_reward
from processors.setups.setup import SECOND_US, STRATEGY, Seen, Setup, move, resolve
from processors.strategy import Decision
from schemas.ids import deterministic_id
from schemas.records import Bar, MarketView, Resolution, SetupOutcome, SetupState, Side, Signal


def await_retest(setup: Setup, view: MarketView, settings: SetupSettings) -> tuple[Setup | None, list[Decision]]:
    """Move a PRIMED setup on; None when it resolved."""
    sign, seen = direction(setup.side), Seen.of(view, setup.side)
    if seen.worst is not None and seen.worst < setup.middle * sign:
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "Fell back through the middle of the box", view.last_price)]
    if view.ts_event >= setup.expires_at:
        return None, [resolve(setup, view, SetupOutcome.EXPIRED, "No retest in time", view.last_price)]
    if setup.retest_extreme is not None and seen.worst is not None and seen.worst < setup.retest_extreme * sign:
        setup = replace(setup, retest_extreme=seen.worst * sign)
    decisions: list[Decision] = []
    if _turned(setup, seen, sign):
        triggered, decisions = _trigger(setup, view, settings)
        if triggered.state is SetupState.ACTIVE:
            return triggered, decisions
        setup = triggered
    for bar in view.closed_bars:
        if bar.resolution is Resolution.M1 and bar.window_start >= setup.broke_at:
            setup = _look_at_bar(setup, bar, settings, sign)
    return setup, decisions


def _turned(setup: Setup, seen: Seen, sign: int) -> bool:
    if setup.turn_level is None or seen.best is None or seen.last is None:
        return False
    return seen.best > setup.turn_level * sign and seen.last >= setup.edge * sign


def _look_at_bar(setup: Setup, bar: Bar, settings: SetupSettings, sign: int) -> Setup:
    best, worst = (bar.high, bar.low) if setup.side is Side.LONG else (bar.low, bar.high)
    came_back = worst * sign <= setup.edge * sign + settings.retest_tolerance_atr * setup.atr
    if not came_back:
        return setup
    known = setup.retest_extreme
    extreme = worst if known is None or worst * sign < known * sign else known
    held = bar.close * sign >= setup.edge * sign
    return replace(setup, retest_extreme=extreme, turn_level=best if held else None)


def _trigger(setup: Setup, view: MarketView, settings: SetupSettings) -> tuple[Setup, list[Decision]]:
    """Take the trigger if the reward is worth the risk; if not, another retest bar may bring a better entry."""
    assert view.last_price is not None and setup.retest_extreme is not None, "a retest has prices"
    entry = view.last_price
    stop = stop_beyond(setup.side, setup.retest_extreme, settings.stop_buffer_atr * setup.atr)
    ratio = reward_to_risk(setup.side, entry, stop, setup.targets[0])
    refusal = gate_of_reward(setup, view, ratio, settings)
    if refusal is not None:
        return replace(setup, turn_level=None), [refusal]
    entered = replace(
        setup,
        entry=entry,
        stop=stop,
        risk_stop=stop,
        reward_to_risk=ratio,
        expires_at=view.ts_event + settings.active_ttl_seconds * SECOND_US,
    )
    assert ratio is not None and setup.break_relative_volume is not None, "the gates need both"
    reasons = (
        "Retest of the edge held and turned",
        f"{setup.break_relative_volume:.1f}x usual volume on the break",
        vwap_reason(view, setup.side) or f"Reward {ratio:.1f} times the risk",
    )
    active, event = move(entered, view, SetupState.ACTIVE, reasons=reasons)
    return active, [event, _signal(active, view, settings, ratio, reasons)]


def _signal(setup: Setup, view: MarketView, settings: SetupSettings, ratio: float, reasons: tuple[str, ...]) -> Signal:
    return Signal(
        signal_id=deterministic_id("signal", STRATEGY, view.symbol, setup.side, view.ts_event),
        strategy=STRATEGY,
        symbol=view.symbol,
        side=setup.side,
        ts_event=view.ts_event,
        valid_until=view.ts_event + settings.signal_valid_seconds * SECOND_US,
        confidence=confidence(setup, view, ratio),
        triggers=(*reasons[:2], f"reward to risk {ratio:.2f}"),
        price=view.last_price,
        entry_price=setup.entry,
        stop_price=setup.stop,
        targets=setup.targets,
        reward_to_risk=ratio,
        setup_id=setup.setup_id,
    )


def confidence(setup: Setup, view: MarketView, ratio: float) -> float:
    """Return 0.4, and 0.15 more for each of: twice the usual volume on the break, a reward of twice the risk, price on the
    right side of VWAP, and a spread under a tenth of the risk."""
    assert setup.entry is not None and setup.risk_stop is not None, "an active setup has both"
    points = (
        (setup.break_relative_volume or 0.0) >= 2.0,
        ratio >= 2.0,
        vwap_reason(view, setup.side) is not None,
        view.bid_price is not None
        and view.ask_price is not None
        and view.ask_price - view.bid_price <= abs(setup.entry - setup.risk_stop) / 10,
    )
    return round(0.4 + 0.15 * sum(points), 2)
