"""What the fake Discord keeps: messages, threads and nonces, on disk, so that `kill -9` of the simulator loses nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NONCE_WINDOW_SECONDS = 300
"""Discord compares nonces over "the past few minutes"."""
_DISCORD_EPOCH_MS = 1_420_070_400_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, channel_id TEXT NOT NULL, author TEXT NOT NULL, nonce TEXT,
    payload TEXT NOT NULL, received_us INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_nonce ON messages (author, nonce);
CREATE INDEX IF NOT EXISTS messages_by_channel ON messages (channel_id, id);
CREATE TABLE IF NOT EXISTS threads (
    id TEXT PRIMARY KEY, parent_id TEXT NOT NULL, name TEXT NOT NULL, archive_minutes INTEGER NOT NULL, created_us INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it was accepted; `payload` is the request's body."""

    message_id: str
    channel_id: str
    nonce: str | None
    payload: dict[str, Any]
    received_us: int

    @property
    def reply_to(self) -> str | None:
        reference = self.payload.get("message_reference") or {}
        message_id = reference.get("message_id")
        return None if message_id is None else str(message_id)


@dataclass(frozen=True, slots=True)
class StoredThread:
    """A thread; it has the id of the message it was made from."""

    thread_id: str
    parent_id: str
    name: str
    archive_minutes: int


class DiscordStore:
    """SQLite file in the simulator's state folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / "discord.sqlite", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")  # a commit survives the process, which is what is promised
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        self._database.close()

    def by_nonce(self, author: str, nonce: str, now_us: int) -> StoredMessage | None:
        """Return the author's recent message with this nonce, if any."""
        row = self._database.execute(
            "SELECT id, channel_id, nonce, payload, received_us FROM messages "
            "WHERE author = ? AND nonce = ? AND received_us > ? ORDER BY id LIMIT 1",
            (author, nonce, now_us - NONCE_WINDOW_SECONDS * 1_000_000),
        ).fetchone()
        return None if row is None else _message(row)

    def add(self, author: str, channel_id: str, payload: dict[str, Any], now_us: int) -> StoredMessage:
        """Keep a new message and give it the next id."""
        message_id = self._next_id(now_us)
        nonce = payload.get("nonce")
        row = (message_id, channel_id, author, None if nonce is None else str(nonce), json.dumps(payload), now_us)
        self._database.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", row)
        return _message((message_id, channel_id, row[3], row[4], now_us))

    def forget_nonces(self) -> None:
        """Do what "a few minutes" do: no earlier nonce is compared any more."""
        self._database.execute("UPDATE messages SET received_us = received_us - ?", (NONCE_WINDOW_SECONDS * 1_000_000,))

    def message(self, channel_id: str, message_id: str) -> StoredMessage | None:
        """Return one message of a channel."""
        rows = self._database.execute(
            "SELECT id, channel_id, nonce, payload, received_us FROM messages WHERE channel_id = ? AND id = ?",
            (channel_id, int(message_id)),
        )
        return next(map(_message, rows), None)

    def newest(self, channel_id: str, limit: int) -> list[StoredMessage]:
        """Return a channel's newest messages, newest first, as Discord lists them."""
        rows = self._database.execute(
            "SELECT id, channel_id, nonce, payload, received_us FROM messages WHERE channel_id = ? ORDER BY id DESC LIMIT ?",
            (channel_id, limit),
        )
        return list(map(_message, rows))

    def after(self, message_id: int, channel_id: str | None = None) -> Iterator[StoredMessage]:
        """Return what came after a message id, oldest first, everywhere or in a channel and its threads."""
        rows = self._database.execute(
            "SELECT id, channel_id, nonce, payload, received_us FROM messages WHERE id > ? AND (? IS NULL OR channel_id = ? "
            "OR channel_id IN (SELECT id FROM threads WHERE parent_id = ?)) ORDER BY id",
            (message_id, channel_id, channel_id, channel_id),
        )
        return map(_message, rows)

    def thread(self, thread_id: str) -> StoredThread | None:
        row = self._database.execute(
            "SELECT id, parent_id, name, archive_minutes FROM threads WHERE id = ?", (thread_id,)
        ).fetchone()
        return None if row is None else StoredThread(*row)

    def add_thread(self, thread: StoredThread, now_us: int) -> None:
        self._database.execute(
            "INSERT INTO threads VALUES (?, ?, ?, ?, ?)",
            (thread.thread_id, thread.parent_id, thread.name, thread.archive_minutes, now_us),
        )

    def _next_id(self, now_us: int) -> int:
        (newest,) = self._database.execute("SELECT coalesce(max(id), 0) FROM messages").fetchone()
        return int(max((now_us // 1_000 - _DISCORD_EPOCH_MS) << 22, newest + 1))


def _message(row: tuple[Any, ...]) -> StoredMessage:
    message_id, channel_id, nonce, payload, received_us = row
    return StoredMessage(str(message_id), channel_id, nonce, json.loads(payload), received_us)
