"""WCH-01 to 12: the longlist until its freeze, its scan, the ranked watchlist, pins, written and fixed lists, history, the demo's hundred."""

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from infra.cli.demo_settings import SCENARIO_FREEZES
from infra.clock import ManualClock, to_microseconds
from infra.reference_settings import WatchlistSettings
from infra.settings import Settings, SimulatorSettings
from infra.vendor_settings import PolygonSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from processors.reference.economic_schedule import load_schedule
from processors.reference.gapper_day import DayMoments, GapperDay, moments_of
from processors.reference.keeper import ReferenceKeeper
from processors.reference.scan_log import ScanWindow, window_at
from processors.reference.symbol_text import symbols_in
from processors.reference.watchlist_history import write_history
from processors.reference.watchlists import fixed_lists, longlist, manual_list, score, watchlist
from producers.polygon.parse_snapshots import market
from producers.source import Parsed, Payload, Stamps
from schemas.records import Gapper, Watchlist, WatchlistState

NEW_YORK = ZoneInfo("America/New_York")
RULES = WatchlistSettings()
FORMING, FROZEN, FINAL = WatchlistState.FORMING, WatchlistState.FROZEN, WatchlistState.FINAL


def at(text: str, day: str = "2026-11-20") -> int:
    return to_microseconds(datetime.fromisoformat(f"{day} {text}").replace(tzinfo=NEW_YORK))


def gapper(symbol: str, when: str, gap: float = 10.0, *, price: float = 5.0, volume: float = 100_000.0, day: str = "2026-11-20") -> Gapper:
    moment = at(when, day)
    return Gapper(
        symbol=symbol, ts_event=moment, ts_received=moment, ts_published=moment, source="polygon", last_price=price,
        previous_close=price / (1 + gap / 100), gap_percent=gap, volume=volume,
    )  # fmt: skip


def a_day(*gappers: Gapper) -> GapperDay:
    moments = moments_of(date(2026, 11, 20), RULES)
    assert moments is not None
    day = GapperDay.of(moments, RULES)
    for one in gappers:
        day.take(one)
    return day


def long(day: GapperDay, when: str, rules: WatchlistSettings = RULES) -> Watchlist:
    found = longlist(day, rules, at(when), at(when))
    assert found is not None
    return found


def final(day: GapperDay, when: str, *pins: str, rules: WatchlistSettings = RULES) -> Watchlist:
    found = watchlist(day, pins, rules, at(when), at(when))
    assert found is not None
    return found


def symbols(one: Watchlist) -> list[str]:
    return [entry.symbol for entry in one.entries]


def test_symbols_enter_and_leave_with_their_gap() -> None:
    day = a_day(gapper("AAA", "07:00", 6.0))
    assert symbols(long(day, "07:01")) == ["AAA"]
    day.take(gapper("BBB", "07:02", -9.0))
    assert symbols(long(day, "07:02:30")) == ["BBB", "AAA"]  # down counts as much as up
    day.take(gapper("AAA", "07:03", 3.9))
    assert symbols(long(day, "07:04")) == ["BBB"]


def test_a_symbol_of_which_nothing_new_is_heard_leaves() -> None:
    """The vendor's list no longer names it, or repeats it without a trade, which is no new record."""
    day = a_day(gapper("AAA", "07:00"))
    assert symbols(long(day, "07:30")) == ["AAA"] and symbols(long(day, "07:30:01")) == []


@pytest.mark.parametrize("bad", [{"gap": 3.9}, {"price": 0.49}, {"volume": 9_999.0}])
def test_what_is_too_small_is_no_candidate(bad: dict[str, float]) -> None:
    assert symbols(long(a_day(gapper("AAA", "07:00", **bad)), "07:01")) == []


def test_additions_after_the_freeze_are_ignored() -> None:
    day = a_day(gapper("AAA", "09:09:59"), gapper("LATE", "09:10:00", 80.0))
    assert (long(day, "09:09:59.999999").state, long(day, "09:10").state) == (FORMING, FROZEN)
    assert symbols(long(day, "09:10")) == symbols(long(day, "15:00")) == ["AAA"]
    assert symbols(final(day, "09:20")) == symbols(final(day, "09:30")) == ["AAA"]


