"""Takes updates of contracts into their rows, as one compiled loop."""

from __future__ import annotations

from typing import Any

from numba import njit


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def take_updates(rows: Any, place: Any, updates: Any) -> None:
    """Change rows in place; ``place`` is the row of each update, -1 for none. Updates are in the order of their moments."""
    for i in range(len(place)):
        if place[i] < 0:
            continue
        row = rows[place[i]]
        new = updates[i]
        if new.session > row.session:
            # What was traded in the session before is carried on, and kept to sign the change of open interest that it made.
            row.carried += row.sold - row.bought
            row.before_bought, row.before_sold = row.bought, row.sold
            row.bought, row.sold, row.unsigned = 0.0, 0.0, 0.0
            row.session = new.session
        if new.session == row.session:
            # Vendors count up over the day: the largest count is the newest, in whichever order records come.
            row.bought, row.sold, row.unsigned = max(row.bought, new.bought), max(row.sold, new.sold), max(row.unsigned, new.unsigned)
        if new.is_chain == 0 or new.ts_event < row.ts_chain:
            continue
        row.ts_chain = new.ts_event
        if new.volatility == new.volatility:
            row.volatility = new.volatility
        interest = new.interest
        if interest != interest:
            continue
        side = 1.0 if row.key % 2 == 1 else -1.0
        if row.interest != row.interest:
            row.opened = side * interest
        elif interest != row.interest:
            if new.session > row.interest_session:
                change = interest - row.interest
                signed = row.before_bought + row.before_sold
                if change < 0:
                    row.opened = row.opened * interest / row.interest
                elif signed > 0:
                    row.opened += change * (row.before_sold - row.before_bought) / signed
                    row.changes += 1
                else:
                    row.opened += change * side
            else:
                row.opened += (interest - row.interest) * side  # the vendor put its number right
        if interest != row.interest or new.session > row.interest_session:
            row.interest_session = new.session
        row.interest = interest
