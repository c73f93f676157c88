"""Renders a tier's alert into a message. Pure: the text depends on the record alone, never on the time of sending."""

from __future__ import annotations

from schemas.records import BasicAlert, FreeAlert, PremiumAlert
from sinks.channels.basic_message import basic_message
from sinks.channels.free_message import free_message
from sinks.channels.message import Message
from sinks.channels.premium_message import premium_message
from sinks.channels.wording import Edition


def render(alert: PremiumAlert | BasicAlert | FreeAlert, edition: Edition) -> Message:
    """Return the message of ``alert``."""
    match alert:
        case PremiumAlert():
            return premium_message(alert, edition)
        case BasicAlert():
            return basic_message(alert, edition)
        case FreeAlert():
            return free_message(alert, edition)