def test_a_record_read_late_but_known_before_the_freeze_still_counts() -> None:
    """Partitions are read one after the other: the same records in any order make the same list."""
    day = a_day(gapper("AAA", "09:12", 20.0), gapper("AAA", "09:09", 8.0))
    assert long(day, "09:15").entries[0].gap_percent == 8.0


def test_until_the_ranking_the_order_moves_and_then_it_stands() -> None:
    day = a_day(gapper("AAA", "09:09", 8.0), gapper("BBB", "09:09", 9.0))
    assert symbols(final(day, "09:11")) == ["BBB", "AAA"]
    day.take(gapper("AAA", "09:20", 30.0))
    assert (symbols(final(day, "09:21")), final(day, "09:21").state) == (["AAA", "BBB"], FROZEN)
    day.take(gapper("BBB", "09:25", 90.0))  # too late
    assert (symbols(final(day, "09:25")), final(day, "09:25").state) == (["AAA", "BBB"], FINAL)
    assert final(day, "16:00").entries == final(day, "09:25").entries


def test_exactly_a_hundred_names_and_a_second_run_is_equal() -> None:
    random = Random(7)
    gappers = [gapper(f"S{number:03}", "09:05", random.choice([5.0, 7.5, -12.0]), volume=random.choice([2e4, 9e5])) for number in range(140)]
    first = final(a_day(*gappers), "09:25")
    random.shuffle(gappers)
    assert final(a_day(*gappers), "09:25") == first
    assert len(first.entries) == 100 and first.candidates == 140
    assert [entry.rank for entry in first.entries] == list(range(1, 101))
    ranked = [(-(entry.score or 0.0), entry.symbol) for entry in first.entries]
    assert ranked == sorted(ranked)


def test_pinned_symbols_survive_the_ranking_and_the_freeze() -> None:
    rules = WatchlistSettings(size=3)
    day = a_day(*(gapper(f"S{number}", "09:05", 10.0 + number) for number in range(5)), gapper("LATE", "09:12", 50.0))
    assert symbols(final(day, "09:25", rules=rules)) == ["S4", "S3", "S2"]
    found = final(day, "09:30", "SPY", "S0", "LATE", rules=rules)
    assert symbols(found) == ["LATE", "S0", "SPY"] and all(entry.pinned for entry in found.entries)
    spy = found.entries[2]
    assert spy.score is None and spy.last_price is None  # nobody told: null, never 0


def test_days_without_a_session_and_hours_before_it_have_no_list() -> None:
    assert moments_of(date(2026, 11, 26), RULES) is None
    assert longlist(a_day(), RULES, at("03:59:59"), 0) is None and watchlist(a_day(), [], RULES, at("03:59:59"), 0) is None


def test_yesterday_s_gappers_are_no_candidates() -> None:
    assert symbols(long(a_day(gapper("OLD", "15:59", day="2026-11-19"), gapper("NIGHT", "03:59")), "04:01")) == []


def test_a_gapper_that_trades_more_dollars_scores_higher_and_none_scores_nothing() -> None:
    assert score(gapper("AAA", "07:00", 10.0, volume=1e6)) > score(gapper("AAA", "07:00", 10.0, volume=1e5)) > 0
    assert score(gapper("AAA", "07:00", 10.0, volume=0.0)) == 0.0
    assert score(gapper("AAA", "07:00", 10.0, price=1.0, volume=9.0)) == pytest.approx(10.0)  # 10 x log10(1 + 9)


def test_thirty_given_by_hand_are_cut_to_the_limit_in_their_order() -> None:
    given_symbols = [f"{chr(65 + number // 26)}{chr(65 + number % 26)}X" for number in range(30)]
    moments = moments_of(date(2026, 11, 20), RULES)
    assert moments is not None
    found = manual_list(symbols_in(" ".join(given_symbols)), moments, RULES, 0)
    assert symbols(found) == given_symbols[:25] and found.candidates == 30 and found.size_limit == 25


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$BCRX, TTNP and BRK.B; BCRX again", ["BCRX", "TTNP", "BRK.B"]),
        ("watch BTC-USD", ["BTC-USD"]),
        ("look at https://x.com/AAPL or a@IBM.com", []),
        ("", []),
        ("lower case words", []),
        ("TOOLONG", []),
    ],
)
def test_symbols_out_of_a_chat(text: str, expected: list[str]) -> None:
    assert symbols_in(text) == expected


