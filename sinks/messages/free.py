"""The free message: direction, the lesson and an invitation; never a number of the trade (DIS-07)."""

from __future__ import annotations

from schemas.records import FreeAlert, SetupOutcome, SetupState
from sinks.messages.message import Field, Message
from sinks.messages.wording import OUTCOMES, SEPARATOR, Edition, colour, footer, is_quiet, subject, thread_name, title

DISCLAIMER = "education, not advice"
LEFT_OUT = "Entry, stop, targets and size reach subscribers first."


def free_message(alert: FreeAlert, edition: Edition) -> Message:
    """Render the alert for free readers."""
    return Message(
        headline=_headline(alert),
        title=title(alert),
        body=alert.lesson,
        fields=(Field("Left out", f"{LEFT_OUT} {edition.invitation_url}"),) if edition.opens_thread else (),
        footer=footer(alert, "free", edition, DISCLAIMER),
        colour=colour(alert),
        thread_name=thread_name(alert),
        quiet=is_quiet(alert),
    )


def _headline(alert: FreeAlert) -> str:
    match alert.state:
        case SetupState.ARMED:
            state = "setup forming"
        case SetupState.PRIMED:
            state = f"primed{SEPARATOR}broke out, waiting for the retest"
        case SetupState.ACTIVE:
            state = f"triggered{SEPARATOR}the retest held"
        case SetupState.RESOLVED:
            state = f"closed{SEPARATOR}{OUTCOMES[alert.outcome or SetupOutcome.EXPIRED]}"
    return f"{subject(alert)} {state}"
