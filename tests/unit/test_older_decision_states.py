"""States that an earlier version stored still load: what it did not know has its default."""

from __future__ import annotations

from infra.plays_settings import SetupSettings
from infra.settings import Settings
from processors.folds.decisions import DecisionsFold
from processors.strategies.box_break_retest import BoxBreakRetestState, step
from processors.strategy import registered
from schemas.records import BoxState, DecisionsState, SetupEvent, SetupState
from tests.support.market_replay import OPEN, SECOND, SYMBOL
from tests.support.views import box, view

OLDER = (
    b'{"setups":[{"setup_id":"s","box_id":"box-1","resolution":"M1","side":"LONG","state":"ARMED","sequence":1,"expires_at":%d,'
    b'"box_high":10.2,"box_low":10.0,"stop":10.075,"targets":[10.4,10.6],"atr":0.1,"reasons":["Range 2.0 %% over 10 bars"],"targets_reached":0,'
    b'"reward_to_risk":1.6,"entry":null,"risk_stop":null,"break_relative_volume":null,"departed":false,"retest_since":0,"retest_extreme":null}],'
    b'"used_boxes":["box-1"]}'
) % (OPEN + 3_600 * SECOND)


def test_a_setup_of_an_earlier_version_goes_on() -> None:
    fold = DecisionsFold(Settings())
    state = DecisionsState(symbol=SYMBOL, last_view=OPEN, strategies={"box-break-retest": OLDER})
    _, outputs = fold.step(state, "views", view(122, 10.25, box_1m=box(122, BoxState.BROKEN_UP)))
    (event,) = [output.record for output in outputs if isinstance(output.record, SetupEvent)]
    assert (event.setup_id, event.strategy, event.state, event.sequence) == ("s", "box-break-retest", SetupState.PRIMED, 1)


def test_an_unknown_strategy_of_a_later_version_is_kept() -> None:
    fold = DecisionsFold(Settings())
    state = DecisionsState(symbol=SYMBOL, strategies={"of-tomorrow": b"{}"})
    after, _ = fold.step(state, "views", view(1, 10.1, box_1m=box(1)))
    assert after.strategies["of-tomorrow"] == b"{}"


def test_a_state_with_a_budget_of_an_older_version_is_read() -> None:
    """Budgets of alerts are kept at fan-out now; what a strategy counted before is of no use any more."""
    counted = OLDER[:-1] + b',"budget":{"day":1,"alerts":3,"held":2}}'
    older = registered()["box-break-retest"].state_type.validate_json(counted)
    assert isinstance(older, BoxBreakRetestState) and older.setups[0].told_gates == ()
    after, _ = step(older, view(122, 10.3, box_1m=box(122, BoxState.DISSOLVED)), SetupSettings())
    assert after.setups == ()
