"""What comes from TWS, as the desks read it. Numbers of kinds and types are the vendor's (`TWS API > Tick types`)."""

from __future__ import annotations

from typing import NamedTuple

from producers.ibkr.book import DepthUpdate


class Depth(NamedTuple):
    """An update of a subscribed book."""

    request_id: int
    update: DepthUpdate
    received_us: int
    heard_at: float


class Message(NamedTuple):
    """A message of TWS; request id -1 where it concerns none."""

    request_id: int
    code: int
    text: str


class Tick(NamedTuple):
    """One field of a quote: 1 bid, 2 ask, 4 last, 9 close, 0 3 5 sizes, 8 volume, 45 time of last trade, 49 halted; 66 to 76 the same delayed."""

    request_id: int
    kind: int
    value: float
    size: float | None
    received_us: int


class OptionTick(NamedTuple):
    """Greeks at a price: kind 10 of the bid, 11 of the ask, 12 of the last trade, 13 of the vendor's model; None where it did not compute."""

    request_id: int
    kind: int
    implied_volatility: float | None
    delta: float | None
    gamma: float | None
    vega: float | None
    theta: float | None
    underlying_price: float | None
    received_us: int


class DataKind(NamedTuple):
    """What a subscription gives: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen."""

    request_id: int
    kind: int


class SnapshotEnd(NamedTuple):
    """A quote asked for once is complete."""

    request_id: int


class TradeTick(NamedTuple):
    """One trade, tick by tick; the vendor stamps whole seconds."""

    request_id: int
    seconds: int
    price: float
    size: float
    exchange: str
    conditions: str
    is_unreported: bool
    received_us: int


class QuoteTick(NamedTuple):
    """One change of bid or offer, tick by tick."""

    request_id: int
    seconds: int
    bid_price: float
    ask_price: float
    bid_size: float
    ask_size: float
    received_us: int


class HistoryBar(NamedTuple):
    """One finished or growing bar of the past; average and count are of its trades, None where there were none."""

    start_seconds: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    average: float | None
    trade_count: int | None


class AccountValue(NamedTuple):
    """One figure of an account, e.g. BuyingPower; the value as the vendor wrote it."""

    account: str
    name: str
    value: str
    currency: str
    received_us: int


class PositionChange(NamedTuple):
    """What an account holds of a contract; quantity 0 when it is closed."""

    account: str
    contract_id: int
    symbol: str
    security_type: str
    currency: str
    local_symbol: str
    quantity: float
    average_cost: float
    received_us: int


class ProfitLoss(NamedTuple):
    """Profit of the account that the request named; None where the vendor does not tell."""

    request_id: int
    daily: float | None
    unrealised: float | None
    realised: float | None
    received_us: int


class OrderPlaced(NamedTuple):
    """An order as TWS holds it."""

    order_id: int
    permanent_id: int
    client_id: int
    account: str
    symbol: str
    security_type: str
    side: str
    quantity: float
    order_type: str
    reference: str
    status: str
    received_us: int


class OrderProgress(NamedTuple):
    """What became of an order."""

    order_id: int
    permanent_id: int
    client_id: int
    status: str
    filled: float
    remaining: float
    average_price: float
    received_us: int


Event = (
    Depth | Message | Tick | OptionTick | DataKind | SnapshotEnd | TradeTick | QuoteTick
    | AccountValue | PositionChange | ProfitLoss | OrderPlaced | OrderProgress
)  # fmt: skip
