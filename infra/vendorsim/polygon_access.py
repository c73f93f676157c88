"""What the simulated Polygon account may do, and what the vendor does wrong with the next requests."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from infra.vendorsim.unusual_whales_rest import RestFault

DELAY_SECONDS = 900


@dataclass(slots=True)
class PolygonAccess:
    """The account's rights; REST and WebSocket share them.

    Attributes
    ----------
    api_key
        The key that opens the door; empty accepts any.
    expired
        No key is accepted.
    real_time
        False: the plan has delayed data only, the real-time host refuses the key.
    without_paths, without_channels
        Parts of REST paths (403) and channels (``error: not authorized``) that the plan does not cover.
    faults
        What to do wrong with requests to come.
    """

    api_key: str
    expired: bool = False
    real_time: bool = True
    without_paths: set[str] = field(default_factory=set)
    without_channels: set[str] = field(default_factory=set)
    faults: list[RestFault] = field(default_factory=list)

    def admits(self, key: str) -> bool:
        return bool(key) and not self.expired and (not self.api_key or hmac.compare_digest(key, self.api_key))

    def reduce(self, paths: Iterable[str] = (), channels: Iterable[str] = (), *, real_time: bool = True) -> None:
        """Leave out of the plan these, and nothing else."""
        self.without_paths, self.without_channels, self.real_time = set(paths), set(channels), real_time

    def covers_path(self, path: str) -> bool:
        return not any(part in path for part in self.without_paths)

    def fault(self, path: str) -> RestFault | None:
        """Take the fault that meets a request, if one does."""
        for fault in self.faults:
            if fault.endpoint in path:
                fault.left -= 1
                if fault.left <= 0:
                    self.faults.remove(fault)
                return fault
        return None
