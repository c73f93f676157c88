"""stage.reference: what it writes, when, and that a second process writes nothing twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from infra.cli.events import coming, show_events
from infra.cli.watchlist import pinned, tickers
from infra.clock import ManualClock, to_microseconds
from infra.errors import ConfigurationError
from infra.macro_windows import macro_windows, margins_of, window_at
from infra.settings import MacroSettings, WatchlistSettings
from processors.reference.economic_schedule import load_schedule
from processors.reference.keeper import WITHDRAWN, Change, ReferenceKeeper
from processors.reference.topics import EARNINGS_DATES, EVENTS, WATCHLISTS
from schemas.record import Record
from schemas.records import CalendarEvent, EarningsReport, Gapper, Licence, ReportTime, Watchlist, WatchlistPin, WatchlistState

SCHEDULE = load_schedule()
NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK))


def gapper(symbol: str, when: str, gap: float = 10.0) -> Gapper:
    return Gapper(
        symbol=symbol, ts_event=at(when), ts_received=at(when), ts_published=at(when), source="polygon", last_price=5.0,
        previous_close=4.5, gap_percent=gap, volume=1e6,
    )  # fmt: skip


def pin(symbol: str, wanted: bool = True) -> WatchlistPin:
    return WatchlistPin(symbol=symbol, ts_event=1, pinned=wanted, pinned_by="test")


def speech(when: str, name: str = "Fed Governor Waller speaks") -> CalendarEvent:
    return CalendarEvent(
        event_id="speech", ts_event=at(when), ts_received=1, ts_published=1, source="unusual_whales", licence=Licence.INTERNAL,
        kind="fed-speaker", event=name, all_day=False,
    )  # fmt: skip


def earnings(source: str, day: str, received: int = 1, **more: float) -> EarningsReport:
    return EarningsReport(
        symbol="AAPL", ts_event=at(day), ts_received=received, ts_published=1, source=source, licence=Licence.INTERNAL,
        report_date=(date.fromisoformat(day) - date(1970, 1, 1)).days, report_time=ReportTime.UNKNOWN, **more,
    )  # type: ignore[arg-type]  # fmt: skip


class World:
    """A keeper, a clock, and everything that was ever on the topics."""

    def __init__(self, when: str, rules: WatchlistSettings | None = None, providers: Sequence[str] = ()) -> None:
        self.clock = ManualClock(at(when))
        self.rules = rules or WatchlistSettings(stocks=(), crypto=())
        self.topics: list[Record] = []
        self.keeper = ReferenceKeeper(self.rules, SCHEDULE, providers)

    def turn(self, *news: Record) -> Sequence[Change]:
        self.topics += news
        if self.keeper.begin(self.clock.now_us()):
            self.keeper.take(one for one in self.topics if isinstance(one, Gapper))
        self.keeper.take(news)
        changes = self.keeper.changes(self.clock.now_us())
        written = [change.record for change in changes]
        self.topics += written
        self.keeper.take(written)
        self.keeper.settled()
        return changes

    def lists(self, *news: Record) -> dict[str, Watchlist]:
        return {one.record.name: one.record for one in self.turn(*news) if isinstance(one.record, Watchlist)}

    def restart(self, providers: Sequence[str] = ()) -> Sequence[Change]:
        """Another process reads the topics from their beginning."""
        self.keeper = ReferenceKeeper(self.rules, SCHEDULE, providers)
        self.keeper.begin(self.clock.now_us())
        self.keeper.take(self.topics)
        return self.keeper.changes(self.clock.now_us())


def symbols(one: Watchlist) -> list[str]:
    return [entry.symbol for entry in one.entries]


def test_a_day_of_lists() -> None:
    world = World("2026-11-20 03:59:00")
    assert world.lists() == {}
    world.clock.advance(120)
    assert {one.state for one in world.lists(gapper("AAA", "2026-11-20 04:00:30")).values()} == {WatchlistState.FORMING}
    assert world.lists() == {}  # nothing new, nothing written
    world.clock.microseconds = at("2026-11-20 09:10:00")
    frozen = world.lists(gapper("BBB", "2026-11-20 09:09:30", 12.0))
    assert symbols(frozen["longlist"]) == ["BBB"] and frozen["longlist"].state is WatchlistState.FROZEN
    world.clock.microseconds = at("2026-11-20 09:25:00")
    ranked = world.lists(gapper("CCC", "2026-11-20 09:20:00", 90.0))
    assert set(ranked) == {"watchlist"} and ranked["watchlist"].state is WatchlistState.FINAL and symbols(ranked["watchlist"]) == ["BBB"]
    world.clock.microseconds = at("2026-11-20 15:00:00")
    assert world.lists(gapper("DDD", "2026-11-20 14:59:00", 99.0)) == {}
    assert symbols(world.lists(pin("SPY"))["watchlist"]) == ["SPY", "BBB"]
    assert symbols(world.lists(pin("SPY", wanted=False))["watchlist"]) == ["BBB"]


@pytest.mark.parametrize("when", ["2026-11-20 05:00:00", "2026-11-20 09:12:00", "2026-11-20 12:00:00", "2026-11-21 12:00:00"])
def test_another_process_goes_on_where_one_ended_and_writes_nothing_twice(when: str) -> None:
    world = World("2026-11-20 04:30:00")
    news = [gapper("AAA", "2026-11-20 04:29:00"), pin("QQQ"), speech("2026-12-03 13:00"), earnings("finnhub", "2026-12-10")]
    assert world.turn(*news)
    world.clock.microseconds = at(when)
    world.turn(gapper("BBB", "2026-11-20 04:59:00"))
    assert list(world.restart()) == []


def test_the_next_day_begins_anew_and_keeps_what_came_before_it_was_noticed() -> None:
    world = World("2026-11-19 12:00:00")
    world.turn(gapper("OLD", "2026-11-19 11:59:00"))
    # Read in the same turn in which the day changes.
    world.clock.microseconds = at("2026-11-20 04:02:00")
    assert symbols(world.lists(gapper("NEW", "2026-11-20 04:01:00"))["longlist"]) == ["NEW"]


def test_weekends_have_no_lists_and_calendars_go_on() -> None:
    world = World("2026-11-21 12:00:00")
    changes = world.turn(gapper("AAA", "2026-11-20 15:00:00"), speech("2026-12-03 13:00"))
    assert {change.topic for change in changes} == {EVENTS}


def test_the_schedule_is_written_at_start_and_a_vendor_s_word_changes_only_what_it_is_about() -> None:
    world = World("2026-11-21 12:00:00")
    first = [change.record for change in world.turn() if isinstance(change.record, CalendarEvent)]
    assert {"fomc-decision", "us-cpi", "us-nonfarm-payrolls"} <= {event.series for event in first} and len(first) > 25
    assert all(event.source == "merged" and event.time_new_york for event in first)
    cpi = replace(speech("2026-12-10 08:30", "Consumer price index"), kind="report", forecast="0.3%")
    [change] = world.turn(cpi)
    assert isinstance(change.record, CalendarEvent) and change.record.series == "us-cpi" and change.record.forecast == "0.3%"
    assert change.record.event_id in {event.event_id for event in first}
    assert list(world.turn(replace(cpi, ts_received=99))) == []  # asked again, the same answer


def test_an_event_that_nobody_tells_of_any_more_is_withdrawn_and_has_no_window() -> None:
    world = World("2026-11-21 12:00:00")
    world.turn(speech("2026-12-03 13:00"))
    moved = [change.record for change in world.turn(speech("2026-12-04 13:00")) if isinstance(change.record, CalendarEvent)]
    assert {event.status: event.ts_event for event in moved} == {None: at("2026-12-04 13:00"), WITHDRAWN: at("2026-12-03 13:00")}
    assert [event.importance for event in moved if event.status == WITHDRAWN] == [None]
    assert list(world.restart()) == []


def test_one_earnings_date_a_company() -> None:
    world = World("2026-11-21 12:00:00")
    told = [earnings("unusual_whales", "2026-12-11"), earnings("finnhub", "2026-12-10", eps_estimate=1.5), earnings("yahoo", "2027-03-11")]
    changes = world.turn(*told)
    [report] = [change.record for change in changes if change.topic == EARNINGS_DATES]
    assert isinstance(report, EarningsReport)
    assert report.conflict and report.sources == ("unusual_whales", "finnhub") and report.eps_estimate == 1.5
    assert [change.topic for change in world.turn(earnings("unusual_whales", "2026-12-10", received=2))] == [EARNINGS_DATES]


def test_the_manual_list_comes_from_the_settings() -> None:
    world = World("2026-11-20 04:30:00", WatchlistSettings(text="AAPL, MSFT AAPL"))
    changes = [change for change in world.turn() if change.topic == WATCHLISTS]
    assert [symbols(one.record) for one in changes if isinstance(one.record, Watchlist) and one.record.name == "manual"] == [["AAPL", "MSFT"]]


def test_what_people_type_becomes_tickers_or_is_refused() -> None:
    assert tickers(["spy", "$QQQ", "brk.b", "SPY"]) == ["SPY", "QQQ", "BRK.B"]
    with pytest.raises(ConfigurationError, match="no ticker!"):
        tickers(["no ticker!"])
    assert pinned([pin("SPY"), pin("QQQ"), pin("SPY", wanted=False)]) == ["QQQ"]


def test_the_command_shows_what_is_coming_and_nothing_withdrawn() -> None:
    world = World("2026-12-09 13:52:00")
    world.turn(speech("2026-12-10 13:00"))
    world.turn(speech("2026-12-11 13:00"))
    found = coming(world.topics, world.clock.now_us(), 3)
    assert [event.event for event in found if event.kind == "fed-speaker"] == ["Fed Chair press conference", "Fed Governor Waller speaks"]
    windows = macro_windows(found, margins_of(MacroSettings()))
    window = window_at(windows, world.clock.now_us())
    assert window is not None and window.event == "FOMC interest-rate decision"
    console = Console(record=True, width=200, file=StringIO())
    show_events(found, windows, window, console)
    text = console.export_text()
    assert "2026-12-09 14:00 EST" in text and "13:50–14:10" in text and "now: FOMC interest-rate decision, until 14:10" in text


def test_another_provider_of_events_by_configuration() -> None:
    """CAL-08: after the swap the merged event is the same, told by the other; what nobody else tells is withdrawn."""

    def told(source: str, event: str, when: str) -> CalendarEvent:
        return replace(speech(when, event), event_id=f"{source} {event}", source=source, kind="report")

    world = World("2026-12-01 06:00:00", providers=("unusual_whales",))
    cpi = [told("unusual_whales", "Consumer price index", "2026-12-10 08:30"), told("trading_economics", "Inflation Rate MoM", "2026-12-10 08:30")]
    before = {one.record.event: one.record for one in world.turn(*cpi, speech("2026-12-03 12:00")) if isinstance(one.record, CalendarEvent)}
    assert set(before) == {"Consumer price index", "Fed Governor Waller speaks"}, "not even the committed file, unless it is named"
    after = {one.record.event: one.record for one in world.restart(("trading_economics",)) if isinstance(one.record, CalendarEvent)}
    assert after["Fed Governor Waller speaks"].status == WITHDRAWN
    ours, theirs = before["Consumer price index"], after["Consumer price index"]
    assert (ours.sources, theirs.sources) == (("unusual_whales",), ("trading_economics",))
    assert replace(ours, sources=(), ts_published=0) == replace(theirs, sources=(), ts_published=0)
