"""The basic message: the exact entry, no analytics, no stop or target numbers (DIS-06, C-03)."""

from __future__ import annotations

from infra.number_formats import price
from schemas.records import BasicAlert, SetupOutcome, SetupState
from sinks.messages.message import Field, Message
from sinks.messages.wording import (
    OUTCOMES,
    SEPARATOR,
    Edition,
    colour,
    count_word,
    footer,
    is_progress,
    is_quiet,
    subject,
    thread_name,
    title,
)

LEFT_OUT = "Stop and target prices, size and analytics are in premium, without the delay."


def basic_message(alert: BasicAlert, edition: Edition) -> Message:
    """Render the alert for basic subscribers."""
    return Message(
        headline=SEPARATOR.join(_headline(alert)),
        title=title(alert),
        body=_body(alert),
        fields=_fields(alert, edition),
        footer=footer(alert, "basic", edition),
        colour=colour(alert),
        thread_name=thread_name(alert),
        quiet=is_quiet(alert),
    )


def _headline(alert: BasicAlert) -> list[str]:
    edge = price(alert.trigger_price)
    match alert.state:
        case SetupState.ARMED:
            return [f"{subject(alert)} setup", f"break {edge}"]
        case SetupState.PRIMED:
            return [f"{subject(alert)} primed", f"broke {edge}, waiting for the retest"]
        case SetupState.ACTIVE if is_progress(alert):
            return [f"{subject(alert)} target reached", f"{count_word(alert.targets_reached)} of {count_word(alert.target_count)}"]
        case SetupState.ACTIVE:
            return [f"{subject(alert)} triggered", f"entry {price(alert.entry_price)}"]
        case SetupState.RESOLVED:
            never = ", never triggered" if alert.entry_price is None else ""
            return [f"{subject(alert)} closed", f"{OUTCOMES[alert.outcome or SetupOutcome.EXPIRED]}{never}"]


def _body(alert: BasicAlert) -> str:
    match alert.state:
        case SetupState.ARMED:
            return f"Nothing to do yet: it counts once a bar closes beyond {price(alert.trigger_price)}."
        case SetupState.PRIMED:
            return f"The break is there. The trigger is a return to {price(alert.trigger_price)} that holds."
        case SetupState.ACTIVE if is_progress(alert):
            return "The plan goes on; the stop stays where it is."
        case SetupState.ACTIVE:
            return "The retest held; the setup is on."
        case SetupState.RESOLVED:
            return "The setup is over."


def _fields(alert: BasicAlert, edition: Edition) -> tuple[Field, ...]:
    if alert.state is SetupState.RESOLVED or (is_progress(alert) and not edition.opens_thread):
        return ()
    entry = (
        Field("Trigger", price(alert.trigger_price)) if alert.entry_price is None else Field("Entry", price(alert.entry_price))
    )
    targets = f"{count_word(alert.target_count)} set" if alert.target_count else "none set"
    return (entry, Field("Stop", "set" if alert.stop_set else "none"), Field("Targets", targets), Field("Left out", LEFT_OUT))
