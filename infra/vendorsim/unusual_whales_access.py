"""Who may ask the simulated Unusual Whales for what."""

from __future__ import annotations

from dataclasses import dataclass

from infra.vendorsim.account import Account


@dataclass(slots=True)
class Access(Account):
    """The account's rights; REST and WebSocket share them. Channels are without a ticker; the channel ``*`` is the WebSocket as such."""

    def covers_channel(self, channel: str) -> bool:
        return channel.partition(":")[0] not in self.without_channels
