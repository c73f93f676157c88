"""What people want of a feed and its endpoints while it runs: pauses and fewer calls (``ops.commands``). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from producers.rest_catalog.latest import Key
from schemas.records import FeedAction, FeedCommand

_WHOLE_FEED = ""


@dataclass(slots=True)
class Wishes:
    """The newest command of each target holds; the feed's own and an endpoint's hold together."""

    _paused: dict[str, str] = field(default_factory=dict)
    _factors: dict[str, float] = field(default_factory=dict)
    _credit: dict[Key, float] = field(default_factory=dict)

    def take(self, feed: str, command: FeedCommand) -> bool:
        """Take in a command; return whether it is about ``feed`` or one of its endpoints."""
        target, _, endpoint = command.target.partition("/")
        if target != feed:
            return False
        place = endpoint or _WHOLE_FEED
        self._paused.pop(place, None)
        self._factors.pop(place, None)
        if command.action is FeedAction.PAUSE:
            self._paused[place] = command.asked_by
        elif command.action is FeedAction.THROTTLE and command.factor is not None and command.factor > 1:
            self._factors[place] = command.factor
        self._credit.clear()
        return True

    def paused_by(self, endpoint: str) -> str | None:
        """Return who wants no calls of an endpoint; None when nobody does."""
        return self._paused.get(_WHOLE_FEED) or self._paused.get(endpoint)

    def lets_pass(self, key: Key) -> bool:
        """Tell whether a call that has become due is made: of a throttled line's the first, and then one in ``factor``."""
        factor = self._factors.get(_WHOLE_FEED, 1.0) * self._factors.get(key[0], 1.0)
        if factor == 1.0:
            return True
        credit = self._credit.get(key, 1.0)
        passes = credit >= 1.0 - 1e-9
        self._credit[key] = credit + 1 / factor - passes
        return passes

    def said(self) -> Iterator[str]:
        """Yield what is wanted, for people."""
        for place, who in sorted(self._paused.items()):
            yield f"{place or 'everything'} paused by {who}"
        for place, factor in sorted(self._factors.items()):
            yield f"{place or 'everything'} throttled: one call in {factor:g}"