def test_history_is_one_file_a_list_and_moment(tmp_path: Path) -> None:
    day = a_day(gapper("AAA", "09:05"))
    paths = write_history(tmp_path, [long(day, "09:10"), final(day, "09:25")])
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == ["2026-11-20/longlist-091000.json", "2026-11-20/watchlist-092500.json"]
    assert json.loads(paths[1].read_text())["entries"][0]["symbol"] == "AAA"
    assert write_history(tmp_path / "none", []) == []


def test_a_ranking_before_the_freeze_is_refused() -> None:
    with pytest.raises(ValidationError, match="freeze_at"):
        WatchlistSettings.model_validate({"freeze_at": "09:30", "final_at": "09:25"})


RECORDS = st.lists(
    st.builds(
        lambda symbol, minute, gap, volume: gapper(symbol, f"{8 + minute // 60:02}:{minute % 60:02}", gap, volume=volume),
        st.sampled_from(["AAA", "BBB", "CCC", "DDD"]), st.integers(0, 119), st.floats(-40, 40), st.floats(0, 1e7),
    ),
    max_size=30,
)  # fmt: skip


@given(RECORDS, st.lists(st.sampled_from(["AAA", "PIN"]), max_size=2), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_lists_do_not_depend_on_the_order_of_reading(records: list[Gapper], pins: list[str], random: Random) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)
    rules = WatchlistSettings(size=3)
    for when in ("09:10", "09:25", "10:00"):
        first, second = (final(a_day(*each), when, *pins, rules=rules) for each in (records, shuffled))
        assert first == second
        assert len(first.entries) <= 3 and set(pins) <= set(symbols(first))
        assert set(symbols(first)) <= set(symbols(long(a_day(*records), "09:10"))) | set(pins)
        assert len(set(symbols(first))) == len(first.entries)


def of(source: str, one: Gapper) -> Gapper:
    return replace(one, source=source)


def test_the_first_vendor_that_tells_of_somebody_speaks_alone() -> None:
    """WCH-05: the order of the settings; a vendor that is silent for half an hour is passed over, and comes back."""
    day = a_day(of("finnhub", gapper("FINN", "08:00")), of("alpha_vantage", gapper("ALPH", "08:10")), of("twelve_data", gapper("TWEL", "08:10")))
    assert symbols(long(day, "08:15")) == ["ALPH"]
    day.take(of("polygon", gapper("POLY", "08:20")))
    assert symbols(long(day, "08:21")) == ["POLY"]
    day.take(of("finnhub", gapper("FINN", "08:50")))
    assert symbols(long(day, "08:51")) == ["FINN"], "Polygon and Alpha Vantage have told of nobody for half an hour"
    day.take(of("polygon", gapper("POLY", "08:52")))
    assert symbols(long(day, "08:53")) == ["POLY"]


def test_an_explicit_vendor_is_heard_alone() -> None:
    """WCH-06."""
    told = [of(name, gapper(name[:4].upper(), "08:00")) for name in ("polygon", "alpha_vantage", "finnhub", "twelve_data", "nobody")]
    for name in ("polygon", "alpha_vantage", "finnhub", "twelve_data"):
        moments = moments_of(date(2026, 11, 20), RULES)
        assert moments is not None
        day = GapperDay.of(moments, RULES.model_copy(update={"sources": (name,)}))
        for one in told:
            day.take(one)
        assert symbols(long(day, "08:05")) == [name[:4].upper()]


SOURCES = {"alpha": "alpha_vantage", "finnhub": "finnhub", "textlist": "textlist", "manual": "manual"}
"""What `WATCHLIST_SOURCE` may say, as a source's name here."""


