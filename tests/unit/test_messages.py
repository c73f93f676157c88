"""Messages as subscribers read them, character by character, and within each platform's limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from infra import palette
from infra.settings import TierSettings
from infra.vendorsim.discord import _problem
from schemas.records import SetupEvent, SetupOutcome, SetupState, Side
from sinks.channels.discord import embed_of, nonce_of
from sinks.distribution.tiers import redact
from sinks.messages.message import Message
from sinks.messages.render import render
from sinks.messages.wording import Edition
from tests.support.setup_events import SECOND, armed, following, lifecycle, setup_events

GOLDEN = Path(__file__).parent.parent / "golden" / "messages"
NOW = 1_586_961_727 * SECOND  # 2020-04-15 10:42:07 in New York
DELIVERY = "3f3b0f0e-9a57-5b7e-8a0b-0c6a41d8e9b2"
TIERS = TierSettings()
STEPS = dict(zip(("armed", "primed", "active", "target", "resolved"), lifecycle("BCRX", NOW, 200), strict=True))
_SHORT = armed("SNDL", NOW, side=Side.SHORT, trigger_price=0.4421, stop_price=0.4502, targets=(0.4250, 0.4079), box_high=0.4592, box_low=0.4421,
               atr=0.0031, reward_to_risk=2.1, bid_price=None, ask_price=None, spread_bps=None, relative_volume=None,
               vwap_distance_bps=-310.0, reasons=())  # fmt: skip
STEPS |= {
    "short": _SHORT,
    "stopped": following(STEPS["active"], SetupState.RESOLVED, NOW + 900 * SECOND, outcome=SetupOutcome.STOP, exit_price=6.17, result_r=-1.04),
    "expired": following(STEPS["armed"], SetupState.RESOLVED, NOW + 3_600 * SECOND, outcome=SetupOutcome.EXPIRED),
}


def _messages(event: SetupEvent) -> dict[str, Message]:
    alerts = redact(event, event.ts_event + 250_000, TIERS)
    edition = Edition(DELIVERY, event.sequence == 0, "demo", TIERS.invitation_url)
    by_tier = {"premium": alerts.premium, "basic": alerts.basic, "free": alerts.free}
    return {tier: render(alert, edition) for tier, alert in by_tier.items() if alert is not None}


@pytest.mark.parametrize("step", STEPS)
def test_golden_text(step: str) -> None:
    """DIS-05..07, look.md 3: the first line alone does the job; the rest in a fixed order."""
    for tier, message in _messages(STEPS[step]).items():
        assert message.text + "\n" == (GOLDEN / f"{step}-{tier}.txt").read_text(), f"{step} {tier}"


def test_the_heads_up_is_quiet_and_what_follows_rings() -> None:
    """BOX-12"""
    assert [_messages(STEPS[step])["premium"].quiet for step in ("armed", "primed", "active", "resolved")] == [True, False, False, False]


def test_colour_follows_the_state_and_a_word_stands_beside_it() -> None:
    steps = {"armed": palette.MUTED, "primed": palette.ATTENTION, "active": palette.UP, "stopped": palette.DOWN, "expired": palette.MUTED}
    for step, colour in steps.items():
        for message in _messages(STEPS[step]).values():
            assert message.colour == colour
            assert message.title.split(" \u00b7 ")[1] in ("setup", "primed", "triggered", "closed")


def test_every_message_says_what_it_is_not_and_carries_its_delivery_id() -> None:
    """C-04"""
    for event in STEPS.values():
        for tier, message in _messages(event).items():
            assert "setup alert, not a position" in message.footer
            assert f" {tier} " in message.footer and DELIVERY in message.footer and " ET" in message.footer and "demo data" in message.footer


def test_the_text_does_not_depend_on_when_it_was_published() -> None:
    """A run that was disturbed reads like one that was not."""
    edition = Edition(DELIVERY, True, "live", TIERS.invitation_url)
    for event in STEPS.values():
        first, later = redact(event, event.ts_event, TIERS), redact(event, event.ts_event + 77 * SECOND, TIERS)
        assert render(first.premium, edition) == render(later.premium, edition)
        assert render(first.basic, edition) == render(later.basic, edition)


def _discord_body(message: Message) -> dict[str, Any]:
    return {"content": message.headline, "embeds": [embed_of(message)], "nonce": nonce_of(DELIVERY)}


@settings(max_examples=200, deadline=None)
@given(event=setup_events())
def test_any_message_keeps_within_discords_limits(event: SetupEvent) -> None:
    """The fake Discord checks what the real one documents: lengths of content, title, fields, footer, nonce, and their sum."""
    for message in _messages(event).values():
        body = _discord_body(message)
        assert _problem(json.loads(json.dumps(body))) is None
        assert len(message.thread_name) <= 100


def test_a_nonce_fits_and_tells_deliveries_apart() -> None:
    other = "3f3b0f0e-9a57-5b7e-8a0b-0c6a41d8e9b3"
    assert len(nonce_of(DELIVERY)) == 22 <= 25
    assert nonce_of(DELIVERY) != nonce_of(other)
