"""Who may ask the simulated Unusual Whales for what: one token, and what its plan covers."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field


@dataclass(slots=True)
class Access:
    """The account's rights; REST and WebSocket share them.

    Attributes
    ----------
    api_key
        The token that opens the door; empty accepts any.
    expired
        No token is accepted any more.
    without_paths, without_channels
        Parts of REST paths (403) and channels without a ticker (refused join) that the plan does not cover; the channel ``*``
        is the WebSocket as such.
    """

    api_key: str
    expired: bool = False
    without_paths: set[str] = field(default_factory=set)
    without_channels: set[str] = field(default_factory=set)

    def admits(self, token: str) -> bool:
        return bool(token) and not self.expired and (not self.api_key or hmac.compare_digest(token, self.api_key))

    def covers_path(self, path: str) -> bool:
        return not any(part in path for part in self.without_paths)

    def covers_channel(self, channel: str) -> bool:
        return channel.partition(":")[0] not in self.without_channels
