"""Follows ``ops.commands`` for a catalogue's feed: what holds when it starts, and what people want from then on, within a second."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from infra.errors import Retryable
from infra.kafka.codecs import CodecSet
from infra.kafka.topic_follower import TopicFollower
from infra.logging_setup import logger
from infra.patience import until_answered
from infra.unit import UnitContext
from producers.rest_catalog.poller import Poller
from schemas.record import Record
from schemas.records import FeedCommand

TOPIC = "ops.commands"
_LOOK_EVERY_SECONDS = 0.5
log = logger(__name__)


class CommandDesk:
    """One feed's ear.

    Parameters
    ----------
    name
        Of the feed.
    poller
        Does what people want.
    """

    def __init__(self, name: str, poller: Poller, context: UnitContext) -> None:
        self._name = name
        self._poller = poller
        self._context = context
        self._follower: TopicFollower | None = None

    async def begin(self) -> None:
        """Read the topic to its present end: a paused feed stays so over a restart."""
        settings = self._context.settings
        codecs = await until_answered(self._context, self._name, lambda: CodecSet.from_registry(settings.registry, (TOPIC,)))
        self._follower = TopicFollower(settings.kafka, codecs, TOPIC)
        self._obey(await until_answered(self._context, self._name, self._follower.catch_up))

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the topic until told to stop; a broker that does not answer changes nothing."""
        assert self._follower is not None, "begin() comes first"
        while not stop.is_set():
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            try:
                self._obey(await asyncio.to_thread(self._follower.catch_up))
            except Retryable as error:
                log.warning("unit_waits", unit=self._name, seconds=_LOOK_EVERY_SECONDS, error=str(error))

    async def close(self) -> None:
        """Let go of the connection."""
        if self._follower is not None:
            await asyncio.to_thread(self._follower.close)

    def _obey(self, commands: Iterable[Record]) -> None:
        for command in commands:
            if isinstance(command, FeedCommand) and self._poller.obey(command):
                wish = {"target": command.target, "action": command.action.value, "factor": command.factor, "by": command.asked_by}
                log.info("feed_command", unit=self._name, **wish)
