"""What each tier may know, and the linter that looks again before a text leaves."""

from __future__ import annotations

import re
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.clock import ManualClock, ScaledClock
from infra.number_formats import price
from infra.settings import TierSettings
from schemas.records import BasicAlert, FreeAlert, SetupEvent, SetupState, Side, Tier
from sinks.distribution.due import due_at, skew_ms
from sinks.distribution.recently_seen import RecentlySeen
from sinks.distribution.redaction_linter import violations_of_basic, violations_of_free
from sinks.distribution.tiers import alert_id, redact
from sinks.messages.message import Message
from sinks.messages.render import render
from sinks.messages.wording import Edition
from tests.support.setup_events import SECOND, armed, following, lifecycle, setup_events

NOW = 1_586_961_727 * SECOND
TIERS = TierSettings()
URL = TIERS.invitation_url
EDITION = Edition("3f3b0f0e-9a57-5b7e-8a0b-0c6a41d8e9b2", True, "demo", URL)


def test_delays_count_from_publication_and_are_stamped_in() -> None:
    """DIS-01, DIS-02, DIS-03: at once, 60 s, 300 s of market time."""
    alerts = redact(armed("BCRX", NOW - SECOND), NOW, TIERS)
    assert alerts.free is not None
    assert [alert.not_before - NOW for alert in (alerts.premium, alerts.basic, alerts.free)] == [0, 60 * SECOND, 300 * SECOND]
    assert alerts.basic.expires_at - alerts.basic.not_before == TIERS.expiry_seconds * SECOND


def test_a_clock_behind_the_decision_shortens_no_delay() -> None:
    """DIS-02: the delay counts from the decision if our clock lags behind it."""
    event = armed("BCRX", NOW)
    assert redact(event, NOW - 30 * SECOND, TIERS).basic.not_before == NOW + 60 * SECOND


def test_premium_has_every_number() -> None:
    """DIS-05: entry and quote, stop, two targets, size."""
    active = lifecycle("BCRX", NOW)[2]
    premium = redact(active, NOW, TIERS).premium
    assert (premium.entry_price, premium.bid_price, premium.ask_price) == (6.45, 6.40, 6.41)
    assert premium.stop_percent == pytest.approx((6.18 / 6.45 - 1) * 100)
    assert premium.target_percents == pytest.approx(((7.04 / 6.45 - 1) * 100, (7.66 / 6.45 - 1) * 100))
    assert premium.shares_per_100_usd_risk == 370  # 100 / 0.27
    text = render(premium, EDITION).text
    for number in ("6.45", "6.40", "6.41", "6.18", "7.04", "7.66", "370 shares", "R:R 2.6"):
        assert number in text


def test_size_is_not_lost_to_float_noise() -> None:
    event = armed("BCRX", NOW, trigger_price=3.35, stop_price=3.30)
    assert redact(event, NOW, TIERS).premium.shares_per_100_usd_risk == 2_000
    assert redact(replace(event, stop_price=3.35), NOW, TIERS).premium.shares_per_100_usd_risk is None


def test_basic_and_free_records_have_no_field_for_what_they_must_not_say() -> None:
    """DIS-06, DIS-07, C-03: redaction is in the type, so a queue cannot leak."""
    paid = {"stop_price", "stop_percent", "targets", "target_percents", "reward_to_risk", "exit_price", "result_r", "relative_volume",
            "vwap_distance_bps", "spread_bps", "atr", "shares_per_100_usd_risk", "reasons", "box_high", "box_low", "bid_price"}  # fmt: skip
    assert not paid & {field.name for field in fields(BasicAlert)}
    prices = {field.name for field in fields(FreeAlert) if "float" in str(field.type)}
    assert prices == set()


def test_a_target_on_the_way_is_not_for_free_readers() -> None:
    """DIS-13's rule: premium the price, basic in words, free nothing."""
    alerts = redact(lifecycle("BCRX", NOW)[3], NOW, TIERS)
    assert alerts.free is None
    assert "7.04" in render(alerts.premium, EDITION).headline
    assert render(alerts.basic, EDITION).headline == "\u25b2 BCRX long target reached \u00b7 one of two"


def test_alert_ids_depend_on_event_and_tier_alone() -> None:
    event = armed("BCRX", NOW)
    first, later = redact(event, NOW, TIERS), redact(event, NOW + 9 * SECOND, TIERS)
    assert first.premium.alert_id == later.premium.alert_id == alert_id(event.event_id, Tier.PREMIUM)
    assert len({first.premium.alert_id, first.basic.alert_id, alert_id(event.event_id, Tier.FREE)}) == 3


def _without_marks(message: Message) -> str:
    """The text without footer and thread name, which carry time and delivery id by design."""
    return "\n".join([message.headline, message.title, message.body, *(f"{f.name} {f.value}" for f in message.fields)])


