"""The channel contract: what a platform must do to carry our messages. A channel is one file in this package.

``@channel(...)`` registers the class and, with it, the unit ``sink.<id>`` that delivers through it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from infra.clock import Clock
from infra.errors import Fatal
from infra.settings import Settings
from infra.unit import UnitContext, unit
from schemas.records import Subscription, Tier
from sinks.messages.message import Message

TIER_TOPICS = {Tier.PREMIUM: "distribution.premium", Tier.BASIC: "distribution.basic", Tier.FREE: "distribution.free"}
READS = (*TIER_TOPICS.values(), "distribution.subscriptions", "distribution.receipts")
WRITES = ("distribution.receipts", "distribution.expired")


@dataclass(frozen=True, slots=True)
class Thread:
    """Where follow-ups of a setup go."""

    thread_id: str
    parent_message_id: str


@dataclass(frozen=True, slots=True)
class MessageReference:
    """What the platform calls the message it accepted, and its thread."""

    message_id: str
    thread_id: str | None


class Channel(ABC):
    """A platform that carries messages."""

    id: ClassVar[str]

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock

    @classmethod
    def off_because(cls, settings: Settings) -> str | None:
        """Return why the channel stays off with these settings, or None."""
        return None

    @classmethod
    def house_subscriptions(cls, settings: Settings) -> tuple[Subscription, ...]:
        """Return the subscriptions that the settings themselves name."""
        return ()

    @abstractmethod
    async def open(self) -> None:
        """Connect and log in; Retryable when the platform is away, Fatal when it refuses us."""

    @abstractmethod
    async def close(self) -> None:
        """Disconnect."""

    async def send(
        self, address: str, message: Message, *, delivery_id: str, not_before: int, thread: Thread | None, maybe_sent: bool = False
    ) -> MessageReference:
        """Deliver ``message``, once however often this is called with the same ``delivery_id``.

        Parameters
        ----------
        address
            The channel's own address, e.g. a Discord channel id.
        not_before
            Market microseconds; this is the last place where an early message is stopped.
        thread
            Thread to go on in; None opens one with this message.
        maybe_sent
            True when a process before us may have sent it and died before its receipt, however long ago: look before you
            repeat, where the platform forgets delivery ids after a while.

        Raises
        ------
        Retryable
            The platform is busy or away; the message stays at the head.
        Permanent
            The platform will never take this message at this address.
        Fatal
            The message is early, or the platform does not accept us.
        """
        early_us = not_before - self.clock.now_us()
        if early_us > 0:
            raise Fatal(f"expected to send {delivery_id} at its time or later, found {early_us} us too early")
        return await self.post(address, message, delivery_id=delivery_id, thread=thread, maybe_sent=maybe_sent)

    @abstractmethod
    async def post(
        self, address: str, message: Message, *, delivery_id: str, thread: Thread | None, maybe_sent: bool
    ) -> MessageReference:
        """Do what `send` says, for a message that is due."""


ChannelT = TypeVar("ChannelT", bound=type[Channel])
_REGISTRY: dict[str, type[Channel]] = {}


def channel(*, id: str, summary: str) -> Callable[[ChannelT], ChannelT]:
    """Register a channel under ``id``, and its unit ``sink.<id>``."""

    def register(channel_type: ChannelT) -> ChannelT:
        if _REGISTRY.setdefault(id, channel_type).__module__ != channel_type.__module__:
            raise ValueError(f"two channels are called {id}: {_REGISTRY[id].__module__} and {channel_type.__module__}")
        channel_type.id = id

        async def run(context: UnitContext) -> None:
            from sinks.delivery.unit import deliver  # it reads this registry's contract

            await deliver(context, channel_type)

        unit(name=f"sink.{id}", kind="sink", reads=READS, writes=WRITES, summary=summary)(run)
        return channel_type

    return register


def registered() -> dict[str, type[Channel]]:
    """Return all channels registered so far."""
    return dict(sorted(_REGISTRY.items()))