@pytest.mark.parametrize(
    ("source", "expected"), [("alpha", ["ALPHA"]), ("finnhub", ["FINN"]), ("textlist", ["TSLA", "SPY", "AMD"]), ("manual", ["MSFT", "AAPL", "NVDA"])]
)
def test_each_explicit_source_yields_its_symbols(source: str, expected: list[str]) -> None:
    """WCH-06, WCH-07, WCH-08: what was written stands in its order, each symbol once, without numbers; a pin comes before it."""
    rules = WatchlistSettings(
        sources=(SOURCES[source],), textlist_backends=("discord", "signal"), discord_symbols="buy $TSLA, SPY!", signal_symbols="SPY AMD",
        text="MSFT, AAPL, NVDA, MSFT",
    )  # fmt: skip
    moments = moments_of(date(2026, 11, 20), rules)
    assert moments is not None
    day = GapperDay.of(moments, rules)
    for one in (of("alpha_vantage", gapper("ALPHA", "09:05")), of("finnhub", gapper("FINN", "09:05"))):
        day.take(one)
    for when, state in (("09:06", FORMING), ("09:10", FROZEN), ("10:00", FINAL)):
        found = final(day, when, rules=rules)
        assert (symbols(found), found.state, found.candidates) == (expected, state, len(expected))
    assert symbols(final(day, "10:00", "PIN", rules=rules)) == ["PIN", *expected]


def test_a_text_list_stands_in_when_the_vendors_before_it_are_silent() -> None:
    """WCH-05: Alpha Vantage, Finnhub, the text list, Twelve Data; an empty text list is passed over. Thirty symbols given, 25 kept."""
    rules = WatchlistSettings(discord_symbols=" ".join(f"{chr(65 + number)}XX" for number in range(26)))
    moments = moments_of(date(2026, 11, 20), rules)
    assert moments is not None
    day = GapperDay.of(moments, rules)
    day.take(of("twelve_data", gapper("TWEL", "08:00")))
    assert len(symbols(final(day, "08:01", rules=rules))) == 25
    day.take(of("finnhub", gapper("FINN", "08:02")))
    assert symbols(final(day, "08:03", rules=rules)) == ["FINN"]
    assert len(symbols(final(day, "08:33", rules=rules))) == 25
    assert symbols(final(a_day(of("twelve_data", gapper("TWEL", "08:00"))), "08:01")) == ["TWEL"]


def test_the_fixed_lists_of_the_strategies() -> None:
    """WCH-12: the default configuration names them, and stage.reference writes them as lists of the day."""
    now_us = at("08:00")
    keeper = ReferenceKeeper(RULES, load_schedule())
    keeper.begin(now_us)
    lists = {change.record.name: change.record for change in keeper.changes(now_us) if isinstance(change.record, Watchlist)}
    assert symbols(lists["stocks"]) == ["AAPL", "MSFT", "TSLA", "SPY", "QQQ"] and symbols(lists["crypto"]) == ["BTC-USD", "ETH-USD", "ADA-USD"]
    assert fixed_lists(day_moments(), WatchlistSettings(stocks=(), crypto=()), 0) == []


def test_relative_volume_counts_where_it_is_told() -> None:
    """WCH-04: shares today over yesterday's; who tells only one of them is not held to it."""
    day = a_day(
        replace(gapper("HALF", "07:00", volume=5e5), previous_volume=1e6), replace(gapper("LITTLE", "07:00", volume=1e5), previous_volume=1e6),
        gapper("UNTOLD", "07:00"),
    )  # fmt: skip
    rules = WatchlistSettings(minimum_relative_volume=0.2)
    found = long(day, "07:01", rules)
    assert {entry.symbol: entry.relative_volume for entry in found.entries} == {"HALF": 0.5, "UNTOLD": None}
    assert len(long(day, "07:01").entries) == 3


def day_moments() -> DayMoments:
    moments = moments_of(date(2026, 11, 20), RULES)
    assert moments is not None
    return moments


