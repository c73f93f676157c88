"""What a simulated vendor does wrong with REST requests to come, and how a body is spoilt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import orjson

from infra.clock import monotonic_seconds


@dataclass(slots=True)
class RestFault:
    """Something to do wrong with the next requests.

    Attributes
    ----------
    kind
        ``refuse`` (429), ``error`` (5xx), ``truncate``, ``rename`` or ``wrong_type``.
    left
        So many requests more.
    until
        Not after this moment, in monotonic seconds.
    endpoint
        Part of the path it is limited to; empty meets all.
    field, value
        For rename: the field and its new name. For wrong_type: the field and what stands in it.
    """

    kind: str
    left: float
    until: float = inf
    endpoint: str = ""
    status: int = 500
    retry_after: bool = True
    field: str = ""
    value: Any = None

    @classmethod
    def ordered(cls, kind: str, order: Mapping[str, Any], requests: int) -> RestFault:
        """Read an order: it meets its ``requests``, or all for ``seconds``; by default so many requests.

        An outage is stated in seconds: an endpoint that fails is left alone, so a number of requests may take hours to come.
        """
        lasts = "seconds" in order
        return cls(
            kind=kind, left=int(order["requests"]) if "requests" in order else inf if lasts else requests,
            until=monotonic_seconds() + float(order["seconds"]) if lasts else inf,
            endpoint=str(order.get("endpoint", "")), status=int(order.get("status", 500)),
            retry_after=bool(order.get("retry_after", True)), field=str(order.get("field", "")), value=order.get("value"),
        )  # fmt: skip

    def written(self, body: Any) -> bytes:
        """Return a good answer as this fault lets it out."""
        if self.kind in ("rename", "wrong_type"):
            body = self._spoilt(body)
        found = orjson.dumps(body)
        return found[: max(1, len(found) * 2 // 3)] if self.kind == "truncate" else found

    def _spoilt(self, value: Any) -> Any:
        """Return a copy with the field renamed, or with something else in it, wherever it occurs."""
        if isinstance(value, list):
            return [self._spoilt(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        rename = self.kind == "rename"
        return {
            (str(self.value) if rename and key == self.field else key): (
                self.value if not rename and key == self.field else self._spoilt(entry)
            )
            for key, entry in value.items()
        }


class RestFaults:
    """The faults that are still to be committed."""

    def __init__(self) -> None:
        self._coming: list[RestFault] = []

    def add(self, fault: RestFault) -> None:
        self._coming.append(fault)

    def take(self, path: str) -> RestFault | None:
        """Take the fault that meets a request, if one does."""
        now = monotonic_seconds()
        self._coming = [fault for fault in self._coming if now < fault.until]
        for fault in self._coming:
            if fault.endpoint in path:
                fault.left -= 1
                if fault.left <= 0:
                    self._coming.remove(fault)
                return fault
        return None
