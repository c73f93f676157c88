"""What becomes of a simulated vendor's frames on their way out, while an incident lasts: delayed, doubled, swapped, cut, or changed inside.

Pure: frames in, frames out, time is handed in. The same door stands before every vendor that speaks JSON over a WebSocket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

KINDS = ("slow", "duplicate", "reorder", "truncate", "rename", "wrong_type", "wrong_unit", "clock_skew")


@dataclass(slots=True)
class _Lasting:
    kind: str
    until: float
    order: Mapping[str, Any]


@dataclass(slots=True)
class FrameDoor:
    """One connection's way out.

    Attributes
    ----------
    money, moments
        Fields that hold prices (``wrong_unit`` multiplies them) and milliseconds (``clock_skew`` moves them).
    """

    money: tuple[str, ...]
    moments: tuple[str, ...]
    _lasting: list[_Lasting] = field(default_factory=list)
    _waiting: list[tuple[float, bytes]] = field(default_factory=list)
    _swapped: bytes | None = None

    def begin(self, kind: str, order: Mapping[str, Any], at: float) -> None:
        """Let an incident last for the order's ``seconds``.

        ``slow``: frames wait ``delay`` seconds. ``rename``: ``field`` is called ``value``. ``wrong_type``: ``field`` holds ``value``.
        ``wrong_unit``: money times ``factor``. ``clock_skew``: moments ``skew`` market seconds later.
        """
        self._lasting.append(_Lasting(kind, at + float(order.get("seconds", 3.0)), dict(order)))

    def passed(self, frame: bytes, at: float) -> list[bytes]:
        """Return what goes out now in place of ``frame``."""
        self._lasting = [one for one in self._lasting if one.until > at]
        frames = self.due(at)
        if not self._lasting and self._swapped is None:
            return [*frames, frame]
        kinds = {one.kind: one.order for one in self._lasting}
        changes: dict[str, Mapping[str, Any]] = {kind: kinds[kind] for kind in ("rename", "wrong_type", "wrong_unit", "clock_skew") if kind in kinds}
        if changes:
            frame = self._changed(frame, changes)
        if "truncate" in kinds:
            frame = frame[: len(frame) // 2]
        if "slow" in kinds:
            self._waiting.append((at + float(kinds["slow"].get("delay", 1.0)), frame))
            return frames
        if "reorder" in kinds and self._swapped is None:
            self._swapped = frame
            return frames
        frames.append(frame)
        if self._swapped is not None:
            frames.append(self._swapped)
            self._swapped = None
        return [*frames, frame] if "duplicate" in kinds else frames

    def due(self, at: float) -> list[bytes]:
        """Return the frames that have waited long enough."""
        ready = [frame for moment, frame in self._waiting if moment <= at]
        self._waiting = [entry for entry in self._waiting if entry[0] > at]
        return ready

    def _changed(self, frame: bytes, changes: Mapping[str, Mapping[str, Any]]) -> bytes:
        parts = orjson.loads(frame)
        for entry in parts:
            if isinstance(entry, dict):
                for kind, order in changes.items():
                    self._change(entry, kind, order)
        return orjson.dumps(parts)

    def _change(self, entry: dict[str, Any], kind: str, order: Mapping[str, Any]) -> None:
        name = str(order.get("field", ""))
        if kind == "wrong_unit":
            for one in self.money:
                if one in entry:
                    factor = float(order.get("factor", 100.0))
                    entry[one] = str(float(entry[one]) * factor) if isinstance(entry[one], str) else entry[one] * factor
        elif kind == "clock_skew":
            for one in self.moments:
                if isinstance(entry.get(one), int):
                    entry[one] += round(float(order.get("skew", 30.0)) * 1_000)
        elif name in entry:
            found = entry.pop(name)
            entry[str(order.get("value")) if kind == "rename" else name] = found if kind == "rename" else order.get("value")
