"""Between break and trigger: price must leave, come back to the edge, hold, and turn (BOX-06).

Seen from the setup's side (for SHORT mirrored), in views after the one that primed it:

1. left: a trade at least `departure_atr` ATRs beyond the edge;
2. came back: a later view with a trade within `retest_tolerance_atr` ATRs of the edge, or behind it;
3. held: `retest_hold_seconds` have passed since, and the last price is not behind the edge;
4. turned: the last price is `retest_turn_atr` ATRs better than the worst trade since price came back.

Then the setup triggers at the last price, if the reward is worth the risk (BOX-07). If it is not, that retest is spent: price must
come back again. If the order book leans against it, or is too thin (BOX-08, DEP-03), the quotes are bad, or the regime is not the
strategy's (REG-03), it waits until that has changed. A trade behind the middle of the box ends the setup: the break failed.
"""

from __future__ import annotations

from dataclasses import replace

from infra.plays_settings import SetupSettings
from processors.calc.trade_plan import direction, reward_to_risk, stop_beyond
from processors.setups.arming import vwap_reason
from processors.setups.gates import gate_of_reward, withheld
from processors.setups.setup import SECOND_US, Seen, Setup, resolve
from processors.setups.triggering import hold_back, trigger
from processors.strategy import Decision
from processors.trust import doubts
from schemas.records import MarketView, SetupOutcome, SetupState


def await_retest(setup: Setup, view: MarketView, settings: SetupSettings) -> tuple[Setup | None, list[Decision]]:
    """Move a PRIMED setup on; None when it resolved."""
    seen = Seen.of(view, setup.side)
    if seen.worst is not None and seen.worst < setup.middle * direction(setup.side):
        return None, [resolve(setup, view, SetupOutcome.INVALIDATED, "Fell back through the middle of the box", view.last_price)]
    if view.ts_event >= setup.expires_at:
        return None, [resolve(setup, view, SetupOutcome.EXPIRED, "No retest in time", view.last_price)]
    setup = _watch(setup, view, seen, settings)
    if not _turned(setup, view, seen, settings):
        return setup, []
    if why := doubts(view):
        return hold_back(setup, [withheld(setup.strategy, setup.side, setup.setup_id, view, why)])
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
        return replace(setup, retest_since=0, retest_extreme=None, told_gates=()), [refusal]
    reasons = (
        "Retest of the edge held and turned",
        f"{setup.break_relative_volume or 0.0:.1f}x usual volume on the break",
        vwap_reason(view, setup.side) or f"Reward {ratio or 0.0:.1f} times the risk",
    )
    after, told = trigger(replace(setup, stop=stop), view, settings, reasons)
    return (after, told) if after.state is SetupState.ACTIVE else (replace(setup, told_gates=after.told_gates), told)
