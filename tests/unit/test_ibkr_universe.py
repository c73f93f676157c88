"""The file of instruments, the roll of futures on a virtual calendar, and every contract at the simulated vendor."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from infra.clock import ManualClock, to_datetime, to_microseconds
from infra.errors import ConfigurationError
from infra.market_calendar import NEW_YORK
from infra.trading_hours import InstrumentClass, hours_of
from infra.vendor_settings import IbkrSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.tws.book_source import ScenarioBooks
from infra.vendorsim.tws.listings import of_products
from infra.vendorsim.tws.server import TwsSimulator, listening
from producers.ibkr.client import TwsClient
from producers.ibkr.instrument import Instrument
from producers.ibkr.resolver import Resolver
from producers.ibkr.roll import RollRule, front
from producers.ibkr.rotation import Rotation
from producers.ibkr.universe import PACKAGED, Universe, UniverseFile, read

UNIVERSE = read(PACKAGED.read_text(), PACKAGED.name)
FUTURES = [each for each in UNIVERSE.instruments.values() if each.roll is not None]
SCENARIO = Scenario(date(2025, 6, 3))
NOON_US = (SCENARIO.span_ms[0] + 3 * 3_600_000) * 1_000
SMALL = """
rotation: [SPY, ES]
venues: {QQQ: ISLAND}
groups:
  stocks: {type: STK, exchange: SMART, currency: USD, members: {SPY: {}, QQQ: {}}}
  futures: {type: FUT, exchange: CME, currency: USD, roll: {months: HMUZ, sessions: 6}, members: {ES: {multiplier: 50}}}
