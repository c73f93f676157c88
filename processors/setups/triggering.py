"""The trigger of a setup: the order book's word, the entry, and the signal that goes with it (BOX-08, STR-21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from infra.plays_settings import SetupSettings
from processors.calc.trade_plan import reward_to_risk
from processors.setups.arming import vwap_reason
from processors.setups.gates import gates_of_depth
from processors.setups.setup import SECOND_US, Setup, move
from processors.strategy import Decision
from schemas.ids import deterministic_id
from schemas.records import MarketView, SetupState, Signal, SignalRefusal


def trigger(setup: Setup, view: MarketView, settings: SetupSettings, reasons: tuple[str, ...]) -> tuple[Setup, list[Decision]]:
    """Enter at the last price with the setup's stop, unless the order book holds it back; that is told once a retest and gate.

    A book that leans the other way now may not in three seconds: the setup stays as it is and may trigger in a later view.
    """
    assert view.last_price is not None, "a trigger has a price"
    held = gates_of_depth(setup, view, settings)
    if held:
        return hold_back(setup, held)
    ratio = reward_to_risk(setup.side, view.last_price, setup.stop, setup.targets[0])
    assert ratio is not None, "the gate of reward needs it"
    entered = replace(
        setup,
        entry=view.last_price,
        risk_stop=setup.stop,
        reward_to_risk=ratio,
        expires_at=view.ts_event + settings.active_ttl_seconds * SECOND_US,
    )
    active, event = move(entered, view, SetupState.ACTIVE, reasons=reasons)
    return active, [event, _signal(active, view, settings, ratio, reasons)]


def hold_back(setup: Setup, held: Sequence[SignalRefusal]) -> tuple[Setup, list[Decision]]:
    """Leave the setup as it is, and tell of each gate that holds it back once a retest."""
    new = [item for item in held if item.gate not in setup.told_gates]
    return replace(setup, told_gates=(*setup.told_gates, *(item.gate for item in new))), list(new)


def _signal(setup: Setup, view: MarketView, settings: SetupSettings, ratio: float, reasons: tuple[str, ...]) -> Signal:
    return Signal(
        signal_id=deterministic_id("signal", setup.strategy, view.symbol, setup.side, view.ts_event),
        strategy=setup.strategy,
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
