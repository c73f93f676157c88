"""One alert for one subscriber."""

from __future__ import annotations

from dataclasses import dataclass

from infra.kafka.received import Place
from infra.tracing.traceparent import TraceParent
from schemas.ids import deterministic_id
from schemas.records import BasicAlert, FreeAlert, PremiumAlert, Subscription, Tier

TIER_OF = {PremiumAlert: Tier.PREMIUM, BasicAlert: Tier.BASIC, FreeAlert: Tier.FREE}
Alert = PremiumAlert | BasicAlert | FreeAlert


@dataclass(frozen=True, slots=True)
class ThreadKey:
    """A setup is one thread per tier and subscriber; a subscriber who moves or changes tier gets a new one."""

    setup_id: str
    subscriber_id: str
    tier: Tier
    address: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be delivered, to whom, and the record it came from.

    Attributes
    ----------
    maybe_sent
        True when the record was there before we took over: our predecessor may have sent it without a receipt.
    trace
        The sampled trace the record belongs to.
    """

    alert: Alert
    subscription: Subscription
    place: Place
    offset: int
    maybe_sent: bool = False
    trace: TraceParent | None = None

    @property
    def delivery_id(self) -> str:
        return deterministic_id("delivery", self.alert.alert_id, self.subscription.subscriber_id)

    @property
    def tier(self) -> Tier:
        return TIER_OF[type(self.alert)]

    @property
    def thread_key(self) -> ThreadKey:
        return ThreadKey(self.alert.setup_id, self.subscription.subscriber_id, self.tier, self.subscription.address)
