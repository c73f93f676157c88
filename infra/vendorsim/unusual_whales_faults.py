"""Faults that the simulated Unusual Whales commits on request: for tests, and for the incidents of a demo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from infra.vendorsim.disturbed_socket import disturb
from infra.vendorsim.frame_door import KINDS
from infra.vendorsim.rest_faults import RestFault
from infra.vendorsim.unusual_whales_access import Access
from infra.vendorsim.unusual_whales_rest import UnusualWhalesRest
from infra.vendorsim.unusual_whales_websocket import UnusualWhalesConnection

_FOR_EVER_SECONDS = 1e9


_LASTING_ONLY = ("slow", "wrong_unit", "clock_skew")


class UnusualWhalesFaults:
    """Commits faults on requests to come and on every open connection.

    Parameters
    ----------
    connections
        Gives the open connections.
    rest, access
        The REST interface and the account's rights.
    """

    def __init__(
        self, connections: Callable[[], Iterable[UnusualWhalesConnection]], rest: UnusualWhalesRest, access: Access
    ) -> None:
        self._connections = connections
        self._rest = rest
        self._access = access
        self._closing: set[asyncio.Task[None]] = set()

    def commit(self, order: dict[str, Any]) -> int:
        """Carry out one order, e.g. ``{"fault": "silence", "seconds": 3}``; return how many connections it met.

        Of requests: ``refuse`` (429; ``retry_after``), ``error`` (``status``), and with ``"on": "rest"`` ``truncate``, ``rename`` and
        ``wrong_type``, for the next ``requests`` of them or for ``seconds``, of those whose path holds ``endpoint``. Of the account: ``expire`` and
        ``renew`` its token, ``downgrade`` (``channels``, ``paths``) and ``upgrade`` its plan. Of connections: ``drop``, ``silence``,
        ``rest``, ``half_open``, ``duplicate``, ``reorder``, ``frame``, ``truncate``, ``rename``, ``wrong_type``; with ``seconds`` these last,
        and so do ``slow``, ``wrong_unit`` and ``clock_skew``.

        Raises
        ------
        ValueError
            If the fault is unknown; the message lists those known.
        """
        fault = str(order.get("fault"))
        if fault in ("refuse", "error") or order.get("on") == "rest":
            return self._commit_on_requests(fault, order)
        field, value, met = str(order.get("field", "")), order.get("value"), list(self._connections())
        seconds = float(order.get("seconds", 3.0))
        actions: dict[str, Callable[[UnusualWhalesConnection], None]] = {
            "drop": lambda connection: connection.drop(),
            "silence": lambda connection: connection.silence(seconds, lose=bool(order.get("lose", False))),
            "half_open": lambda connection: connection.silence(_FOR_EVER_SECONDS, lose=False),
            "duplicate": lambda connection: connection.repeat_last_frame(),
            "reorder": lambda connection: connection.swap_next(int(order.get("frames", 2))),
            "frame": lambda connection: connection.inject(str(order.get("frame", "")).encode()),
            "truncate": lambda connection: connection.spoil_next("truncate", field, None),
            "rename": lambda connection: connection.spoil_next("rename", field, value),
            "wrong_type": lambda connection: connection.spoil_next("wrong_type", field, value),
            "rest": lambda connection: connection.rest(seconds),
            "expire": self._close,
            "renew": lambda connection: None,
            "downgrade": lambda connection: connection.refuse_uncovered(),
            "upgrade": lambda connection: None,
        }
        if "seconds" in order or fault in _LASTING_ONLY:
            actions |= {kind: partial(disturb, kind, order) for kind in KINDS}
        if fault not in actions:
            raise ValueError(f"expected a fault out of refuse, error, {', '.join(actions)}; found {fault}")
        self._change_access(fault, order)
        for connection in met:
            actions[fault](connection)
        return len(met)

    def _commit_on_requests(self, fault: str, order: dict[str, Any]) -> int:
        if fault not in ("refuse", "error", "truncate", "rename", "wrong_type"):
            raise ValueError(f"expected a fault of requests out of refuse, error, truncate, rename, wrong_type; found {fault}")
        self._rest.faults.add(RestFault.ordered(fault, order, requests=1))
        return 0

    def _change_access(self, fault: str, order: dict[str, Any]) -> None:
        if fault in ("expire", "renew"):
            self._access.expired = fault == "expire"
        elif fault == "downgrade":
            self._access.without_channels |= set(order.get("channels", ()))
            self._access.without_paths |= set(order.get("paths", ()))
        elif fault == "upgrade":
            self._access.without_channels.clear()
            self._access.without_paths.clear()

    def _close(self, connection: UnusualWhalesConnection) -> None:
        task = asyncio.create_task(connection.hang_up())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
