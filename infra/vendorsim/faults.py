"""Faults that a simulated vendor commits on request: for tests, and for the incidents of a demo."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from infra.clock import Clock
from infra.vendorsim.polygon_rest import PolygonRest
from infra.vendorsim.polygon_websocket import PolygonConnection

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
    rest
        For refused requests.
    clock
        Stamps the bad records.
    """

    def __init__(self, connections: Callable[[], Iterable[PolygonConnection]], rest: PolygonRest, clock: Clock) -> None:
        self._connections = connections
        self._rest = rest
        self._clock = clock

    def commit(self, order: dict[str, Any]) -> int:
        """Carry out one order, e.g. ``{"fault": "silence", "seconds": 3}``; return how many connections it met.

        Raises
        ------
        ValueError
            If the fault is unknown; the message lists those known.
        """
        fault, symbol = order.get("fault"), str(order.get("symbol", "ACRX"))
        seconds = float(order.get("seconds", 3.0))
        if fault == "refuse":
            self._rest.refusals_left = int(order.get("requests", 5))
            return 0
        actions: dict[str, Callable[[PolygonConnection], None]] = {
            "drop": lambda connection: connection.drop(),
            "silence": lambda connection: connection.silence(seconds, lose=bool(order.get("lose", False))),
            "duplicate": lambda connection: connection.repeat_last_frame(),
            "late": lambda connection: connection.hold_next(symbol, seconds),
            "frame": lambda connection: connection.inject(str(order.get("frame", "")).encode()),
            "bad": lambda connection: connection.inject(bad_frame(str(order.get("kind")), symbol, self._clock.now_us() // 1_000)),
        }
        if fault not in actions:
            raise ValueError(f"expected a fault out of refuse, {', '.join(actions)}; found {fault}")
        met = list(self._connections())
        for connection in met:
            actions[fault](connection)
        return len(met)
