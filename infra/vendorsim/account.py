"""Who may ask a simulated vendor, and for what: one key, and what its plan covers."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field


@dataclass(slots=True)
class AccountKey:
    """The key that opens the door.

    Attributes
    ----------
    key
        What must be offered; empty accepts anything but nothing.
    expired
        No key is accepted any more.
    """

    key: str
    expired: bool = False

    def admits(self, offered: str) -> bool:
        return bool(offered) and not self.expired and (not self.key or hmac.compare_digest(offered, self.key))


@dataclass(slots=True)
class Account(AccountKey):
    """A key with a plan; REST and WebSocket share it.

    Attributes
    ----------
    without_paths, without_channels
        Parts of REST paths (403) and channels (refused one by one) that the plan does not cover.
    """

    without_paths: set[str] = field(default_factory=set)
    without_channels: set[str] = field(default_factory=set)

    def covers_path(self, path: str) -> bool:
        return not any(part in path for part in self.without_paths)