"""


@pytest.mark.parametrize(
    ("group", "members"),
    [
        ("equities", "SPY QQQ IWM AAPL MSFT NVDA GOOGL AMZN META TSLA"),  # IBK-17
        ("indices-us", "SPX NDX RUT VIX"),  # IBK-19
        ("indices-europe", "DAX FTSE100 CAC40 STOXX50 IBEX35"),  # IBK-20
        ("indices-asia", "NIKKEI225 HANGSENG ASX200 KOSPI200 TOPIX"),  # IBK-21
        ("indices-americas", "BOVESPA TSX60"),  # IBK-22
        ("futures-index", "ES NQ YM RTY"), ("futures-volatility", "VX"),  # IBK-23
        ("commodities", "CL NG RB HO GC SI HG PL"),  # IBK-24
        ("treasuries", "ZB ZN ZF ZT"),  # IBK-25
        ("futures-currency", "6E 6B 6J 6A DX"),  # IBK-26
        ("forex", "EUR.USD GBP.USD USD.JPY AUD.USD EUR.GBP EUR.JPY GBP.JPY USD.MXN USD.ZAR USD.TRY"),  # IBK-27
        ("crypto", "BTC-USD ETH-USD"),  # IBK-28
    ],
)  # fmt: skip
def test_the_packaged_file_has_every_instrument_of_the_product(group: str, members: str) -> None:
    assert list(UNIVERSE.groups[group]) == members.split()


def test_a_venue_of_the_file_or_of_the_name_replaces_smart_and_nothing_else() -> None:
    """IBK-07."""
    universe = read(SMALL, "small.yaml")
    assert [universe.find(name).exchange for name in ("SPY", "QQQ", "SPY@ARCA", "XYZ")] == ["SMART", "ISLAND", "ARCA", "SMART"]
    assert [each.symbol for each in universe.named(("futures", "SPY", "SPY"))] == ["ES", "SPY"]
    option = universe.find("SPY250606C00600000")
    assert (option.ticker, option.security_type, option.expiry, option.strike, option.right) == ("SPY", "OPT", date(2025, 6, 6), 600.0, "C")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("groups: {a: {type: STK, members: {SPY: {}}}}", "groups.a.members.SPY: expected exchange"),
        ("groups: {a: {type: FUT, exchange: CME, currency: USD, members: {ES: {}}}}", "groups.a.members.ES: expected roll"),
        ("groups: {a: {type: STK, venue: X, members: {}}}", "groups.a.venue: extra inputs"),
        ("groups: [", "expected YAML"),
        ("rotation: [SPY]", "groups: field required"),
        (SMALL.replace("ES: {multiplier", "SPY: {multiplier"), "expected a name once"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        read(text, "bad.yaml")


def test_a_changed_file_is_taken_and_a_bad_one_is_not(tmp_path: Path) -> None:
    """IBK-13."""
    path = tmp_path / "universe.yaml"
    path.write_text(SMALL)
    file = UniverseFile(str(path))
    assert not file.changed() and file.universe.rotation == ("SPY", "ES")
    path.write_text("groups: [")
    assert not file.changed() and file.problem is not None and file.universe.rotation == ("SPY", "ES")
    path.write_text(SMALL.replace("[SPY, ES]", "[QQQ]"))
    os.utime(path, ns=(1, 1))
    assert file.changed() and file.problem is None and file.universe.rotation == ("QQQ",)


def months_of(each: Instrument, today: date) -> list[tuple[date, date]]:
    """Return what the simulated vendor lists of a future on a day."""
    found = []
    for listed in of_products(today):
        words = (listed.ticker, listed.venues[0], listed.security_type, listed.trading_class)
        if words == (each.ticker, each.exchange, "FUT", each.trading_class or each.ticker) and listed.expiry is not None:
            found.append((listed.expiry, date(int(listed.month[:4]), int(listed.month[4:]), 1)))
    return found


@pytest.mark.parametrize("each", FUTURES, ids=lambda each: each.symbol)
def test_a_future_always_has_one_front_month_that_ends_later(each: Instrument) -> None:
    """IBK-23: eighteen months on a virtual calendar; where one contract's turn ends the next one's has begun."""
    assert each.roll is not None
    now_us, last_us = (to_microseconds(datetime(year, 6, 3, 12, tzinfo=NEW_YORK)) for year in (2025, 2027))
    turns: list[date] = []
    while now_us < last_us:
        listed = months_of(each, to_datetime(now_us).astimezone(NEW_YORK).date())
        found = front(listed, each.roll, now_us)
        assert found is not None and found.until_us > now_us
        expiry, month = listed[found.place]
        assert hours_of(InstrumentClass.FUTURE, expiry) is not None
        assert to_datetime(found.until_us).astimezone(NEW_YORK).date() <= each.roll.ends(expiry, month)
        assert not turns or month > turns[-1]
        turns.append(month)
        now_us = found.until_us
    letters = ["FGHJKMNQUVXZ"[month.month - 1] for month in turns]
    assert set(letters) == set(each.roll.months)
    assert len(turns) >= len(each.roll.months) * 1.5


def test_the_june_contract_leaves_on_the_thursday_evening_before() -> None:
    rule = RollRule("HMUZ", 6)
    until = to_datetime(rule.until_us(date(2025, 6, 20), date(2025, 6, 1))).astimezone(NEW_YORK)
    assert until == datetime(2025, 6, 11, 18, tzinfo=NEW_YORK)  # the session of Thursday the 12th; the 19th is none for stocks, but for Globex


async def resolved(universe: Universe, names: tuple[str, ...], clock: ManualClock, resolver: Resolver) -> list[str]:
    async with listening(TwsSimulator(ScenarioBooks(SCENARIO), clock)) as simulator:
        client = TwsClient(clock)
        await client.connect("127.0.0.1", simulator.port, 1, 5.0)
        try:
            return await resolver.resolve(client, universe.named(names), clock.now_us(), 10.0)
        finally:
            client.close()


async def test_the_vendor_knows_each_instrument_and_names_what_it_does_not() -> None:
    """IBK-17 to 28: all sixty contracts."""
    resolver, clock = Resolver(), ManualClock(NOON_US)
    await resolved(UNIVERSE, ("all", "NOSUCH", "QQQ@ISLAND"), clock, resolver)
    assert resolver.unknown == {"NOSUCH": "200 unknown contract"}
    assert set(resolver.contracts) == set(UNIVERSE.instruments)
    assert resolver.contracts["QQQ"].of_library.exchange == "ISLAND"
    assert resolver.contracts["SPY"].of_library.exchange == "SMART"
    assert (resolver.contracts["ES"].local_symbol, resolver.contracts["ES"].expiry) == ("ESM5", date(2025, 6, 20))
    assert resolver.contracts["VX"].local_symbol == "VXM5"
    assert resolver.contracts["GC"].local_symbol == "GCQ5", "June could be delivered"
    assert len({contract.of_library.conId for contract in resolver.contracts.values()}) == len(UNIVERSE.instruments)


async def test_a_future_is_asked_for_again_when_its_turn_is_over() -> None:
    resolver, clock = Resolver(), ManualClock(NOON_US)
    universe = read(SMALL, "small.yaml")
    wanted = universe.named(("ES", "SPY"))
    assert await resolved(universe, ("ES", "SPY"), clock, resolver) == ["ES", "SPY"]
    assert not resolver.due(wanted, clock.now_us())
    clock.advance(timedelta(days=9).total_seconds())
    assert resolver.due(wanted, clock.now_us())
    assert await resolved(universe, ("ES", "SPY"), clock, resolver) == ["ES"]
    assert resolver.contracts["ES"].local_symbol == "ESU5"


async def test_the_rotation_takes_up_and_lets_go_of_symbols_while_it_runs(tmp_path: Path) -> None:
    """IBK-13: the next turn uses the new list."""
    path = tmp_path / "universe.yaml"
    path.write_text(SMALL)
    clock = ManualClock(NOON_US)
    rotation = Rotation(IbkrSettings.model_validate({"universe_path": str(path), "depth_slots": 2}), clock.now_us())
    async with listening(TwsSimulator(ScenarioBooks(SCENARIO), clock)) as simulator:
        client = TwsClient(clock)
        await client.connect("127.0.0.1", simulator.port, 1, 5.0)
        assert await rotation.renew(client, clock.now_us(), 5.0) == []
        assert [change.symbol for change in rotation.slots.turn(clock.now_us())] == ["SPY", "ES"]
        path.write_text(SMALL.replace("[SPY, ES]", "[NOSUCH, QQQ, ES]"))
        assert rotation.is_stale(clock.now_us())
        assert [(change.action, change.symbol) for change in await rotation.renew(client, clock.now_us(), 5.0)] == [("close", "SPY")]
        assert rotation.refused == {"NOSUCH": "200 unknown contract"}
        assert [change.symbol for change in rotation.slots.turn(clock.now_us())] == ["QQQ"]
        clock.advance(timedelta(days=9).total_seconds())
        assert rotation.is_stale(clock.now_us())
        assert [change.symbol for change in await rotation.renew(client, clock.now_us(), 5.0)] == ["ES"]
        assert "ES" in {change.symbol for change in rotation.slots.turn(clock.now_us())}
        client.close()
