"""A Discord that speaks the REST wire format on loopback, enforces its real limits and keeps what it got.

Routes under ``/discord/api/v10`` are Discord's; ``/discord`` shows the channels, ``/discord/inbox`` lists what arrived as JSON
and ``/discord/faults`` plants trouble.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web

from infra.clock import SystemClock, to_datetime
from infra.vendorsim.discord_limits import Buckets, Faults, Verdict
from infra.vendorsim.discord_store import DiscordStore, StoredMessage, StoredThread

API = "/discord/api/v10"
FAULTS = web.AppKey("discord_faults", Faults)
_BOT_USER = {"id": "1188000000000000900", "username": "tapewire", "discriminator": "0000", "avatar": None, "global_name": None, "bot": True}
_SUPPRESS_NOTIFICATIONS = 1 << 12
_EMBED_LIMITS = {"title": 256, "description": 4096}
_Handler = Callable[[web.Request], Awaitable[web.Response]]


def add_routes(app: web.Application, state_folder: Path) -> None:
    """Add the fake Discord to ``app``; its state lives in ``state_folder``."""
    discord = _Discord(DiscordStore(state_folder))
    app[FAULTS] = discord.faults

    async def close(_: web.Application) -> None:
        discord.store.close()

    app.on_cleanup.append(close)
    app.router.add_get(f"{API}/users/@me", discord.guarded(discord.me))
    app.router.add_get(f"{API}/oauth2/applications/@me", discord.guarded(discord.application))
    app.router.add_get(f"{API}/channels/{{channel}}", discord.guarded(discord.channel))
    app.router.add_get(f"{API}/channels/{{channel}}/messages", discord.guarded(discord.messages))
    app.router.add_post(f"{API}/channels/{{channel}}/messages", discord.guarded(discord.post_message))
    app.router.add_post(f"{API}/channels/{{channel}}/messages/{{message}}/threads", discord.guarded(discord.start_thread))
    app.router.add_get("/discord/inbox", discord.inbox)
    app.router.add_post("/discord/faults", discord.plant)
    app.router.add_get("/discord", discord.page)


class _Discord:
    def __init__(self, store: DiscordStore) -> None:
        self.store = store
        self.faults = Faults()
        self._buckets = Buckets()
        self._clock = SystemClock()

    def guarded(self, handler: _Handler) -> _Handler:
        """Refuse requests without a bot token, and all while unavailable."""

        async def guard(request: web.Request) -> web.Response:
            if self.faults.unavailable:
                self.faults.refused_unavailable += 1
                return web.Response(status=503, text="upstream connect error")
            if not request.headers.get("Authorization", "").removeprefix("Bot ").strip():
                return _json({"message": "401: Unauthorized", "code": 0}, status=401)
            return await handler(request)

        return guard

    async def me(self, _: web.Request) -> web.Response:
        return _json(_BOT_USER)

    async def application(self, _: web.Request) -> web.Response:
        return _json(
            {"id": _BOT_USER["id"], "name": "Tapewire", "icon": None, "description": "", "bot_public": False, "bot_require_code_grant": False,
             "verify_key": "0" * 64, "flags": 0, "owner": _BOT_USER, "team": None, "rpc_origins": []}
        )  # fmt: skip

    async def channel(self, request: web.Request) -> web.Response:
        channel_id = request.match_info["channel"]
        thread = self.store.thread(channel_id)
        if thread is not None:
            return _json(_thread_json(thread))
        return _json({"id": channel_id, "type": 0, "name": f"channel-{channel_id}", "position": 0, "permission_overwrites": []})

    async def messages(self, request: web.Request) -> web.Response:
        channel_id = request.match_info["channel"]
        verdict = self._buckets.enter("GET messages", channel_id)
        if not verdict.allowed:
            return _too_many(verdict)
        newest = self.store.newest(channel_id, min(int(request.query.get("limit", "50")), 100))
        return _json([_message_json(message) for message in newest], headers=verdict.headers)

    async def post_message(self, request: web.Request) -> web.Response:
        channel_id = request.match_info["channel"]
        verdict = self._buckets.enter("POST messages", channel_id)
        if not verdict.allowed:
            return _too_many(verdict)
        if self.faults.take("refuse_429"):
            return _too_many(Verdict(False, self.faults.retry_after_seconds, verdict.headers))
        payload = await request.json()
        problem = _problem(payload) or self._unknown_reference(channel_id, payload)
        if problem:
            return _json({"message": "Invalid Form Body", "code": 50035, "errors": problem}, status=400, headers=verdict.headers)
        author, now = request.headers["Authorization"], self._clock.now_us()
        message = None
        if payload.get("nonce") is not None and payload.get("enforce_nonce"):
            message = self.store.by_nonce(author, str(payload["nonce"]), now)
        if message is None:
            message = self.store.add(author, channel_id, payload, now)
        if self.faults.take("fail_after_accepting"):
            return web.Response(status=502, text="bad gateway")
        return _json(_message_json(message), headers=verdict.headers)

    async def start_thread(self, request: web.Request) -> web.Response:
        channel_id, message_id = request.match_info["channel"], request.match_info["message"]
        verdict = self._buckets.enter("POST threads", channel_id)
        if not verdict.allowed:
            return _too_many(verdict)
        payload = await request.json()
        if self.store.message(channel_id, message_id) is None:
            return _json({"message": "Unknown Message", "code": 10008}, status=404, headers=verdict.headers)
        if self.store.thread(message_id) is not None:
            text = "A thread has already been created for this message"
            return _json({"message": text, "code": 160004}, status=400, headers=verdict.headers)
        if not 1 <= len(payload.get("name", "")) <= 100 or payload.get("auto_archive_duration") not in (60, 1440, 4320, 10080):
            return _json({"message": "Invalid Form Body", "code": 50035}, status=400, headers=verdict.headers)
        thread = StoredThread(message_id, channel_id, payload["name"], payload["auto_archive_duration"])
        self.store.add_thread(thread, self._clock.now_us())
        return _json(_thread_json(thread), status=201, headers=verdict.headers)

    async def inbox(self, request: web.Request) -> web.Response:
        """List what arrived: ``?channel=<id>`` with its threads, ``?since=<message id>``."""
        found = self.store.after(int(request.query.get("since", "0")), request.query.get("channel"))
        return _json([self._inbox_entry(message) for message in found])

    async def plant(self, request: web.Request) -> web.Response:
        """Plant faults, e.g. ``{"refuse_429": 20}``; returns what is planted now."""
        for name, value in (await request.json()).items():
            if name not in Faults.__dataclass_fields__:
                return _json({"message": f"unknown fault {name}"}, status=400)
            setattr(self.faults, name, value)
        return _json({name: getattr(self.faults, name) for name in Faults.__dataclass_fields__})

    async def page(self, _: web.Request) -> web.Response:
        return web.Response(text=_page([self._inbox_entry(message) for message in self.store.after(0)]), content_type="text/html")

    def _unknown_reference(self, channel_id: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        reference = payload.get("message_reference")
        if not reference or not reference.get("fail_if_not_exists", True):
            return None
        if self.store.message(channel_id, str(reference["message_id"])) is None:
            return {"message_reference": {"_errors": [{"code": "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "message": "Unknown message"}]}}
        return None

    def _inbox_entry(self, message: StoredMessage) -> dict[str, Any]:
        thread = self.store.thread(message.channel_id)
        return {
            "message_id": message.message_id,
            "channel": message.channel_id if thread is None else thread.parent_id,
            "thread": None if thread is None else thread.thread_id,
            "thread_name": None if thread is None else thread.name,
            "reply_to": message.reply_to,
            "content": message.payload.get("content") or "",
            "embeds": message.payload.get("embeds") or [],
            "silent": bool(int(message.payload.get("flags") or 0) & _SUPPRESS_NOTIFICATIONS),
            "nonce": message.nonce,
            "received_us": message.received_us,
        }


def _problem(payload: dict[str, Any]) -> dict[str, Any] | None:
    """Return Discord's complaint about a message body, or None."""
    if not payload.get("content") and not payload.get("embeds"):
        return {"content": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "Cannot send an empty message"}]}}
    too_long = len(payload.get("content") or "") > 2000 or len(str(payload.get("nonce") or "")) > 25
    total = 0
    for embed in payload.get("embeds") or []:
        fields = embed.get("fields") or []
        footer = (embed.get("footer") or {}).get("text") or ""
        total += sum(len(embed.get(part) or "") for part in _EMBED_LIMITS) + len(footer)
        total += sum(len(field["name"]) + len(field["value"]) for field in fields)
        too_long |= any(len(embed.get(part) or "") > limit for part, limit in _EMBED_LIMITS.items()) or len(footer) > 2048
        too_long |= len(fields) > 25 or any(len(field["name"]) > 256 or len(field["value"]) > 1024 for field in fields)
        if any(not field["name"] or not field["value"] for field in fields):
            return {"embeds": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "This field is required"}]}}
    if too_long or total > 6000:
        return {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be shorter."}]}
    return None


def _message_json(message: StoredMessage) -> dict[str, Any]:
    payload = message.payload
    reference = payload.get("message_reference")
    return {
        "id": message.message_id, "type": 19 if reference else 0, "channel_id": message.channel_id, "content": payload.get("content") or "",
        "author": _BOT_USER, "embeds": [{"type": "rich", **embed} for embed in payload.get("embeds") or []], "attachments": [], "components": [],
        "timestamp": to_datetime(message.received_us).isoformat(), "edited_timestamp": None, "pinned": False, "tts": False,
        "mention_everyone": False, "mentions": [], "mention_roles": [], "flags": payload.get("flags") or 0, "nonce": message.nonce,
        **({"message_reference": {"type": 0, **reference}} if reference else {}),
    }  # fmt: skip


def _thread_json(thread: StoredThread) -> dict[str, Any]:
    return {
        "id": thread.thread_id, "parent_id": thread.parent_id, "owner_id": _BOT_USER["id"], "name": thread.name, "type": 11, "guild_id": "1",
        "message_count": 0, "member_count": 1, "rate_limit_per_user": 0,
        "thread_metadata": {"archived": False, "locked": False, "auto_archive_duration": thread.archive_minutes,
                            "archive_timestamp": "2020-01-01T00:00:00+00:00"},
    }  # fmt: skip


def _json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer JSON with exactly the content type discord.py compares with: no charset."""
    answer = web.Response(body=json.dumps(value).encode(), status=status, headers=headers)
    answer.content_type = "application/json"
    return answer


def _too_many(verdict: Verdict) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": round(verdict.retry_after_seconds, 3), "global": False}
    headers = {**verdict.headers, "Via": "1.1 vendorsim", "Retry-After": str(max(1, round(verdict.retry_after_seconds)))}
    return _json(body, status=429, headers=headers)


def _page(entries: list[dict[str, Any]]) -> str:
    style = (
        "body{background:#0e1117;color:#e6edf3;font:15px system-ui;margin:2rem;max-width:60rem}"
        "article{background:#161b22;border-left:4px solid #8b949e;padding:.6rem 1rem;margin:.4rem 0}"
        "article.reply{margin-left:2.5rem}h2{font-size:1rem;color:#8b949e}footer{color:#8b949e;font-size:.8rem}dt{color:#8b949e}"
    )
    parts = [f"<!doctype html><meta charset=utf-8><title>Discord (simulated)</title><style>{style}</style><h1>Discord (simulated)</h1>"]
    for channel in sorted({entry["channel"] for entry in entries}):
        parts.append(f"<h2>channel {escape(channel)}</h2>")
        here = [entry for entry in entries if entry["channel"] == channel]
        here.sort(key=lambda entry: (int(entry["thread"] or entry["message_id"]), int(entry["message_id"])))
        parts += [_article(entry) for entry in here]
    return "\n".join(parts)


def _article(entry: dict[str, Any]) -> str:
    embeds = []
    for embed in entry["embeds"]:
        fields = "".join(
            f"<dt>{escape(field['name'])}</dt><dd>{escape(field['value']).replace(chr(10), '<br>')}</dd>" for field in embed.get("fields", [])
        )
        footer = escape((embed.get("footer") or {}).get("text", ""))
        embeds.append(f"<p>{escape(embed.get('description') or '')}</p><dl>{fields}</dl><footer>{footer}</footer>")
    colour = f"#{(entry['embeds'] or [{}])[0].get('color', 0x8B949E):06x}"
    kind = "reply" if entry["thread"] else "opener"
    return f'<article class="{kind}" style="border-color:{colour}"><b>{escape(entry["content"])}</b>{"".join(embeds)}</article>'
