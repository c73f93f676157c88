"""Who gets which tier where. The newest subscription of a subscriber counts, from the very next message on (DIS-27)."""

from __future__ import annotations

from collections.abc import Iterable

from infra.settings import DiscordSettings
from schemas.records import Subscription, Tier

HOUSE_PREFIX = "house-"


class Entitlements:
    """The subscription table of one channel.

    Parameters
    ----------
    channel
        Channel id, e.g. ``discord``; other channels' subscriptions are kept out.
    house
        Subscriptions from settings; a record of the same subscriber replaces them.
    """

    def __init__(self, channel: str, house: Iterable[Subscription] = ()) -> None:
        self._channel = channel
        self._by_subscriber: dict[str, Subscription] = {}
        for subscription in house:
            self.apply(subscription)

    def apply(self, subscription: Subscription) -> None:
        """Take the subscriber's newest word; one that moved to another channel leaves this one."""
        if subscription.channel == self._channel and subscription.tier is not Tier.NONE:
            self._by_subscriber[subscription.subscriber_id] = subscription
        else:
            self._by_subscriber.pop(subscription.subscriber_id, None)

    def of(self, tier: Tier) -> tuple[Subscription, ...]:
        """Return who gets the tier's messages, in a stable order."""
        return tuple(
            subscription for _, subscription in sorted(self._by_subscriber.items()) if subscription.tier is tier
        )

    def current(self, subscriber_id: str) -> Subscription | None:
        """Return the subscriber's subscription on this channel, if any."""
        return self._by_subscriber.get(subscriber_id)


def house_subscriptions(settings: DiscordSettings) -> tuple[Subscription, ...]:
    """Return the house's own Discord channels, one a tier, as far as the settings name them."""
    channels = {
        Tier.PREMIUM: settings.premium_channel_id,
        Tier.BASIC: settings.basic_channel_id,
        Tier.FREE: settings.free_channel_id,
    }
    return tuple(
        Subscription(subscriber_id=f"{HOUSE_PREFIX}{tier.lower()}", channel="discord", address=address, tier=tier, ts_event=0)
        for tier, address in channels.items()
        if address
    )
