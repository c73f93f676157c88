"""Words and marks that the messages of all tiers share."""

from __future__ import annotations

from dataclasses import dataclass

from infra import palette
from infra.number_formats import exchange_moment, exchange_time
from schemas.records import AlertKind, BasicAlert, FreeAlert, PremiumAlert, SetupOutcome, SetupState, Side

Alert = PremiumAlert | BasicAlert | FreeAlert
SEPARATOR = " \u00b7 "

_STATES = {
    SetupState.ARMED: "setup",
    SetupState.PRIMED: "primed",
    SetupState.ACTIVE: "triggered",
    SetupState.RESOLVED: "closed",
}
OUTCOMES = {
    SetupOutcome.TARGET: "target reached",
    SetupOutcome.STOP: "stop reached",
    SetupOutcome.EXPIRED: "expired",
    SetupOutcome.INVALIDATED: "no longer valid",
}
KINDS = {AlertKind.SETUP: "setup alert, not a position", AlertKind.POSITION: "position"}


@dataclass(frozen=True, slots=True)
class Edition:
    """What a message says besides the alert itself.

    Attributes
    ----------
    delivery_id
        Shown in the footer.
    opens_thread
        True when the reader sees nothing of this setup yet, so the message must stand alone.
    mode
        Data mode of the stack; anything but live is said in every message.
    invitation_url
        Where free messages invite to.
    """

    delivery_id: str
    opens_thread: bool
    mode: str
    invitation_url: str


def arrow(side: Side) -> str:
    return "\u25b2" if side is Side.LONG else "\u25bc"


def subject(alert: Alert) -> str:
    """Write ``▲ BCRX long``."""
    return f"{arrow(alert.side)} {alert.symbol} {alert.side.lower()}"


def is_progress(alert: PremiumAlert | BasicAlert) -> bool:
    """Tell whether the message reports a target touched on the way."""
    return alert.state is SetupState.ACTIVE and alert.targets_reached > 0


def state_word(alert: Alert) -> str:
    return _STATES[alert.state]


def title(alert: Alert) -> str:
    return f"{subject(alert)}{SEPARATOR}{state_word(alert)}"


def colour(alert: Alert) -> str:
    """Return grey for a heads-up, amber for a break, the side's colour for a trigger, and the outcome's for the end."""
    match alert.state:
        case SetupState.ARMED:
            return palette.MUTED
        case SetupState.PRIMED:
            return palette.ATTENTION
        case SetupState.ACTIVE:
            return palette.UP if alert.side is Side.LONG else palette.DOWN
        case SetupState.RESOLVED:
            return {SetupOutcome.TARGET: palette.UP, SetupOutcome.STOP: palette.DOWN}.get(
                alert.outcome or SetupOutcome.EXPIRED, palette.MUTED
            )


def footer(alert: Alert, tier_word: str, edition: Edition, *more: str) -> str:
    """Write what the message is, whose, when it was decided, and its delivery id.

    The time is the decision's, not the sending's: a message sent again after a crash reads the same.
    """
    mode = () if edition.mode == "live" else (f"{edition.mode} data",)
    return SEPARATOR.join([KINDS[alert.kind], tier_word, *mode, *more, exchange_moment(alert.ts_event), edition.delivery_id])


def thread_name(alert: Alert) -> str:
    return f"{subject(alert)}{SEPARATOR}{exchange_time(alert.ts_event)}"


def is_quiet(alert: Alert) -> bool:
    """A heads-up does not ring (BOX-12)."""
    return alert.state is SetupState.ARMED


NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six")


def count_word(count: int) -> str:
    """Write small counts as words, so that the only numbers of a basic message are its prices."""
    return NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else "several"
