"""What the simulated Polygon account may do, and what the vendor does wrong with the next requests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from infra.vendorsim.account import Account
from infra.vendorsim.rest_faults import RestFaults

DELAY_SECONDS = 900


@dataclass(slots=True)
class PolygonAccess(Account):
    """The account's rights; REST and WebSocket share them.

    Attributes
    ----------
    real_time
        False: the plan has delayed data only, the real-time host refuses the key.
    faults
        What to do wrong with requests to come.
    """

    real_time: bool = True
    faults: RestFaults = field(default_factory=RestFaults)

    def reduce(self, paths: Iterable[str] = (), channels: Iterable[str] = (), *, real_time: bool = True) -> None:
        """Leave out of the plan these, and nothing else."""
        self.without_paths, self.without_channels, self.real_time = set(paths), set(channels), real_time
