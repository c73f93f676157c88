"""Faults that a simulated vendor commits on request: for tests, and for the incidents of a demo."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import orjson

from infra.clock import Clock
from infra.vendorsim.disturbed_socket import disturb
from infra.vendorsim.frame_door import KINDS
from infra.vendorsim.polygon_access import PolygonAccess
from infra.vendorsim.polygon_websocket import CHANNELS, PolygonConnection
from infra.vendorsim.rest_faults import RestFault

_FOR_EVER_SECONDS = 1e9
_OF_REQUESTS = ("refuse", "error")
_OF_REQUESTS_TOO = ("truncate", "rename", "wrong_type")  # of frames, unless the order says otherwise
_PARTS_OF_A_PLAN = ("paths", "channels", "real_time")
_TRADE = '{{"ev":"{ev}","sym":"{symbol}","x":4,"i":"{id}","z":3,"p":{price},"s":{size},"t":{t},"q":{q}}}'


def bad_frame(kind: str, symbol: str, now_ms: int) -> bytes:
    """Return a frame that a careful reader must refuse, in whole or in one entry.

    Raises
    ------
    ValueError
        If ``kind`` is none of those known.
    """
    values = {"ev": "T", "symbol": symbol, "id": f"bad-{kind}", "price": "10.0", "size": "100", "t": now_ms, "q": now_ms * 10}
    if kind == "malformed":
        return b'[{"ev":"T","sym":"' + symbol.encode() + b'","p":1'
    if kind == "crossed":
        quote = {"ev": "Q", "sym": symbol, "bx": 4, "bp": 10.05, "bs": 1, "ax": 7, "ap": 10.0, "as": 1, "t": now_ms, "q": now_ms * 10}
        return orjson.dumps([quote])
    changes: dict[str, dict[str, Any]] = {
        "nan": {"price": "NaN"}, "infinite": {"price": "Infinity"}, "negative": {"price": "-10.0"},
        "wrong_type": {"price": '"ten"'}, "future": {"t": now_ms + 86_400_000}, "unknown": {"ev": "ZZ"},
    }  # fmt: skip
    if kind not in changes:
        raise ValueError(f"expected a bad frame out of malformed, crossed, {', '.join(changes)}; found {kind}")
    entry = _TRADE.format(**values | changes[kind])
    return f"[{entry}]".encode()


class Faults:
    """Commits faults on every open connection.

    Parameters
    ----------
    connections
        Gives the open connections.
    access
        The account's rights, and the faults of requests.
    clock
        Stamps the bad records.
    """

    def __init__(self, connections: Callable[[], Iterable[PolygonConnection]], access: PolygonAccess, clock: Clock) -> None:
        self._connections = connections
        self._access = access
        self._clock = clock

    def commit(self, order: dict[str, Any]) -> int:
        """Carry out one order, e.g. ``{"fault": "silence", "seconds": 3}``; return how many connections it met.

        Of requests: ``refuse`` (429; ``retry_after``), ``error`` (``status``), and with ``"on": "rest"`` or an ``endpoint`` ``truncate``,
        ``rename`` and ``wrong_type`` (``field``, ``value``), for the next ``requests`` or for ``seconds``, of those whose path holds
        ``endpoint``. Of the account: ``expire``, ``renew``, ``downgrade`` (``paths`` answer 403, ``channels`` are refused, ``real_time``
        false leaves the delayed host; of none of them it says that nothing is left but bars) and ``upgrade``. Of connections: ``drop``,
        ``silence``, ``rest``, ``half_open``, ``duplicate``, ``late``, ``frame``, ``bad``, and for ``seconds`` all that
        `infra.vendorsim.frame_door` knows.

        Raises
        ------
        ValueError
            If the fault is unknown; the message lists those known.
        """
        fault, symbol = order.get("fault"), str(order.get("symbol", "ACRX"))
        seconds = float(order.get("seconds", 3.0))
        if fault in _OF_REQUESTS or (fault in _OF_REQUESTS_TOO and (order.get("on") == "rest" or "endpoint" in order)):
            self._access.faults.add(RestFault.ordered(str(fault), order, requests=5 if fault == "refuse" else 1))
            return 0
        if fault == "downgrade" and any(part in order for part in _PARTS_OF_A_PLAN):
            self._access.reduce(order.get("paths", ()), order.get("channels", ()), real_time=bool(order.get("real_time", True)))
            return 0
        actions: dict[str, Callable[[PolygonConnection], None]] = {
            "drop": lambda connection: connection.drop(),
            "silence": lambda connection: connection.silence(seconds, lose=bool(order.get("lose", False))),
            "rest": lambda connection: connection.rest(seconds),
            "half_open": lambda connection: connection.silence(_FOR_EVER_SECONDS, lose=True),
            "expire": lambda connection: connection.drop(),
            "renew": lambda connection: None,
            "downgrade": lambda connection: connection.drop(),
            "upgrade": lambda connection: None,
            **{kind: partial(disturb, kind, order) for kind in KINDS},
            "duplicate": lambda connection: connection.repeat_last_frame() if "seconds" not in order else disturb("duplicate", order, connection),
            "late": lambda connection: connection.hold_next(symbol, seconds),
            "frame": lambda connection: connection.inject(str(order.get("frame", "")).encode()),
            "bad": lambda connection: connection.inject(bad_frame(str(order.get("kind")), symbol, self._clock.now_us() // 1_000)),
        }
        if fault not in actions:
            raise ValueError(f"expected a fault out of {', '.join(_OF_REQUESTS)}, {', '.join(actions)}; found {fault}")
        self._access.expired = {"expire": True, "renew": False}.get(fault, self._access.expired)
        if fault == "downgrade":
            self._access.reduce(("/v3/",), CHANNELS)
        elif fault == "upgrade":
            self._access.reduce()
        met = list(self._connections())
        for connection in met:
            actions[fault](connection)
        return len(met)
