"""What surrounds a row of a payload: whom it was asked for, when it came, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as Day
from datetime import datetime

from infra.clock import MICROSECONDS, to_microseconds
from infra.errors import Permanent
from infra.market_calendar import midnight_us, trading_day
from producers.source import Stamps
from producers.stamped import Stamped
from producers.unusual_whales.misfit import Misfit, needed
from schemas.records import Licence

SOURCE = "unusual_whales"
WHOLE_MARKET = "MARKET"


@dataclass(frozen=True, slots=True)
class Answer:
    """A payload without its rows.

    Attributes
    ----------
    parameters
        What was asked for, `ticker` among them; empty for a frame.
    date
        Session the vendor states for the whole payload, if it does.
    options
        Of the catalogue's entry.
    """

    stamps: Stamps
    licence: Licence = Licence.INTERNAL
    parameters: Mapping[str, str] = field(default_factory=dict)
    date: Day | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def ticker(self) -> str:
        """The symbol that was asked for.

        Raises
        ------
        Permanent
            If none was: the catalogue's entry is wrong.
        """
        ticker = self.parameters.get("ticker")
        if not ticker:
            raise Permanent("expected the parameter ticker, found none", "ticker")
        return ticker

    @property
    def session(self) -> Day:
        """Session the payload is about: as it states, as was asked, or today's in New York."""
        return self.date or self.asked_session

    @property
    def asked_session(self) -> Day:
        """Session that was asked for; today's in New York without the parameter."""
        return self.asked_day("date") or trading_day(self.stamps.received_us)

    def asked_day(self, name: str) -> Day | None:
        """Return a parameter that is a date; None when it was not given.

        Raises
        ------
        Permanent
            If it is no date.
        """
        asked = self.parameters.get(name)
        try:
            return None if asked is None else Day.fromisoformat(asked)
        except ValueError:
            raise Permanent(f"expected the parameter {name} like 2025-05-16, found {asked}", name) from None

    def at(self, moment_us: int) -> Stamped:
        """Return the fields every record has, of something that happened at ``moment_us``."""
        stamps = self.stamps
        return {
            "ts_event": moment_us, "ts_received": stamps.received_us, "ts_published": stamps.published_us, "source": SOURCE, "licence": self.licence,
        }  # fmt: skip

    def happened(self, moment: datetime | int | None, path: str) -> int:
        """Return a vendor's moment, a time or milliseconds, in microseconds; refuse one that is missing or too far ahead."""
        if moment is None:
            raise Misfit(path, "a time", moment)
        moment_us = moment * 1_000 if isinstance(moment, int) else to_microseconds(moment)
        if moment_us > self.stamps.latest_event_us:
            ahead = (moment_us - self.stamps.latest_event_us) / MICROSECONDS
            raise Misfit(path, f"a time not after the clock (this is {ahead:.0f} s beyond what is tolerated)", str(moment))
        return moment_us

    def began(self, session: Day | None, path: str) -> int:
        """Return when a session's day began in New York; refuse one that is missing or has not begun."""
        moment_us = midnight_us(needed(session, path))
        if moment_us > self.stamps.latest_event_us:
            raise Misfit(path, "a day that has begun", str(session))
        return moment_us

    def now_or(self, session: Day | None, path: str) -> int:
        """Return when the payload came, for what holds at this moment, or when a past session began."""
        received_us = self.stamps.received_us
        return received_us if session is None or session == trading_day(received_us) else self.began(session, path)