def test_windows_of_the_scan_meet_without_a_gap_and_the_freeze_and_the_ranking_end_theirs() -> None:
    """WCH-04."""
    moments, window_us = day_moments(), 7 * 60_000_000
    at_us, windows = moments.begins_us, []
    while (window := window_at(moments, window_us, at_us)) is not None:
        assert window[0] <= at_us < window[1] and window == window_at(moments, window_us, window[1] - 1)
        windows.append(window)
        at_us = window[1]
    assert at_us == moments.final_us and [first[1] for first in windows[:-1]] == [second[0] for second in windows[1:]]
    assert moments.freeze_us in {begins for begins, _ in windows}
    assert window_at(moments, window_us, moments.begins_us - 1) is None


def test_the_scan_log_says_who_came_and_went_in_each_window() -> None:
    """WCH-04: each window once, when it is over."""
    keeper = ReferenceKeeper(RULES, load_schedule())

    def turn(when: str, *heard: Gapper) -> ScanWindow | None:
        keeper.begin(at(when))
        keeper.take(heard)
        keeper.take(change.record for change in keeper.changes(at(when)))
        return keeper.scanned(at(when))

    assert turn("08:01", gapper("AAA", "08:01"), replace(gapper("BBB", "08:01", -20.0), previous_volume=5e4)) is None
    assert turn("08:04") is None
    first = turn("08:05", gapper("AAA", "08:05", 1.0))
    assert first is not None and (first.begins_us, first.ends_us) == (at("08:00"), at("08:05"))
    assert turn("08:06", gapper("CCC", "08:06")) is None
    second = turn("08:11")
    assert second is not None and (second.heard, second.listed, second.entered, second.left) == (2, 2, 1, 1)
    assert (second.largest_gap_percent, second.largest_relative_volume) == (-20.0, 2.0)
    assert (first.heard, first.listed, first.entered, first.left, first.candidates) == (2, 2, 2, 0, 2)


async def test_the_demo_s_watchlist_has_a_hundred_names_and_a_second_run_is_equal(tmp_path: Path) -> None:
    """WCH-11: through the simulated Polygon's answer, its transform and the day's lists."""

    async def run(seed: int, folder: Path) -> Watchlist:
        clock = ManualClock(at("09:21"))
        simulator = SimulatorSettings(state_folder=folder / str(seed), seed=seed)
        wanted = Settings(polygon=PolygonSettings.model_validate({"api_key": "key"}), simulator=simulator)  # pragma: allowlist secret
        async with TestClient(TestServer(create_app(wanted, clock, Scenario(date(2026, 11, 20), seed)))) as client:
            answer = await client.get("/polygon/v2/snapshot/locale/us/markets/stocks/tickers", headers={"Authorization": "Bearer key"})
            body = await answer.read()
        payload = Payload("/v2/snapshot/locale/us/markets/stocks/tickers", body, clock.now_us(), {})
        parsed = market(payload, Stamps(clock.now_us(), clock.now_us(), clock.now_us()), {"min_gap_percent": "4"})
        rules = WatchlistSettings(freeze_at=SCENARIO_FREEZES)
        moments = moments_of(date(2026, 11, 20), rules)
        assert moments is not None
        day = GapperDay.of(moments, rules)
        for item in parsed:
            assert isinstance(item, Parsed) and isinstance(item.record, Gapper)
            day.take(item.record)
        return final(day, "09:25", rules=rules)

    first, second, other = await run(7, tmp_path / "1"), await run(7, tmp_path / "2"), await run(8, tmp_path)
    assert first == second and first.entries != other.entries
    assert len(first.entries) == len(other.entries) == 100 and first.candidates > 100
    assert {"ACRX", "BNGO", "GNPX"} <= set(symbols(first)[:12])


def test_a_volume_that_nobody_tells_is_not_held_against_a_symbol_and_ranks_it_last() -> None:
    day = a_day(*(of("finnhub", replace(gapper(symbol, "09:05", gap), volume=None)) for symbol, gap in (("B", 40.0), ("A", 9.0))))
    day.take(of("finnhub", gapper("C", "09:05", 5.0)))
    found = final(day, "09:25")
    assert symbols(found) == ["C", "A", "B"] and [entry.volume for entry in found.entries] == [100_000.0, None, None]
