"""Between break and trigger: price must leave, come back to the edge, hold, and turn (BOX-06).

Seen from the setup's side (for SHORT mirrored), in views after the one that primed it:

1. left: a trade at least `departure_atr` ATRs beyond the edge;
2. came back: a later view with a trade within `retest_tolerance_atr` ATRs of the edge, or behind it;
3. held: `retest_hold_seconds` have passed since, and the last price is not behind the edge;
4. turned: the last price is `retest_turn_atr` ATRs better than the worst trade since price came back.

Then the setup triggers at the last price, if the reward is worth the risk (BOX-07). If it is not, that retest is spent: price must
come back again. A trade behind the middle of the box ends the setup: the break failed.
"""

from __future__ import annotations

from dataclasses import replace

from infra.settings import SetupSettings
from processors.calc.trade_plan import direction, reward_to_risk, stop_beyond
from processors.setups.arming import vwap_reason
from processors.setups.gates import gate_of_reward
from processors.setups.setup import SECOND_US, STRATEGY, Seen, Setup, move, resolve
from processors.strategy import Decision
from processors.trust import doubts
from schemas.ids import deterministic_id
from schemas.records import MarketView, SetupOutcome, SetupState, Signal


def await_retest(setup: Setup, view: MarketView, settings: SetupSettings) -> tuple[Setup | None, list[Decision]]:
    """Move a PRIMED setup on; None when it resolved."""
    seen = Seen.of(view, setup.side)
    if seen.worst is not None and seen.worst < setup.middle * direction(setup.side):
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "Fell back through the middle of the box", view.last_price)]
    if view.ts_event >= setup.expires_at:
        return None, [resolve(setup, view, SetupOutcome.EXPIRED, "No retest in time", view.last_price)]
    setup = _watch(setup, view, seen, settings)
    if doubts(view) or not _turned(setup, view, seen, settings):
        return setup, []
    return _trigger(setup, view, settings)


def _watch(setup: Setup, view: MarketView, seen: Seen, settings: SetupSettings) -> Setup:
    """Note that price left, came back, or went deeper; one step a view, as nobody knows the order inside it."""
    if seen.best is None or seen.worst is None:
        return setup
    sign = direction(setup.side)
    edge = setup.edge * sign
    if not setup.departed:
        return replace(setup, departed=True) if seen.best >= edge + settings.departure_atr * setup.atr else setup
    if setup.retest_extreme is not None:
        deeper = seen.worst < setup.retest_extreme * sign
        return replace(setup, retest_extreme=seen.worst * sign) if deeper else setup
    if seen.worst <= edge + settings.retest_tolerance_atr * setup.atr:
        return replace(setup, retest_since=view.ts_event, retest_extreme=seen.worst * sign)
    return setup


def _turned(setup: Setup, view: MarketView, seen: Seen, settings: SetupSettings) -> bool:
    if setup.retest_extreme is None or seen.last is None or seen.best is None:
        return False
    if view.ts_event < setup.retest_since + settings.retest_hold_seconds * SECOND_US:
        return False
    sign = direction(setup.side)
    return seen.last >= setup.edge * sign and seen.last >= setup.retest_extreme * sign + settings.retest_turn_atr * setup.atr


def _trigger(setup: Setup, view: MarketView, settings: SetupSettings) -> tuple[Setup, list[Decision]]:
    """Take the trigger if the reward is worth the risk; if not, another retest may bring a better entry."""
    assert view.last_price is not None and setup.retest_extreme is not None, "a retest has prices"
    entry = view.last_price
    stop = stop_beyond(setup.side, setup.retest_extreme, settings.stop_buffer_atr * setup.atr)
    ratio = reward_to_risk(setup.side, entry, stop, setup.targets[0])
    refusal = gate_of_reward(setup, view, ratio, settings)
    if refusal is not None:
        return replace(setup, retest_since=0, retest_extreme=None), [refusal]
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
        view.bid_price is not None and view.ask_price is not None and view.ask_price - view.bid_price <= abs(setup.entry - setup.risk_stop) / 10,
    )
    return round(0.4 + 0.15 * sum(points), 2)
