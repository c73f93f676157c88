"""One live call for each provider, to see whether key, address and shape still hold (ING-45).

A provider's call is registered with `smoke`, beside its feed or here::

    @smoke("toy")
    def toy(settings: Settings) -> SmokeCall | str: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from infra.clock import Clock, monotonic_seconds
from infra.errors import Permanent, Retryable
from infra.settings import Settings
from producers.rest import RestClient


@dataclass(frozen=True, slots=True)
class SmokeCall:
    """A request that costs little and that every plan allows.

    Attributes
    ----------
    fields
        What the answer must hold, as paths: ``results[].T``; a list must have a row.
    """

    base_url: str
    path: str
    fields: tuple[str, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SmokeResult:
    """What became of a provider's call.

    Attributes
    ----------
    outcome
        ``passed``, ``failed``, or ``skipped`` for want of a key.
    status
        HTTP; None where none came.
    """

    provider: str
    outcome: str
    detail: str
    status: int | None = None
    seconds: float | None = None


Smoke = Callable[[Settings], SmokeCall | str]
_CALLS: dict[str, Smoke] = {}


def smoke(provider: str) -> Callable[[Smoke], Smoke]:
    """Register the decorated function as a provider's call; it returns why not, where there is no key."""

    def register(make: Smoke) -> Smoke:
        _CALLS[provider] = make
        return make

    return register


def providers() -> dict[str, Smoke]:
    """Return every provider's call; `infra.plugins.load_all` imports the modules that register them."""
    return dict(sorted(_CALLS.items()))


async def try_out(provider: str, settings: Settings, clock: Clock) -> SmokeResult:
    """Make a provider's call, if there is a key."""
    call = _CALLS[provider](settings)
    if isinstance(call, str):
        return SmokeResult(provider, "skipped", call)
    client, began = RestClient(call.base_url, call.headers, 1.0, clock), monotonic_seconds()
    try:
        answer = await client.ask(call.path, call.path, tuple(call.query.items()), call.query)
    except Retryable as error:
        return SmokeResult(provider, "failed", str(error))
    finally:
        await client.close()
    seconds = monotonic_seconds() - began
    try:
        missing = missing_fields(orjson.loads(answer.accepted().body), call.fields)
    except (Permanent, Retryable, orjson.JSONDecodeError) as error:
        return SmokeResult(provider, "failed", str(error), answer.status, seconds)
    if missing:
        return SmokeResult(provider, "failed", f"expected the fields {', '.join(call.fields)}, found no {', '.join(missing)}", answer.status, seconds)
    return SmokeResult(provider, "passed", f"has {', '.join(call.fields)}", answer.status, seconds)


def missing_fields(answer: Any, paths: tuple[str, ...]) -> list[str]:
    """Return the paths at which there is nothing: a name, ``[]`` for the first row, ``{}`` for any value of an object."""
    return [path for path in paths if not _has(answer, path.replace("[]", ".[]").replace("{}", ".{}").strip(".").split("."))]


def _has(value: Any, names: list[str]) -> bool:
    if not names:
        return value is not None
    name, rest = names[0], names[1:]
    if name == "[]":
        return isinstance(value, list) and bool(value) and _has(value[0], rest)
    if name == "{}":
        return isinstance(value, dict) and bool(value) and _has(next(iter(value.values())), rest)
    return isinstance(value, dict) and name in value and _has(value[name], rest)
