"""Renders a tier's alert into a message. Pure: the text depends on the record alone, never on the time of sending."""

from __future__ import annotations

from schemas.records import BasicAlert, FreeAlert, PremiumAlert
from sinks.messages.basic import basic_message
from sinks.messages.free import free_message
from sinks.messages.message import Message
from sinks.messages.premium import premium_message
from sinks.messages.wording import Edition


def render(alert: PremiumAlert | BasicAlert | FreeAlert, edition: Edition) -> Message:
    """Return the message of ``alert``."""
    match alert:
        case PremiumAlert():
            return premium_message(alert, edition)
        case BasicAlert():
            return basic_message(alert, edition)
        case FreeAlert():
            return free_message(alert, edition)
