"""Accounts of Interactive Brokers over a real socket: each change of the simulated TWS becomes one record."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import date
from itertools import pairwise
from typing import Any

import orjson

from infra.clock import ManualClock, monotonic_seconds
from infra.settings import Settings
from infra.vendor_settings import IbkrSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tws.book_source import ScenarioBooks
from infra.vendorsim.tws.connection import Account
from infra.vendorsim.tws.holdings import Holdings
from infra.vendorsim.tws.server import TwsSimulator, listening
from producers.ibkr.account_feed import AccountSource
from producers.ibkr.parse_account import parse_account
from producers.source import Parsed, Refused, Stamps, Stream
from schemas.records import AccountUpdate, AccountUpdateKind

SCENARIO = Scenario(date(2025, 6, 3))
NOON_US = (SCENARIO.span_ms[0] + 3 * 3_600_000) * 1_000
FIRST, SECOND = "DU1234567", "DU7654321"
PATIENCE = 15.0


class World:
    """A simulator with two accounts, a hand clock, and what the feed wrote."""

    def __init__(self, simulator: TwsSimulator, clock: ManualClock, accounts: tuple[str, ...]) -> None:
        self.simulator, self.clock = simulator, clock
        vendor = IbkrSettings(host="127.0.0.1", port=simulator.port, accounts=accounts, probe_seconds=0.1)
        self.source = AccountSource(Settings(ibkr=vendor), clock)
        self.records: list[AccountUpdate] = []

    async def read(self, stream: Stream, until: Callable[[], bool], what: str) -> None:
        """Read on until the condition holds."""
        deadline = monotonic_seconds() + PATIENCE
        while not until():
            assert monotonic_seconds() < deadline, f"{what} did not come about; detail: {stream.detail}"
            self.clock.advance(0.05)
            payload = await stream.receive(0.05)
            if payload is not None:
                now_us = self.clock.now_us()
                for item in self.source.parse(payload, Stamps(payload.received_us, now_us, now_us)):
                    assert isinstance(item, Parsed) and isinstance(item.record, AccountUpdate)
                    self.records.append(item.record)

    def of(self, kind: AccountUpdateKind, account: str = FIRST) -> list[AccountUpdate]:
        return [each for each in self.records if (each.kind, each.account) == (kind, account)]

    def change(self, **order: Any) -> None:
        self.simulator.commit(order)


@contextlib.asynccontextmanager
async def world(*accounts: str) -> AsyncIterator[World]:
    clock = ManualClock(NOON_US)
    account = Account(holdings=Holdings(accounts=(FIRST, SECOND)))
    async with listening(TwsSimulator(ScenarioBooks(SCENARIO), clock, account=account)) as simulator:
        yield World(simulator, clock, accounts)


async def test_figures_by_currency_and_product_positions_profit_and_orders_come_as_they_change() -> None:
    """IBK-16, IBK-01, IBK-02."""
    async with world() as w:
        w.change(fault="position", symbol="SPY", quantity=100, average_cost=600.0)
        async with w.source.connect() as stream:
            await w.read(stream, lambda: bool(w.of(AccountUpdateKind.PROFIT) and w.of(AccountUpdateKind.FIGURE, SECOND)), "both accounts")
            assert stream.detail == f"accounts: {FIRST} (paper), {SECOND} (paper)"
            figures = {(each.name, each.currency): each.value for each in w.of(AccountUpdateKind.FIGURE)}
            assert figures["BuyingPower", "USD"] == "400000.00"
            assert figures["CashBalance", "EUR"] == "7035.00" and figures["InitMarginReq-C", "USD"] == "18400.00"
            (position,) = w.of(AccountUpdateKind.POSITION)
            assert (position.name, position.quantity, position.average_cost) == ("SPY", 100.0, 600.0)
            quote = ScenarioBooks(SCENARIO).quote("SPY", NOON_US // 1_000)
            profit = w.of(AccountUpdateKind.PROFIT)[0]
            assert quote is not None and profit.unrealised_profit is not None and profit.daily_profit is not None
            assert abs(profit.unrealised_profit - (quote.bid_price - 600) * 100) < 200
            assert w.of(AccountUpdateKind.POSITION, SECOND) == []

            w.change(fault="position", symbol="SPY", quantity=-50, average_cost=601.5)
            await w.read(stream, lambda: len(w.of(AccountUpdateKind.POSITION)) > 1, "the changed position")
            assert [each.quantity for each in w.of(AccountUpdateKind.POSITION)] == [100.0, -50.0]
            w.change(fault="value", account=SECOND, name="BuyingPower", currency="USD", value="123.45")
            await w.read(stream, lambda: any(each.value == "123.45" for each in w.of(AccountUpdateKind.FIGURE, SECOND)), "the figure")

            order = {"fault": "order", "account": SECOND, "number": 7, "symbol": "AAPL", "quantity": 30, "reference": "s-1"}
            w.change(**order, status="Submitted")
            w.change(**order, status="Filled", filled=30, average_price=212.41)
            await w.read(stream, lambda: any(each.filled == 30 for each in w.of(AccountUpdateKind.ORDER, SECOND)), "the filled order")
            filled = w.of(AccountUpdateKind.ORDER, SECOND)[-1]
            assert (filled.name, filled.side, filled.order_reference, filled.status) == ("AAPL", "BUY", "s-1", "Filled")
            assert (filled.remaining, filled.average_price, filled.permanent_id) == (0.0, 212.41, 900_000_007)
        for account in (FIRST, SECOND):
            numbers = [each.sequence for each in w.records if each.account == account]
            assert all(later == earlier + 1 for earlier, later in pairwise(numbers))


async def test_chosen_accounts_alone_are_read_and_a_missing_one_is_named() -> None:
    """IBK-02."""
    async with world(SECOND, "U1") as w, w.source.connect() as stream:
        await w.read(stream, lambda: bool(w.of(AccountUpdateKind.FIGURE, SECOND)), "figures")
        assert stream.detail == f"U1 is not behind this login; accounts: {SECOND} (paper)"
        assert {each.account for each in w.records} == {SECOND}


async def test_after_lost_data_everything_is_asked_for_again_and_nothing_is_told_twice() -> None:
    async with world(FIRST) as w, w.source.connect() as stream:
        await w.read(stream, lambda: len(w.of(AccountUpdateKind.FIGURE)) == 9, "figures")
        w.change(fault="lost")
        await w.read(stream, lambda: "1100: connectivity lost" in str(stream.detail), "the loss to be said")
        w.change(fault="restored", data_lost=True)
        w.change(fault="value", name="NetLiquidation", value="99000.00")
        await w.read(stream, lambda: len(w.of(AccountUpdateKind.FIGURE)) > 9, "the change")
        assert [each.value for each in w.of(AccountUpdateKind.FIGURE)[9:]] == ["99000.00"]


def test_a_change_that_does_not_fit_is_refused_and_the_others_go_on() -> None:
    good = {"account": "U1", "sequence": 1, "ts_event": 5, "kind": "FIGURE", "name": "BuyingPower", "value": "1"}
    body = orjson.dumps({"updates": [good | {"kind": "RUMOUR"}, good | {"filled": "many"}, good | {"whim": 1}, good]})
    found = parse_account(body, Stamps(6, 7, 8))
    assert [item.error.field_path for item in found if isinstance(item, Refused)] == ["kind", "filled", "whim"]
    assert [item.record.value for item in found if isinstance(item, Parsed) and isinstance(item.record, AccountUpdate)] == ["1"]
