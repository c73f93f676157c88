"""Agents and their findings (BAR-12 to BAR-17, SCH-02, SCH-07)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import processors.agents
from infra.errors import Permanent
from infra.plugins import load_all
from infra.settings import Settings, load
from processors import agent as registry
from processors.agent import Agent, Noticed, Seen, agent, registered
from processors.folds.agents import AgentsFold
from schemas.codec import Codec
from schemas.records import (
    AgentsState,
    Bar,
    DepthMode,
    DepthView,
    EventImportance,
    Finding,
    LiquidityGrade,
    MacroWindow,
    MarketView,
    PositionState,
    PostureStatus,
    RegimeLabel,
    RegimeView,
    Resolution,
    Side,
    Tick,
)
from tests.support.market_replay import OPEN, SECOND, SYMBOL, trade
from tests.support.views import features, view


def told(views: Iterable[MarketView], settings: Settings | None = None) -> tuple[list[Finding], list[PositionState]]:
    """Return findings and postures; the state is stored and read back between views."""
    fold, codec = AgentsFold(settings or Settings()), Codec(AgentsState, 1)
    state = fold.initial(SYMBOL)
    findings: list[Finding] = []
    postures: list[PositionState] = []
    for item in views:
        state, outputs = fold.step(state, "views", item)
        state = codec.decode(codec.encode(state))
        findings += [output.record for output in outputs if isinstance(output.record, Finding)]
        postures += [output.record for output in outputs if isinstance(output.record, PositionState)]
    return findings, postures


def five_minute_bar(end_seconds: int, volume: float) -> Bar:
    end = OPEN + end_seconds * SECOND
    return Bar(
        symbol=SYMBOL, resolution=Resolution.M5, window_start=end - 300 * SECOND, window_end=end, open=10.0, high=10.3, low=9.9, close=10.2,
        volume=volume, source="tapewire", ts_event=end + 2 * SECOND,
    )  # fmt: skip


def surge() -> list[MarketView]:
    five = features(600, resolution=Resolution.M5, window_end=OPEN + 600 * SECOND, relative_volume=7.16)
    return [
        view(595, bid_size=600.0, ask_size=900.0),
        view(602, bid_size=600.0, ask_size=900.0, closed_bars=(five_minute_bar(600, 214_300.0),), features_5m=five),
        *(view(second, bid_size=600.0, ask_size=900.0, features_5m=five) for second in range(605, 660, 5)),
    ]


def trend(sign: float = 1.0, regime: RegimeView | None = None) -> list[MarketView]:
    def at(minute: int, away: float) -> MarketView:
        means = features(minute * 60, close=10.0 + 2 * away, ema_20=10.0 + away, ema_50=10.0)
        return view(minute * 60, 10.0 + 2 * away, features_1m=means, regime=regime, bid_size=9e3, ask_size=9e3)

    return [at(0, -0.1 * sign), *(at(minute, 0.14 * sign) for minute in range(1, 12))]


def reversal() -> list[MarketView]:
    path = [10.0, 10.0, 10.5, 11.0, 10.9, 10.7, 10.4, 10.3, 10.2, 10.2]
    views, high = [], 10.0
    for number, last in enumerate(path):
        high = max(high, last)
        minute = features(number * 60, ema_20=10.6)
        five = features(number * 60, resolution=Resolution.M5, atr_wilder_14=0.25)
        changes = {"features_1m": minute, "features_5m": five, "day_high": high, "day_low": 9.5, "bid_size": 9e3, "ask_size": 9e3}
        views.append(view(number * 60, last, **changes))
    return views


def thin(bid_size: float, spread_bps: float, runs: int, depth: DepthView | None = None) -> list[MarketView]:
    return [view(30 * number, 10.0, bid_size=bid_size, ask_size=9e3, spread_bps=spread_bps, depth=depth) for number in range(runs)]


FOMC = MacroWindow(
    starts_at=OPEN + 600 * SECOND, ends_at=OPEN + 1_800 * SECOND, event_id="fomc", event="FOMC minutes", importance=EventImportance.HIGH
)


def near_an_event(*volumes: float | None, first_minute: int = 11, window: MacroWindow | None = FOMC) -> list[MarketView]:
    """Views two seconds after the close of each minute, whose bars have these relative volumes."""
    views = [view(first_minute * 60 - 30, bid_size=9e3, ask_size=9e3, macro=window, features_1m=None)]
    for minute, volume in enumerate(volumes, first_minute):
        end = OPEN + minute * 60 * SECOND
        bar = Bar(
            symbol=SYMBOL, resolution=Resolution.M1, window_start=end - 60 * SECOND, window_end=end, open=10.0, high=10.3, low=9.9, close=10.2,
            volume=50_000.0, source="tapewire", ts_event=end + 2 * SECOND,
        )  # fmt: skip
        found = features(minute * 60, relative_volume=volume)
        views.append(view(minute * 60 + 2, closed_bars=(bar,), features_1m=found, macro=window, bid_size=9e3, ask_size=9e3))
    return views


def test_the_macro_watcher_needs_volume_at_the_floor() -> None:
    """CAL-10: inside the window, a relative volume under MACRO_RVOL_MIN yields no finding, at the floor one."""
    assert told(near_an_event(1.99))[0] == []
    [finding], _ = told(near_an_event(2.0))
    assert (finding.agent, finding.label, finding.score, finding.confidence) == ("macro-watcher", "volume near FOMC minutes", 2.0, 0.5)
    assert finding.details["volume_1m"] == 50_000.0 and finding.details["change_bps"] == pytest.approx(200.0)
    assert finding.details["window_left_minutes"] == pytest.approx((1_800 - 662) / 60)
    floor = load({"TAPEWIRE_AGENTS__MACRO_RELATIVE_VOLUME": "1.5"})
    assert len(told(near_an_event(1.5), floor)[0]) == 1 and told(near_an_event(1.49), floor)[0] == []


def test_the_macro_watcher_needs_an_open_window() -> None:
    """CAL-10: no window, no finding, whatever the volume; nor for a minute that closed before the window began, nor one without a number."""
    assert told(near_an_event(9.0, window=None))[0] == []
    assert told(near_an_event(9.0, first_minute=10))[0] == [], "the minute that ends when the window begins"
    assert told(near_an_event(None))[0] == []


def test_the_macro_watcher_tells_again_of_more_volume_alone() -> None:
    """CAL-10, BAR-16: once, again when a later minute of the window has more, and anew in the next window."""
    assert [finding.score for finding in told(near_an_event(3.0, 2.5, 3.0, 4.0, 2.1))[0]] == [3.0, 4.0]
    later = replace(FOMC, event_id="speech", starts_at=OPEN + 3_000 * SECOND, ends_at=OPEN + 4_000 * SECOND)
    both = [*near_an_event(3.0), *near_an_event(2.0, first_minute=60, window=later)]
    assert [finding.score for finding in told(both)[0]] == [3.0, 2.0]


def test_a_surge_is_one_finding_with_its_numbers() -> None:
    """BAR-13: the score is the relative volume, details hold volume_5m and the best quotes."""
    [finding], [posture] = told(surge())
    assert (finding.agent, finding.score, finding.label, finding.direction) == ("volume-surge", 7.16, "volume surge", None)
    assert finding.details["volume_5m"] == 214_300.0
    assert finding.details["bid_price_usd"] == pytest.approx(10.09) and finding.details["ask_price_usd"] == pytest.approx(10.11)
    assert (posture.status, posture.last_action) == (PostureStatus.WATCHING, "volume-surge: volume surge")
    assert posture.qty is None and posture.avg_price is None and posture.updated_at == finding.ts_event


@pytest.mark.parametrize(("sign", "label", "side"), [(1.0, "new trend up", Side.LONG), (-1.0, "new trend down", Side.SHORT)])
def test_a_new_trend_is_one_finding(sign: float, label: str, side: Side) -> None:
    """BAR-14: told once, when it has lasted; it turns the posture."""
    [finding], [posture] = told(trend(sign))
    assert (finding.agent, finding.label, finding.direction) == ("new-trend", label, side)
    assert finding.score == pytest.approx(1.4 * sign)
    assert finding.ts_event == OPEN + 180 * SECOND, "in the third run"
    assert posture.status is PostureStatus(side.value)


def test_a_regime_that_agrees_raises_the_confidence() -> None:
    agreeing, opposing = (RegimeView(ts_event=OPEN, label=label) for label in (RegimeLabel.TRENDING_UP, RegimeLabel.TRENDING_DOWN))
    confidences = [told(trend(1.0, regime))[0][0].confidence for regime in (opposing, None, agreeing)]
    assert confidences == pytest.approx([0.4, 0.6, 0.8])


def test_what_was_in_line_from_the_start_is_no_new_trend() -> None:
    assert told(trend()[1:])[0] == []


def test_a_reversal_is_one_finding() -> None:
    """BAR-14: two ATRs back from a fresh high, once."""
    [finding], [posture] = told(reversal())
    assert (finding.agent, finding.label, finding.direction) == ("reversal", "turned down from the day's high", Side.SHORT)
    assert finding.score == pytest.approx(2.4) and finding.details["day_high_usd"] == 11.0
    assert posture.status is PostureStatus.SHORT


@pytest.mark.parametrize(
    ("views", "label"),
    [
        (thin(50.0, 12.0, 8), "thin: little size"),
        (thin(9e3, 112.0, 8), "thin: wide spread"),
        (thin(9e3, 12.0, 8, DepthView(ts_event=OPEN, mode=DepthMode.LIVE, grade=LiquidityGrade.D)), "thin: book of grade D"),
    ],
)
def test_a_thin_book_is_one_finding(views: list[MarketView], label: str) -> None:
    """BAR-15."""
    [finding], _ = told(views)
    assert (finding.agent, finding.label, finding.ts_event) == ("liquidity", label, OPEN + 60 * SECOND)
    for pause, found in ((1, 1), (3, 2)):
        fit = [view(300 + 30 * number, 10.0, bid_size=9e3, ask_size=9e3, spread_bps=5.0) for number in range(pause)]
        again = [view(600 + 30 * number, 10.0, bid_size=50.0, ask_size=9e3, spread_bps=5.0) for number in range(4)]
        assert len(told([*views, *fit, *again])[0]) == found, "thin anew only after a while that was not"


def test_nothing_to_say_writes_nothing() -> None:
    """BAR-16."""
    quiet = [view(5 * number, 10.0, bid_size=9e3, ask_size=9e3) for number in range(100)]
    assert told(quiet) == ([], [])


@pytest.mark.parametrize(("feature", "views"), [("NEW_TREND", trend()), ("REVERSAL", reversal()), ("LIQUIDITY", thin(50.0, 12.0, 8))], ids=str)
def test_a_feature_that_is_off_neither_writes_nor_runs(feature: str, views: list[MarketView]) -> None:
    """BAR-12: TAPEWIRE_AGENTS__FEATURE_…=false."""
    settings = load({f"TAPEWIRE_AGENTS__FEATURE_{feature}": "false"})
    assert told(views, settings) == ([], [])
    fold = AgentsFold(settings)
    state, _ = fold.step(fold.initial(SYMBOL), "views", views[0])
    assert feature.lower().replace("_", "-") not in state.last_runs


def test_runs_equal_duration_over_interval() -> None:
    """BAR-17: an hour of views on a virtual clock, one a second."""
    runs: dict[str, int] = {"fast": 0, "slow": 0}

    def made(name: str, seconds: int) -> Agent:
        def run(state: CountState, seen: Seen, settings: object) -> tuple[CountState, Noticed | None]:
            runs[name] += 1
            return CountState(state.runs + 1), Noticed(float(state.runs + 1), f"run of {name}", 0.5)

        known = dict(registry._REGISTRY)
        try:
            agent(id=name, summary="Counts.", interval_seconds=seconds, state=CountState)(run)
            return registered()[name]
        finally:
            registry._REGISTRY.clear()
            registry._REGISTRY.update(known)

    fold = AgentsFold(Settings(), {"fast": made("fast", 15), "slow": made("slow", 300)})
    state, findings, postures = fold.initial(SYMBOL), 0, 0
    for second in range(3_600):
        state, outputs = fold.step(state, "views", view(second))
        findings += sum(isinstance(output.record, Finding) for output in outputs)
        postures += sum(isinstance(output.record, PositionState) for output in outputs)
        assert fold.step(state, "views", view(second)) == (state, ()), "a repeat runs nobody"
    assert runs == {"fast": 240, "slow": 12}
    assert findings == 252, "at most one a run"
    assert postures == 240, "one a view that had findings"
    assert state.posture is not None and state.posture.last_action == "fast: run of fast"


@dataclass(frozen=True)
class CountState:
    runs: int = 0


def test_every_agent_file_is_registered_once() -> None:
    """A new agent is one file."""
    load_all("processors.agents")
    files = {path.stem for path in Path(processors.agents.__path__[0]).glob("*.py")} - {"__init__"}
    assert {item.run.__module__.rpartition(".")[2] for item in registered().values()} == files
    assert all(item.summary.endswith(".") and item.interval_us > 0 for item in registered().values())


def test_two_agents_of_one_id_are_refused() -> None:
    load_all("processors.agents")
    with pytest.raises(ValueError, match="two agents are called"):

        @agent(id="liquidity", summary="Another.", interval_seconds=1, state=CountState)
        def run(state: CountState, seen: Seen, settings: object) -> tuple[CountState, Noticed | None]:
            raise NotImplementedError


def test_only_views_are_looked_at() -> None:
    fold = AgentsFold(Settings())
    with pytest.raises(Permanent):
        fold.step(fold.initial(SYMBOL), "views", trade(1, 5.0))
    assert fold.wants_tick(fold.initial(SYMBOL), Tick(ts_event=1)) is False
