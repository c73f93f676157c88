"""Discord, as a bot: an opening message, a thread made from it, follow-ups inside (DIS-16, DIS-17).

discord.py paces by the response headers of each bucket and waits out a 429. A message is posted once however often we try:
its nonce is the delivery id, and Discord returns the first message for a nonce it knows. It knows it for minutes; after a
longer interruption we look for the delivery id in the channel first. A bot is needed because a webhook has no nonce and
cannot make threads.
"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any
from uuid import UUID

from infra.clock import Clock, monotonic_seconds
from infra.errors import Fatal, Permanent, Retryable
from infra.palette import as_integer
from infra.settings import Settings
from schemas.records import Subscription
from sinks.channels.channel import Channel, MessageReference, Thread, channel
from sinks.distribution.entitlements import house_subscriptions
from sinks.messages.message import Message
from sinks.messages.wording import SEPARATOR

if TYPE_CHECKING:
    import discord

_CALL_SECONDS = 60.0  # longer than discord.py waits for a full bucket; a hung call is tried again with the same nonce
_THREAD_EXISTS = 160004
_LOOK_BACK_MESSAGES = 100
_LOOK_AGAIN_SECONDS = 30.0
_CONTENT, _TITLE, _DESCRIPTION, _FIELD_NAME, _FIELD_VALUE, _FOOTER, _THREAD_NAME = 2000, 256, 4096, 256, 1024, 2048, 100


def nonce_of(delivery_id: str) -> str:
    """Return the delivery id in 22 characters: Discord allows 25."""
    return base64.urlsafe_b64encode(UUID(delivery_id).bytes).decode().rstrip("=")


def cut(text: str, limit: int) -> str:
    """Shorten ``text`` to ``limit`` characters, the last of them an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "\u2026"


def embed_of(message: Message) -> dict[str, Any]:
    """Return the message's body as a Discord embed, within Discord's limits."""
    embed: dict[str, Any] = {
        "title": cut(message.title, _TITLE),
        "color": as_integer(message.colour),
        "footer": {"text": cut(message.footer, _FOOTER)},
    }
    if message.body:
        embed["description"] = cut(message.body, _DESCRIPTION)
    if message.fields:
        embed["fields"] = [
            {"name": cut(field.name, _FIELD_NAME), "value": cut(field.value, _FIELD_VALUE), "inline": False} for field in message.fields
        ]
    return embed


