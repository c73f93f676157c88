"""What the accounts behind the fake TWS hold, and how it tells its clients: figures, positions, profit, orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from infra.vendorsim.tws.book_source import BookSource
from infra.vendorsim.tws.listings import Listed, stock

_FIGURES = (
    ("NetLiquidation", "100000.00", "USD"), ("BuyingPower", "400000.00", "USD"), ("TotalCashValue", "100000.00", "USD"),
    ("CashBalance", "92000.00", "USD"), ("CashBalance", "7035.00", "EUR"), ("InitMarginReq-S", "12500.00", "USD"),
    ("InitMarginReq-C", "18400.00", "USD"), ("MaintMarginReq-S", "10000.00", "USD"), ("MaintMarginReq-C", "16700.00", "USD"),
)  # fmt: skip


@dataclass(slots=True)
class Position:
    """Units of a contract and what one cost."""

    each: Listed
    quantity: float
    average_cost: float


@dataclass(slots=True)
class Order:
    """One order and what became of it."""

    number: int
    account: str
    each: Listed
    side: str
    quantity: float
    reference: str
    status: str
    filled: float
    average_price: float
    client_id: int = 1

    @property
    def permanent_number(self) -> int:
        """Return the vendor's own number of it."""
        return 900_000_000 + self.number


@dataclass(slots=True)
class Holdings:
    """What all connections to one TWS see.

    Attributes
    ----------
    listeners
        Called with ``value``, ``position`` or ``order`` and what changed.
    """

    accounts: tuple[str, ...] = ("DU1234567",)
    figures: dict[tuple[str, str, str], str] = field(default_factory=dict)
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    listeners: list[Callable[[str, Any], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for account in self.accounts:
            self.figures |= {(account, name, currency): value for name, value, currency in _FIGURES}

    def change(self, kind: str, order: dict[str, Any]) -> None:
        """Change a figure, a position or an order as a fault asks, and tell whoever listens."""
        account = str(order.get("account", self.accounts[0]))
        changed: Any
        if kind == "value":
            changed = (account, str(order["name"]), str(order.get("currency", "USD")))
            self.figures[changed] = str(order["value"])
        elif kind == "position":
            changed = (account, str(order["symbol"]))
            self.positions[changed] = Position(stock(changed[1]), float(order["quantity"]), float(order.get("average_cost", 0.0)))
        else:
            changed = int(order["number"])
            self.orders[changed] = Order(
                changed, account, stock(str(order["symbol"])), str(order.get("side", "BUY")), float(order["quantity"]),
                str(order.get("reference", "")), str(order["status"]), float(order.get("filled", 0.0)), float(order.get("average_price", 0.0)),
            )  # fmt: skip
        for listener in list(self.listeners):
            listener(kind, changed)

    def profit(self, account: str, books: BookSource, now_ms: int) -> tuple[float, float, float]:
        """Return the day's, the unrealised and the realised profit in US dollars."""
        daily = unrealised = 0.0
        for (owner, _), position in self.positions.items():
            now = books.level1(position.each, now_ms)
            if owner == account and now is not None:
                daily += (now.last_price - now.close_price) * position.quantity
                unrealised += (now.last_price - position.average_cost) * position.quantity
        return round(daily, 2), round(unrealised, 2), 0.0


def position_message(account: str, position: Position) -> tuple[object, ...]:
    """Return message 61."""
    each = position.each
    return (
        61, 3, account, each.number, each.ticker, each.security_type, "", 0, "", each.multiplier, "", each.currency, each.name,
        each.trading_class, position.quantity, position.average_cost,
    )  # fmt: skip


def order_messages(order: Order) -> Iterator[tuple[object, ...]]:
    """Return messages 5 and 3: the order, and how far it is. What the order does not use is empty, as on the wire."""
    each = order.each
    yield (
        5, order.number, each.number, each.ticker, each.security_type, "", 0, "?", each.multiplier, "SMART", each.currency, each.name,
        each.trading_class, order.side, order.quantity, "LMT", 0, 0, "DAY", "", order.account, "", 0, order.reference, order.client_id,
        order.permanent_number, *[""] * 38, *[""] * 7, 0, 0, 0, *[""] * 3, "", *[""] * 4, 0, "", *[""] * 2, order.status, *[""] * 9,
        *[""] * 5, *[""] * 2, 0, *[""] * 16, *[""] * 3, *[""] * 5,
    )  # fmt: skip
    yield (
        3, order.number, order.status, order.filled, order.quantity - order.filled, order.average_price, order.permanent_number, 0,
        order.average_price, order.client_id, "", 0,
    )  # fmt: skip
