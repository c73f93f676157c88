"""What a page is given: the settings, market time and the door to ClickHouse."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.history import History
from infra.clock import Clock
from infra.settings import Settings, clock_of


@dataclass(frozen=True, slots=True)
class Desk:
    """Shared by all pages and viewers of one process."""

    settings: Settings
    clock: Clock
    history: History

    @classmethod
    def of(cls, settings: Settings) -> Desk:
        """Open the desk of one stack; nothing is contacted yet."""
        return cls(settings, clock_of(settings), History(settings.clickhouse))

    @property
    def now_us(self) -> int:
        """Market time."""
        return self.clock.now_us()
