"""What one connection hears of its accounts: figures, positions, profit and orders, each change once (IBK-16). No socket here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import orjson

from producers.ibkr.codes import Meaning
from producers.ibkr.condition import VendorCondition
from producers.ibkr.events import AccountValue, Event, Message, OrderPlaced, OrderProgress, PositionChange, ProfitLoss
from producers.ibkr.sequences import Sequences

UNIT = "feed.ibkr_account"
_MOST_ROWS = 200


class AccountPort(Protocol):
    """What the desk needs of a connection."""

    def open_account(self, account: str) -> int:
        """Subscribe to figures and profit; return the id of the request for profit."""

    def open_positions_and_orders(self) -> None:
        """Subscribe to positions and orders of all accounts."""


class AccountDesk:
    """The accounts of one connection.

    Parameters
    ----------
    present
        Accounts behind the login.
    wanted
        Those to be read; empty: all.
    """

    def __init__(
        self, port: AccountPort, present: Sequence[str], wanted: Sequence[str], condition: VendorCondition, sequences: Sequences
    ) -> None:
        self._port, self._condition, self._sequences = port, condition, sequences
        self._accounts = [account for account in present if not wanted or account in wanted]
        self._missing = [account for account in wanted if account not in present]
        self._profit_of: dict[int, str] = {}
        self._placed: dict[int, OrderPlaced] = {}
        self._told: dict[tuple[str, ...], tuple[Any, ...]] = {}
        self._rows: list[dict[str, Any]] = []

    @property
    def parts(self) -> list[str]:
        """Whose accounts these are, and which of those wanted are not there."""
        named = [f"{account} ({'paper' if account.startswith('D') else 'live'})" for account in self._accounts]
        missing = [f"{account} is not behind this login" for account in self._missing]
        return [*missing, f"accounts: {', '.join(named) or 'none'}"]

    def begin(self) -> None:
        """Subscribe; also after the vendor lost what it knew of us."""
        self._profit_of = {self._port.open_account(account): account for account in self._accounts}
        self._port.open_positions_and_orders()

    def take(self, event: Event) -> bool:
        """Take what came; return whether everything must be subscribed to again."""
        if isinstance(event, AccountValue):
            self._put(event.account, ("FIGURE", event.name, event.currency), event.received_us, {"value": event.value})
        elif isinstance(event, PositionChange):
            told = {
                "security_type": event.security_type, "contract_id": event.contract_id, "local_symbol": event.local_symbol,
                "quantity": event.quantity, "average_cost": event.average_cost,
            }  # fmt: skip
            self._put(event.account, ("POSITION", event.symbol, event.currency), event.received_us, told)
        elif isinstance(event, ProfitLoss):
            if event.request_id in self._profit_of:
                told = {"daily_profit": event.daily, "unrealised_profit": event.unrealised, "realised_profit": event.realised}
                self._put(self._profit_of[event.request_id], ("PROFIT", "PnL", ""), event.received_us, told)
        elif isinstance(event, OrderPlaced):
            self._placed[event.permanent_id] = event
            self._put_order(event, event.status, None, event.received_us)
        elif isinstance(event, OrderProgress):
            placed = self._placed.get(event.permanent_id)
            if placed is not None:  # of an order that nobody told us there is neither account nor symbol
                self._put_order(placed, event.status, event, event.received_us)
        elif isinstance(event, Message):
            return self._condition.heed(event, None) is Meaning.RESTORED_WITHOUT_DATA
        return False

    def due(self) -> bytes | None:
        """Return what changed, as a payload."""
        if not self._rows:
            return None
        rows, self._rows = self._rows[:_MOST_ROWS], self._rows[_MOST_ROWS:]
        return orjson.dumps({"updates": rows})

    def _put_order(self, placed: OrderPlaced, status: str, progress: OrderProgress | None, received_us: int) -> None:
        told: dict[str, Any] = {
            "security_type": placed.security_type, "order_id": placed.order_id, "permanent_id": placed.permanent_id,
            "client_id": placed.client_id, "side": placed.side, "quantity": placed.quantity, "order_reference": placed.reference or None,
            "status": status,
        }  # fmt: skip
        if progress is not None:
            average = progress.average_price if progress.filled else None
            told |= {"filled": progress.filled, "remaining": progress.remaining, "average_price": average}
        self._put(placed.account, ("ORDER", placed.symbol, "", str(placed.permanent_id), str(progress is None)), received_us, told)

    def _put(self, account: str, what: tuple[str, ...], received_us: int, told: dict[str, Any]) -> None:
        key, values = (account, *what, str(told.get("contract_id", ""))), tuple(told.values())
        if account not in self._accounts or self._told.get(key) == values:
            return
        self._told[key] = values
        kind, name, currency = what[:3]
        self._rows.append(
            {"account": account, "sequence": self._sequences.next(account), "ts_event": received_us, "kind": kind, "name": name}
            | {"currency": currency or None}
            | told
        )
