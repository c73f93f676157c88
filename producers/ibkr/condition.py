"""What a connection's messages say of the vendor as a whole: link lost, farms broken, delayed data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from infra.logging_setup import logger
from infra.metrics import listed
from producers.ibkr.codes import Meaning, meaning
from producers.ibkr.events import Message
from schemas.records import DepthMode

log = logger(__name__)


@dataclass(slots=True)
class VendorCondition:
    """One connection's view of the vendor.

    Attributes
    ----------
    unit
        Who counts the messages.
    is_demo
        Everything is labelled as a demonstration.
    lost
        The link between TWS and the vendor is down (1100): what we know is old, so nothing is written. None while it is up.
    broken_farms
        Farm -> the vendor's sentence about it: that another one serves does not mend it.
    is_delayed
        The vendor gives old data for want of a subscription.
    """

    unit: str
    is_demo: bool
    lost: str | None = None
    broken_farms: dict[str, str] = field(default_factory=dict)
    is_delayed: bool = False

    @property
    def mode(self) -> DepthMode:
        """Label of what is written."""
        if self.is_demo:
            return DepthMode.DEMO
        return DepthMode.DELAYED if self.is_delayed else DepthMode.LIVE

    @property
    def parts(self) -> list[str]:
        """What is wrong, for people."""
        found = (self.lost, *self.broken_farms.values(), "delayed data" if self.mode is DepthMode.DELAYED else None)
        return [part for part in found if part]

    def heed(self, message: Message, symbol: str | None) -> Meaning:
        """Note a message and return what it means."""
        means = meaning(message.code)
        if means is not Meaning.NOTE:
            listed.DEPTH_MESSAGES.add(1, self.unit, means.value)
            log.info("tws_message", code=message.code, meaning=means.value, symbol=symbol)
        if means is Meaning.LOST:
            self.lost = f"{message.code}: {means.value}"
        elif means in (Meaning.RESTORED, Meaning.RESTORED_WITHOUT_DATA):
            self.lost = None
        elif means is Meaning.FARM_BROKEN:
            self.broken_farms[_farm(message.text)] = message.text
        elif means is Meaning.FARM_OK:
            self.broken_farms.pop(_farm(message.text), None)
        elif means is Meaning.DELAYED:
            self.is_delayed = True
        return means


def _farm(text: str) -> str:
    """Return the last word, e.g. usfarm of "Market data farm connection is broken:usfarm"."""
    return re.split(r"[:.\s]", text.rstrip(". "))[-1]
