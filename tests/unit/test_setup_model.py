"""BOX-09, BOX-10: a setup walks only legal transitions whatever the market does, and every path ends in RESOLVED when time is up."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from infra.plays_settings import SetupSettings
from processors.setups.setup import LEGAL
from processors.strategies.box_break_retest import BoxBreakRetestState, step
from schemas.records import BoxState, DepthMode, DepthView, MarketView, SetupEvent, SetupOutcome, SetupState, Signal
from tests.support.market_replay import OPEN
from tests.support.views import HIGH, LOW, box, features, view

PARAMETERS = SetupSettings()
TTL = {
    SetupState.ARMED: PARAMETERS.armed_ttl_seconds,
    SetupState.PRIMED: PARAMETERS.primed_ttl_seconds,
    SetupState.ACTIVE: PARAMETERS.active_ttl_seconds,
}
_BELOW = [LOW - 0.3, LOW - 0.1, LOW - 0.02, LOW, LOW + 0.04]
PRICES = st.sampled_from([*_BELOW, 10.1, HIGH - 0.02, HIGH, HIGH + 0.01, HIGH + 0.06, HIGH + 0.15, HIGH + 0.5])


class Market(RuleBasedStateMachine):
    """A box that forms, breaks or dissolves, prices that go anywhere, quotes, volume, depth and feeds that come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.second = 60
        self.boxes = 0
        self.state = BoxBreakRetestState()
        self.box_state: BoxState | None = None
        self.last: dict[str, SetupEvent] = {}
        self.signals = 0

    def see(self, item: MarketView) -> None:
        """Decide on a view and compare what was told with the model."""
        self.state, told = step(self.state, item, PARAMETERS)
        for decision in told:
            if isinstance(decision, SetupEvent):
                self.check(decision)
            self.signals += isinstance(decision, Signal)

    def check(self, event: SetupEvent) -> None:
        before = self.last.get(event.setup_id)
        assert event.previous_state == (before.state if before else None)
        assert event.state in LEGAL[event.previous_state]
        assert event.sequence == (before.sequence + 1 if before else 0)
        assert (event.outcome is not None) is (event.state is SetupState.RESOLVED)
        if event.outcome is SetupOutcome.EXPIRED and before is not None:
            assert event.ts_event >= before.expires_at
        self.last[event.setup_id] = event

    def shown(self, seconds: int, price: float | None, **changes: Any) -> None:
        self.second += seconds
        known = None if self.box_state is None else box(self.second, self.box_state, box_id=f"box-{self.boxes}")
        self.see(view(self.second, price, **{"box_1m": known, "features_1m": features(self.second), **changes}))

    @initialize()
    def a_box(self) -> None:
        self.box_state = BoxState.FORMED
        self.shown(1, 10.18)

    @rule(price=PRICES, seconds=st.integers(1, 90))
    def trade(self, price: float, seconds: int) -> None:
        self.shown(seconds, price)

    @rule(high=PRICES, low=PRICES)
    def swing(self, high: float, low: float) -> None:
        self.shown(5, high, interval_high=max(high, low), interval_low=min(high, low))

    @rule(state=st.sampled_from([BoxState.BROKEN_UP, BoxState.BROKEN_DOWN, BoxState.DISSOLVED]), volume=st.sampled_from([0.2, 2.0]))
    def end_of_box(self, state: BoxState, volume: float) -> None:
        self.box_state = state
        price = {BoxState.BROKEN_UP: HIGH + 0.05, BoxState.BROKEN_DOWN: LOW - 0.05}.get(state, 10.1)
        self.shown(2, price, features_1m=features(self.second, relative_volume=volume))
        self.box_state = None

    @rule()
    def next_box(self) -> None:
        self.boxes += 1
        self.box_state = BoxState.FORMED
        self.shown(60, 10.18)

    @rule(imbalance=st.sampled_from([-0.8, 0.0, 0.8]), price=PRICES)
    def with_depth(self, imbalance: float, price: float) -> None:
        self.shown(3, price, depth=DepthView(ts_event=OPEN, mode=DepthMode.LIVE, imbalance_3s=imbalance))

    @rule(flag=st.sampled_from(["bad_quotes", "bad_trades", "feed_down"]), price=PRICES)
    def bad_feed(self, flag: str, price: float) -> None:
        self.shown(3, price, flags=(flag,))

    @rule(state=st.sampled_from(sorted(TTL)))
    def silence(self, state: SetupState) -> None:
        """As long as a state may last: whoever is in it, or in a shorter one, is over."""
        self.shown(TTL[state], None)
        for setup in self.state.setups:
            assert TTL[setup.state] > TTL[state] or setup.expires_at > OPEN + self.second * 1_000_000

    @invariant()
    def what_lives_is_what_was_told(self) -> None:
        alive = {setup_id for setup_id, event in self.last.items() if event.state is not SetupState.RESOLVED}
        assert alive == {setup.setup_id for setup in self.state.setups}
        assert all(setup.state is self.last[setup.setup_id].state for setup in self.state.setups)

    def teardown(self) -> None:
        """Every path ends in RESOLVED."""
        self.box_state = None
        for _ in TTL:
            self.shown(max(TTL.values()), None)
        assert all(event.state is SetupState.RESOLVED and event.outcome in SetupOutcome for event in self.last.values())
        assert self.state.setups == ()


Market.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestMarket = Market.TestCase
