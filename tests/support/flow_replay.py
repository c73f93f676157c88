"""Records of options flow for tests, and a way to drive the flow fold with ticks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from infra.clock import to_microseconds
from infra.flow_settings import FlowSettings
from infra.market_calendar import NEW_YORK
from processors.folds.flow import FlowFold
from schemas.record import Record
from schemas.records import (
    DarkpoolPrint,
    FlowAlert,
    FlowMetrics,
    FlowState,
    InsiderTrade,
    Licence,
    NetPremium,
    OptionRight,
    OptionTrade,
    PriceLevel,
    SymbolEvent,
    SymbolEventKind,
    Tick,
    TradeSide,
)  # fmt: skip

SYMBOL = "SPY"
SECOND = 1_000_000
MINUTE = 60 * SECOND
OPEN = to_microseconds(datetime(2025, 5, 16, 9, 30, tzinfo=NEW_YORK))  # a Friday
DAY = 20_224  # 2025-05-16


def at(hour: int, minute: int, second: float = 0.0) -> int:
    """Return a moment of the day in New York, microseconds UTC."""
    return OPEN + round((hour * 3_600 + minute * 60 + second - 34_200) * SECOND)


def _stamps(moment: int) -> dict[str, Any]:
    return {
        "symbol": SYMBOL, "ts_event": moment, "ts_received": moment, "ts_published": moment, "source": "unusual_whales", "licence": Licence.INTERNAL,
    }  # fmt: skip


def option_trade(moment: int, premium: float, *, right: OptionRight = OptionRight.CALL, bought: int = 1, **changes: Any) -> OptionTrade:
    """Make a print of one contract that was bought (1), sold (-1) or made at the middle (0)."""
    price = premium / 100
    values: dict[str, Any] = _stamps(moment) | {
        "trade_id": f"{moment}/{premium}/{right.value}/{bought}", "option_symbol": "SPY250516C00590000", "expiry": DAY, "strike": 590.0,
        "right": right, "price": price, "size": 1, "premium": premium, "side": (TradeSide.MID, TradeSide.ASK, TradeSide.BID)[bought],
        "bid": price * (0.99 - 0.01 * bought), "ask": price * (1.01 - 0.01 * bought),
        "delta": 0.5 if right is OptionRight.CALL else -0.5, "underlying_price": 590.0,
    }  # fmt: skip
    return OptionTrade(**{**values, **changes})


def flow_alert(moment: int, premium: float, **changes: Any) -> FlowAlert:
    """Make an alert of a sweep, bought at the ask."""
    values: dict[str, Any] = _stamps(moment) | {
        "alert_id": f"{moment}/{premium}", "option_symbol": "SPY250516C00590000", "expiry": DAY, "strike": 590.0, "right": OptionRight.CALL,
        "price": 1.0, "total_premium": premium, "ask_side_premium": premium, "bid_side_premium": 0.0, "total_size": 100,
        "trade_count": 3, "volume": 100,
        "has_sweep": True,
    }  # fmt: skip
    return FlowAlert(**{**values, **changes})


def darkpool_print(moment: int, premium: float, *, bought: int = 1, **changes: Any) -> DarkpoolPrint:
    """Make an off-exchange print at the ask (1), the bid (-1) or between (0)."""
    values: dict[str, Any] = _stamps(moment) | {
        "print_id": f"{moment}/{premium}", "price": 590.0, "size": max(round(premium / 590), 1), "premium": premium,
        "bid": 590.0 - 0.01 * (1 + bought), "ask": 590.0 + 0.01 * (1 - bought),
    }  # fmt: skip
    return DarkpoolPrint(**{**values, **changes})


def vendor_minute(moment: int, calls: float, puts: float, **changes: Any) -> NetPremium:
    """Make the vendor's minute."""
    values = _stamps(moment) | {"session_date": DAY, "cumulative": False, "net_call_premium": calls, "net_put_premium": puts}
    return NetPremium(**{**values, **changes})


def price_level(received: int, price: float, lit: int, off_exchange: int) -> PriceLevel:
    """Make a row of the volume by price."""
    values = _stamps(at(0, 0)) | {"ts_received": received}
    return PriceLevel(**values, session_date=DAY, price=price, lit_volume=lit, off_exchange_volume=off_exchange)


def insider_sale(owner: str, moment: int = OPEN, **changes: Any) -> InsiderTrade:
    """Make a filed sale of 1,000 shares at 100 dollars."""
    values = _stamps(moment) | {
        "filing_id": f"{owner}/{moment}", "owner_name": owner, "transaction_code": "S", "transaction_date": DAY - 2,
        "amount": -1_000.0, "price": 100.0,
    }  # fmt: skip
    return InsiderTrade(**{**values, **changes})


def event(kind: SymbolEventKind, moment: int, **changes: Any) -> SymbolEvent:
    """Make a disclosure or headline."""
    values: dict[str, Any] = {
        "symbol": SYMBOL, "ts_event": moment, "ts_received": moment, "event_id": f"{kind.value}/{moment}/{sorted(changes.items())}", "kind": kind,
        "source": "unusual_whales", "licence": Licence.INTERNAL,
    }  # fmt: skip
    return SymbolEvent(**{**values, **changes})


_TOPICS = {
    OptionTrade: "options.trades", FlowAlert: "options.flow-alerts", DarkpoolPrint: "darkpool.prints", NetPremium: "options.net-premium",
    PriceLevel: "market.price-levels", InsiderTrade: "reference.insider-trades", SymbolEvent: "derived.symbol-events",
}  # fmt: skip


class FlowDriver:
    """Feeds one symbol's fold; collects what it writes."""

    def __init__(self, settings: FlowSettings | None = None) -> None:
        self.fold = FlowFold(settings or FlowSettings())
        self.state: FlowState = self.fold.initial(SYMBOL)
        self.written: list[FlowMetrics] = []

    def feed(self, records: Iterable[Record]) -> None:
        """Fold records, no tick."""
        for record in records:
            self.state, outputs = self.fold.step(self.state, _TOPICS.get(type(record), "derived.depth"), record)
            assert not outputs, "only ticks have outputs"

    def tick(self, moment: int, **unfit: str) -> FlowMetrics | None:
        """Fold a tick, if the fold wants it; return what it wrote."""
        record = Tick(ts_event=moment, unfit={name.replace("__", "."): why for name, why in unfit.items()})
        if not self.fold.wants_tick(self.state, record):
            return None
        self.state, outputs = self.fold.step(self.state, "ops.ticks", record)
        if not outputs:
            return None
        [(topic, metrics)] = outputs
        assert topic == "derived.flow-metrics" and isinstance(metrics, FlowMetrics)
        self.written.append(metrics)
        return metrics

    def metrics(self, moment: int, *records: Record) -> FlowMetrics:
        """Fold records and a tick that must write."""
        self.feed(records)
        metrics = self.tick(moment)
        assert metrics is not None
        return metrics
