"""What a simulated broker's doors have in common: the key that opens them, and faults that its tests and demos ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from infra.vendorsim.account import AccountKey
from infra.vendorsim.paced_socket import PacedSocket

_FOR_EVER_SECONDS = 1e9


@dataclass(slots=True)
class Door(AccountKey):
    """Who gets in; REST and WebSocket share it.

    Attributes
    ----------
    refusals_left, failures_left
        So many of the next requests are answered with 429, or with 500.
    """

    refusals_left: int = 0
    failures_left: int = 0

    def trouble(self) -> int | None:
        """Return the status with which the next request fails, if it does."""
        if self.refusals_left > 0:
            self.refusals_left -= 1
            return 429
        if self.failures_left > 0:
            self.failures_left -= 1
            return 500
        return None


class BrokerFaults:
    """Commits faults on the door and on every open connection.

    Parameters
    ----------
    bad_frame
        Makes a frame, of a kind and a symbol, that a careful reader must refuse in whole or in part; raises `ValueError`.
    """

    def __init__(self, door: Door, connections: Callable[[], Iterable[PacedSocket]], bad_frame: Callable[[str, str], bytes]) -> None:
        self._door = door
        self._connections = connections
        self._bad_frame = bad_frame

    def commit(self, order: dict[str, Any]) -> int:
        """Carry out one order, e.g. ``{"fault": "silence", "seconds": 3}``; return how many connections it met.

        Of requests: ``refuse`` and ``error``, for the next ``requests`` of them. Of the key: ``expire`` and ``renew``. Of
        connections: ``drop``, ``silence`` (``lose``), ``half_open``, ``duplicate``, ``frame``, ``bad`` (``kind``).

        Raises
        ------
        ValueError
            If the fault is unknown; the message lists those known.
        """
        fault, seconds = str(order.get("fault")), float(order.get("seconds", 3.0))
        symbol = str(order.get("symbol", "ACRX"))
        actions: dict[str, Callable[[PacedSocket], None]] = {
            "drop": lambda connection: connection.drop(),
            "silence": lambda connection: connection.silence(seconds, lose=bool(order.get("lose", False))),
            "half_open": lambda connection: connection.silence(_FOR_EVER_SECONDS, lose=False),
            "duplicate": lambda connection: connection.repeat_last_frame(),
            "frame": lambda connection: connection.inject(str(order.get("frame", "")).encode()),
            "bad": lambda connection: connection.inject(self._bad_frame(str(order.get("kind")), symbol)),
            "expire": lambda connection: connection.drop(),
        }
        if fault == "refuse":
            self._door.refusals_left = int(order.get("requests", 1))
        elif fault == "error":
            self._door.failures_left = int(order.get("requests", 1))
        elif fault in ("expire", "renew"):
            self._door.expired = fault == "expire"
        elif fault not in actions:
            raise ValueError(f"expected a fault out of refuse, error, renew, {', '.join(actions)}; found {fault}")
        met = list(self._connections()) if fault in actions else []
        for connection in met:
            actions[fault](connection)
        return len(met)
