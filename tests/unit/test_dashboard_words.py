"""Plain words for setups and refusals."""

from dataclasses import replace

import pytest

from dashboards.words import event_sentence, gate_name, missed_by, plain, strategy_name, why_missing
from schemas.records import DepthLabel, Resolution, SetupEvent, SetupOutcome, SetupState, Side, SignalRefusal

NB = "\u00a0"
ARMED = SetupEvent(
    event_id="e", setup_id="s", sequence=0, strategy="box-break-retest", symbol="BCRX", side=Side.LONG, state=SetupState.ARMED, ts_event=1,
    expires_at=2, box_id="b", box_resolution=Resolution.M1, box_high=6.42, box_low=6.31, trigger_price=6.42, stop_price=6.3, targets=(6.64, 6.86),
    depth_label=DepthLabel.NONE, reasons=("closed back inside",),
)  # fmt: skip


def refusal(value: float | None, limit: float | None, unit: str) -> SignalRefusal:
    return SignalRefusal(
        refusal_id="r", strategy="s", symbol="F", ts_event=1, candidate_id="c", gate="SPREAD_CAP", value=value, limit=limit, unit=unit, message="m"
    )


def test_a_regime_that_was_refused_is_told_in_words() -> None:
    """REG-03."""
    assert missed_by(replace(refusal(None, None, "regime"), message="expected a regime of the strategy, found CALM")).endswith("found CALM")
    assert missed_by(refusal(None, None, "ratio")) == "not measured"


def test_events_are_told_as_a_trader_would() -> None:
    primed = replace(ARMED, previous_state=SetupState.ARMED, state=SetupState.PRIMED)
    active = replace(ARMED, previous_state=SetupState.PRIMED, state=SetupState.ACTIVE, entry_price=6.43)
    touched = replace(active, previous_state=SetupState.ACTIVE, targets_reached=1)
    assert event_sentence(ARMED) == "Box 6.31–6.42 qualified, watching 6.42"
    assert event_sentence(primed) == "Broke 6.42, waiting for the retest"
    assert event_sentence(active) == "Retest held, triggered at 6.43"
    assert event_sentence(touched) == "Target 1 touched at 6.64"


@pytest.mark.parametrize(
    ("outcome", "previous", "sentence"),
    [
        (SetupOutcome.TARGET, SetupState.ACTIVE, f"Target: last target reached at 6.86, +2.0{NB}R"),
        (SetupOutcome.STOP, SetupState.ACTIVE, f"Stopped: stop touched at 6.86, +2.0{NB}R"),
        (SetupOutcome.EXPIRED, SetupState.PRIMED, f"Expired: no retest came, +2.0{NB}R"),
        (SetupOutcome.INVALIDATED, SetupState.ARMED, f"Invalidated: closed back inside, +2.0{NB}R"),
    ],
)
def test_endings(outcome: SetupOutcome, previous: SetupState, sentence: str) -> None:
    over = replace(ARMED, previous_state=previous, state=SetupState.RESOLVED, outcome=outcome, exit_price=6.86, result_r=2.0)
    assert event_sentence(over) == sentence


def test_a_refusal_says_by_how_much_it_missed() -> None:
    assert missed_by(refusal(84.0, 60.0, "bps")) == f"84{NB}bps, limit 60{NB}bps, 24{NB}bps over"
    assert missed_by(refusal(0.31, 0.5, "ratio")) == "0.31, limit 0.50, 0.19 under"
    assert missed_by(refusal(None, 60.0, "bps")) == f"not measured, limit 60{NB}bps"
    assert missed_by(refusal(None, None, "bps")) == "not measured"
    assert missed_by(refusal(1.0, 2.0, "touches")) == f"1{NB}touch, limit 2{NB}touches, 1{NB}touch under"
    assert missed_by(refusal(4.0, 3.0, "alerts")) == f"4{NB}alerts, limit 3{NB}alerts, 1{NB}alert over"
    assert missed_by(refusal(2.0, 1.0, "grade")) == "C, at least B is needed"


def test_codes_become_names() -> None:
    assert gate_name("RVOL_FLOOR") == "RVOL floor"
    assert strategy_name("box-break-retest") == "Box break retest"
    assert plain("Break refused: RVOL_FLOOR") == "Break refused: RVOL floor"
    assert why_missing(("no_quote", "late_data"), "x") == "no quote yet; late trades are being worked in"
    assert why_missing((), "no trade yet") == "no trade yet"
