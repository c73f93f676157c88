"""The fake Discord is as strict as the real one, and keeps what it got through a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from infra.vendorsim import discord
from infra.vendorsim.discord_limits import PERIOD_SECONDS, REQUESTS, Buckets

Connect = Callable[[], Awaitable[TestClient[Any, Any]]]
TestClient.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture
async def connect(tmp_path: Path) -> AsyncIterator[Connect]:
    clients: list[TestClient[Any, Any]] = []

    async def start() -> TestClient[Any, Any]:
        app = web.Application()
        discord.add_routes(app, tmp_path)
        client = TestClient(TestServer(app), headers={"Authorization": "Bot t"})
        await client.start_server()
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.close()


MESSAGES = f"{discord.API}/channels/1/messages"


async def test_the_sixth_message_in_five_seconds_waits(connect: Connect) -> None:
    """DIS-21, X-08: 429 with Via, a body that says how long, and headers that warn before."""
    client = await connect()
    answers = [await client.post(MESSAGES, json={"content": f"m{number}"}) for number in range(REQUESTS + 1)]
    assert [answer.status for answer in answers] == [200] * REQUESTS + [429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers[:REQUESTS]] == ["4", "3", "2", "1", "0"]
    refused = answers[-1]
    assert refused.headers["Via"] and refused.headers["Content-Type"] == "application/json"
    assert 0 < (await refused.json())["retry_after"] <= PERIOD_SECONDS
    assert (await client.post(f"{discord.API}/channels/2/messages", json={"content": "m"})).status == 200, "another channel's bucket"


def test_a_bucket_refills_with_time() -> None:
    now = 0.0
    buckets = Buckets(now=lambda: now)
    assert [buckets.enter("r", "1").allowed for _ in range(REQUESTS + 1)] == [True] * REQUESTS + [False]
    now = PERIOD_SECONDS
    assert buckets.enter("r", "1").allowed


async def test_a_nonce_is_enforced_also_after_a_restart(connect: Connect) -> None:
    first = await connect()
    body = {"content": "hello", "nonce": "abc", "enforce_nonce": True}
    posted = await (await first.post(MESSAGES, json=body)).json()
    await first.close()
    second = await connect()
    again = await (await second.post(MESSAGES, json={**body, "content": "hello again"})).json()
    assert again["id"] == posted["id"] and again["content"] == "hello"
    unforced = await (await second.post(MESSAGES, json={"content": "hello", "nonce": "abc"})).json()
    assert int(unforced["id"]) > int(posted["id"])
    inbox = await (await second.get("/discord/inbox", params={"channel": "1"})).json()
    assert [entry["message_id"] for entry in inbox] == [posted["id"], unforced["id"]]


async def test_a_thread_is_made_once_and_shows_in_the_inbox(connect: Connect) -> None:
    client = await connect()
    message = await (await client.post(MESSAGES, json={"content": "opener"})).json()
    path = f"{MESSAGES}/{message['id']}/threads"
    made = await client.post(path, json={"name": "n", "auto_archive_duration": 1440})
    assert made.status == 201 and (await made.json())["id"] == message["id"]
    assert (await (await client.post(path, json={"name": "n", "auto_archive_duration": 1440})).json())["code"] == 160004
    reference = {"message_id": message["id"], "channel_id": message["id"], "fail_if_not_exists": False}
    await client.post(f"{discord.API}/channels/{message['id']}/messages", json={"content": "reply", "message_reference": reference})
    entries = await (await client.get("/discord/inbox", params={"channel": "1", "since": message["id"]})).json()
    assert [(entry["thread"], entry["reply_to"], entry["channel"]) for entry in entries] == [(message["id"], message["id"], "1")]
    strict = {"content": "reply", "message_reference": {"message_id": "77", "channel_id": "1"}}
    assert (await client.post(MESSAGES, json=strict)).status == 400
    page = await (await client.get("/discord")).text()
    assert "opener" in page and "reply" in page


@pytest.mark.parametrize(
    "body",
    [{"content": ""}, {"content": "x" * 2001}, {"content": "x", "nonce": "n" * 26}, {"embeds": [{"title": "t" * 257}]},
     {"embeds": [{"fields": [{"name": "n", "value": ""}]}]}, {"embeds": [{"description": "d" * 4000}, {"description": "d" * 2001}]}],
)  # fmt: skip
async def test_what_discord_would_refuse_is_refused(connect: Connect, body: dict[str, Any]) -> None:
    client = await connect()
    answer = await client.post(MESSAGES, json=body)
    assert answer.status == 400 and (await answer.json())["code"] == 50035


async def test_nobody_without_a_token(connect: Connect) -> None:
    client = await connect()
    async with ClientSession() as stranger, stranger.get(client.make_url(f"{discord.API}/users/@me")) as answer:
        assert answer.status == 401
