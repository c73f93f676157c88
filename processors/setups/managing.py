"""After the trigger: targets, stop and time (BOX-10).

The stop counts before a target when one view touched both: inside an interval nobody knows which came first. At the first target the
stop moves to the entry; a setup stopped there ends as STOP with its reached targets and a result of 0. At the last target it ends as
TARGET. Touches count before the time to live, as the prices of a view lie before its tick.
"""

from __future__ import annotations

from dataclasses import replace

from processors.calc.trade_plan import direction
from processors.setups.setup import Seen, Setup, move, resolve
from processors.strategy import Decision
from schemas.records import MarketView, SetupOutcome, SetupState


def manage(setup: Setup, view: MarketView) -> tuple[Setup | None, list[Decision]]:
    """Move an ACTIVE setup on; None when it resolved."""
    sign, seen = direction(setup.side), Seen.of(view, setup.side)
    if seen.worst is not None and seen.best is not None and seen.worst <= setup.stop * sign:
        # If nothing traded at the stop or better, the market jumped over it: the worst price is the honest exit.
        exit_price = setup.stop if seen.best >= setup.stop * sign else seen.worst * sign
        reason = "Stopped at the entry after a target" if setup.targets_reached else "Stop touched"
        return None, [resolve(setup, view, SetupOutcome.STOP, reason, exit_price)]
    if seen.best is not None:
        best = seen.best
        reached = sum(best >= target * sign for target in setup.targets)
        if reached == len(setup.targets):
            done = replace(setup, targets_reached=reached)
            return None, [resolve(done, view, SetupOutcome.TARGET, "Last target reached", setup.targets[-1])]
        if reached > setup.targets_reached:
            assert setup.entry is not None, "an active setup has an entry"
            reason = f"Target {reached} of {len(setup.targets)} reached, stop at the entry"
            moved, event = move(replace(setup, targets_reached=reached, stop=setup.entry), view, SetupState.ACTIVE, reasons=(reason,))
            setup = moved
            if view.ts_event < setup.expires_at:
                return setup, [event]
            return None, [event, resolve(setup, view, SetupOutcome.EXPIRED, "Time is up", view.last_price)]
    if view.ts_event >= setup.expires_at:
        return None, [resolve(setup, view, SetupOutcome.EXPIRED, "Time is up", view.last_price)]
    return setup, []