@channel(id="discord", summary="Delivers tier messages to Discord threads.")
class DiscordChannel(Channel):
    """Posts through Discord's REST API."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._client: discord.Client | None = None
        self._without_thread: dict[str, str] = {}  # delivery id -> its message, posted, whose thread could not be made yet
        self._recent: dict[str, tuple[dict[str, str], float]] = {}  # channel id -> its messages by delivery id, and when seen

    @classmethod
    def off_because(cls, settings: Settings) -> str | None:
        return None if settings.discord.bot_token.get_secret_value() else "no bot token: set TAPEWIRE_DISCORD__BOT_TOKEN"

    @classmethod
    def house_subscriptions(cls, settings: Settings) -> tuple[Subscription, ...]:
        return house_subscriptions(settings.discord)

    async def open(self) -> None:
        import discord  # half a second: only who delivers to Discord pays

        discord.http.Route.BASE = self.settings.discord.api_url
        await self.close()
        discord.VoiceClient.warn_nacl = False  # we do not speak
        self._client = discord.Client(intents=discord.Intents(guilds=True))  # the least it takes without a warning; no gateway is opened
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                await self._client.login(self.settings.discord.bot_token.get_secret_value())
        except discord.LoginFailure as error:
            raise Fatal("expected Discord to take the bot token, found it refused: check TAPEWIRE_DISCORD__BOT_TOKEN") from error
        except (discord.HTTPException, OSError, TimeoutError) as error:
            raise Retryable(f"expected Discord at {self.settings.discord.api_url}, found {error!r}") from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def post(
        self, address: str, message: Message, *, delivery_id: str, thread: Thread | None, maybe_sent: bool
    ) -> MessageReference:
        if not address.isdecimal():
            raise Permanent(f"expected a Discord channel id of digits, found {address!r}", field_path="address")
        import discord

        try:
            async with asyncio.timeout(_CALL_SECONDS):
                target = address if thread is None else thread.thread_id
                known = await self._find(target, delivery_id) if maybe_sent else None
                if thread is not None:
                    message_id = known or await self._post_message(target, message, delivery_id, thread)
                    return MessageReference(message_id, thread.thread_id)
                if delivery_id not in self._without_thread:  # a nonce is remembered for minutes only
                    self._without_thread[delivery_id] = known or await self._post_message(target, message, delivery_id, None)
                message_id = self._without_thread[delivery_id]
                thread_id = await self._start_thread(address, message_id, message.thread_name)
                self._without_thread.pop(delivery_id)
                return MessageReference(message_id, thread_id)
        except discord.RateLimited as error:
            raise Retryable("expected Discord to take the message, found its limit", error.retry_after) from error
        except discord.HTTPException as error:
            raise _failure(error, address) from error
        except (OSError, TimeoutError) as error:
            raise Retryable(f"expected an answer from Discord, found {error!r}") from error

    async def _find(self, channel_id: str, delivery_id: str) -> str | None:
        """Return the message that carries this delivery id in its footer, among the channel's newest."""
        assert self._client is not None, "open() comes first"
        found, looked_at = self._recent.get(channel_id, ({}, -_LOOK_AGAIN_SECONDS))
        if monotonic_seconds() - looked_at >= _LOOK_AGAIN_SECONDS:
            found = {}
            async for message in self._client.get_partial_messageable(int(channel_id)).history(limit=_LOOK_BACK_MESSAGES):
                for embed in message.embeds:
                    found[(embed.footer.text or "").rpartition(SEPARATOR)[2]] = str(message.id)
            self._recent[channel_id] = (found, monotonic_seconds())
        return found.get(delivery_id)

    async def _post_message(self, channel_id: str, message: Message, delivery_id: str, thread: Thread | None) -> str:
        import discord

        assert self._client is not None, "open() comes first"
        options: dict[str, Any] = {}
        if thread is not None:
            # The opener lives in the parent channel, and Discord refuses replies across channels: it then takes
            # the message as an ordinary one of the thread, which stands right below the opener anyway.
            options["reference"] = discord.MessageReference(
                message_id=int(thread.parent_message_id), channel_id=int(thread.thread_id), fail_if_not_exists=False
            )
        sent = await self._client.get_partial_messageable(int(channel_id)).send(
            cut(message.headline, _CONTENT),
            embed=discord.Embed.from_dict(embed_of(message)),
            nonce=nonce_of(delivery_id),
            silent=message.quiet,
            allowed_mentions=discord.AllowedMentions.none(),
            **options,
        )
        return str(sent.id)

    async def _start_thread(self, channel_id: str, message_id: str, name: str) -> str:
        import discord

        assert self._client is not None
        minutes: Any = self.settings.discord.thread_archive_minutes
        try:
            await self._client.http.start_thread_with_message(
                int(channel_id), int(message_id), name=cut(name, _THREAD_NAME), auto_archive_duration=minutes
            )
        except discord.HTTPException as error:
            if error.code != _THREAD_EXISTS:  # else we made it before we were interrupted
                raise
        return message_id  # a thread has the id of the message it was made from


def _failure(error: discord.HTTPException, address: str) -> Exception:
    """Sort Discord's refusals: busy, never, or not us."""
    told = f"expected Discord to take a message for channel {address}, found {error.status}: {error.text}"
    if error.status == 401:
        return Fatal(told)
    if error.status == 429 or error.status >= 500:
        return Retryable(told)
    return Permanent(told)