@settings(max_examples=300, deadline=None)
@given(event=setup_events(), opens=st.booleans())
def test_free_text_holds_no_number_of_the_trade(event: SetupEvent, opens: bool) -> None:
    """DIS-03, DIS-07: for any event, whatever its reasons say, not one digit outside time and id."""
    alert = redact(event, event.ts_event, TIERS).free
    if alert is None:
        return
    message = render(alert, replace(EDITION, opens_thread=opens))
    assert re.search(r"\d", _without_marks(message)) is None
    assert violations_of_free(message.text, alert, URL) == []


@settings(max_examples=300, deadline=None)
@given(event=setup_events(), opens=st.booleans())
def test_basic_text_holds_trigger_and_entry_only(event: SetupEvent, opens: bool) -> None:
    """DIS-06, C-03: exact strike and entry, no stop, target or analytics number."""
    alert = redact(event, event.ts_event, TIERS).basic
    message = render(alert, replace(EDITION, opens_thread=opens))
    assert violations_of_basic(message.text, alert, URL) == []
    known = {price(value) for value in (event.trigger_price, event.entry_price) if value is not None}
    told = set(re.findall(r"\d[\d,]*\.\d+", _without_marks(message)))
    assert told <= known
    for hidden in (event.stop_price, *event.targets):
        assert price(hidden) in known or price(hidden) not in told


@settings(max_examples=200, deadline=None)
@given(event=setup_events(), number=st.floats(min_value=0.01, max_value=9_999.0))
def test_the_linter_sees_a_number_wherever_it_is_planted(event: SetupEvent, number: float) -> None:
    """The linter must fail on a leak, or its silence proves nothing."""
    alerts = redact(event, event.ts_event, TIERS)
    planted = price(number)
    if alerts.free is not None:
        assert violations_of_free(render(alerts.free, EDITION).text + f" near {planted} ", alerts.free, URL)
    if planted not in (price(alerts.basic.trigger_price), price(alerts.basic.entry_price)):
        assert violations_of_basic(render(alerts.basic, EDITION).text + f" near {planted} ", alerts.basic, URL)


@pytest.mark.parametrize("leak", ["stop 6.18", "R:R", "+3 %", "82 bps", "VWAP", "at $6", "6"])
def test_the_linter_knows_the_units_of_paid_content(leak: str) -> None:
    alerts = redact(armed("BCRX", NOW), NOW, TIERS)
    assert alerts.free is not None
    assert violations_of_free(leak, alerts.free)
    assert violations_of_basic(leak, alerts.basic)


def test_due_is_never_early_and_waits_out_a_clock_that_runs_ahead() -> None:
    """DIS-04: the promise itself, or later by the proven skew, in market time."""
    assert due_at(NOW, ManualClock(NOW), 500.0) == NOW
    assert due_at(NOW, ScaledClock(NOW, 60.0, NOW), 0.0) == NOW
    assert due_at(NOW, ScaledClock(NOW, 60.0, NOW), 500.0) == NOW + 30 * SECOND
    assert due_at(NOW, ScaledClock(NOW, 60.0, NOW), -500.0) == NOW


@given(
    skew_us=st.integers(-5_000_000, 5_000_000),
    there_us=st.integers(0, 3_000_000),
    back_us=st.integers(0, 3_000_000),
    sent_us=st.integers(NOW, NOW + 10 * SECOND),
)
def test_skew_is_never_overstated(skew_us: int, there_us: int, back_us: int, sent_us: int) -> None:
    """However slow the network, the answer lies between 0 and the truth; a quick one finds it to the millisecond."""
    appended_ms = (sent_us - skew_us + there_us) // 1_000
    measured = skew_ms(sent_us, appended_ms, sent_us + there_us + back_us)
    assert min(0.0, skew_us / 1_000) <= measured <= max(0.0, skew_us / 1_000)
    assert abs(measured - skew_us / 1_000) <= (there_us + back_us) / 1_000 + 1.0


def test_a_repeat_is_the_same_event_at_another_place() -> None:
    seen = RecentlySeen(capacity=3)
    seen.told(["a"])
    assert seen.is_repeat("a", ("t", 0, 5))
    assert not seen.is_repeat("b", ("t", 0, 6))
    assert not seen.is_repeat("b", ("t", 0, 6)), "an aborted transaction comes again from the same place"
    assert seen.is_repeat("b", ("t", 0, 7))
    for event_id in "cde":
        seen.is_repeat(event_id, ("t", 0, 8))
    assert len(seen) == 3


def test_lessons_fit_the_side() -> None:
    long = lifecycle("BCRX", NOW)[2]
    short = replace(long, side=Side.SHORT)
    lessons = [alerts.lesson for alerts in (redact(event, NOW, TIERS).free for event in (long, short)) if alerts is not None]
    assert "floor" in lessons[0].split("ceiling")[1] and "ceiling" in lessons[1].split("floor")[1]
    assert following(long, SetupState.RESOLVED, NOW).previous_state is SetupState.ACTIVE
