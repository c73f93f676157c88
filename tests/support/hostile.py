"""Hostile payloads: mutations of real ones, thrown at every parser of the product; one seed, one series."""

from __future__ import annotations

import copy
import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from infra.errors import Permanent
from producers.source import Parsed, Refused
from schemas.codec import Codec
from schemas.record import Record, UnencodableRecord

Parse = Callable[[bytes], Sequence[Any]]
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 0.0, -0.0, 1e308, -1e-320, float("nan"), float("inf"), -float("inf"), 10**18,
    "", " ", "0", "NaN", "-1", "1e999", "12,5", "null", "2025-02-30", "0001-01-01", "9999-12-31T23:59:59.999999Z", "2025-05-16T25:00:00Z",
    "1970-01-01T00:00:00+99:99", "\ud800", "\x00", "𝟗", "٣", "SPY250516C00590000", "SPY999999X99999999", "A" * 5_000, "🐋" * 100, "ask_side",
    [], {}, [[]], [None], {"": None}, [{}] * 3, 1_748_957_400_000, -62_135_596_800_000, 253_402_300_800_000,
)  # fmt: skip
_BODIES = (
    b"", b" ", b"null", b"[]", b"{}", b"0", b'"text"', b"[[[]]]", b"\xff\xfe", b"\x00" * 10, b"\xef\xbb\xbf[]", b"\x1f\x8b\x08\x00", b"NaN",
    b"<html><body>502 Bad Gateway</body></html>", b"[" * 3_000, b'{"a":' * 3_000, b'{"data":null}', b'{"data":{"data":[]}}', b"[1e400]", b"\n\n",
    b'["gex",{}]', b'["gex"]', b'[null,{"a":1}]', b"{}\n{}", b'{"error":"rate limit"}', b"[NaN]",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """A parser with real payloads of its own."""

    name: str
    parse: Parse
    seeds: Sequence[bytes]


@dataclass(slots=True)
class Tally:
    """What became of the payloads.

    Attributes
    ----------
    crashes
        Parser and error -> the first payloads that led to it.
    """

    payloads: int = 0
    parsed: int = 0
    refused: int = 0
    empty: int = 0
    by_target: Counter[str] = field(default_factory=Counter)
    crashes: dict[str, list[bytes]] = field(default_factory=dict)

    def throw(self, target: Target, payload: bytes) -> None:
        """Let a parser have a payload, and look whether each record can be written to its topic."""
        self.payloads += 1
        self.by_target[target.name] += 1
        try:
            items = target.parse(payload)
            for item in items:
                if isinstance(item, Parsed):
                    _encode(item.record)
        except Permanent:
            self.refused += 1
            return
        except Exception as error:
            self.crashes.setdefault(f"{target.name}: {type(error).__name__}: {error!s:.100}", []).append(payload[:2_000])
            return
        self.parsed += any(isinstance(item, Parsed) for item in items)
        self.refused += any(isinstance(item, Refused) for item in items)
        self.empty += not items


def series(targets: Sequence[Target], count: int, seed: int) -> Tally:
    """Throw ``count`` payloads, the parsers taking turns."""
    chance, tally = random.Random(seed), Tally()
    for number in range(count):
        target = targets[number % len(targets)]
        tally.throw(target, mutated(chance.choice(target.seeds), chance))
    return tally


def mutated(payload: bytes, chance: random.Random) -> bytes:
    """Return a payload changed in one to three places, in its bytes or in what they mean."""
    kind = chance.random()
    if kind < 0.04:
        return chance.choice(_BODIES)
    if kind < 0.25:
        return _with_other_bytes(payload, chance)
    value, is_table = copy.deepcopy(_read(payload))
    for _ in range(chance.choice((1, 1, 2, 3))):
        value = _with_another_place(value, chance)
    if is_table:
        rows = value if isinstance(value, list) else [value]
        return "\r\n".join(",".join(map(str, row)) if isinstance(row, list) else str(row) for row in rows).encode(errors="replace")
    try:
        return json.dumps(value).encode()
    except (ValueError, RecursionError):
        return payload


def _with_other_bytes(payload: bytes, chance: random.Random) -> bytes:
    at, end = chance.randrange(len(payload) + 1), chance.randrange(len(payload) + 1)
    choice = chance.randrange(5)
    if choice == 0:
        return payload[:at]
    if choice == 1:
        return payload[:at] + chance.randbytes(chance.randint(1, 8)) + payload[at:]
    if choice == 2:
        return payload[: min(at, end)] + payload[max(at, end) :]
    if choice == 3:
        return payload + payload[at:]
    changed = bytearray(payload or b" ")
    for _ in range(chance.randint(1, 6)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _with_another_place(value: Any, chance: random.Random) -> Any:
    places = list(_places(value))
    if not places:
        return chance.choice(_VALUES)
    holder, key = chance.choice(places)
    choice = chance.randrange(6)
    if choice == 0:
        del holder[key]
    elif choice == 1 and isinstance(holder, dict):
        holder[f"{key}_2"] = holder.pop(key)
    elif choice == 2 and isinstance(holder[key], list) and holder[key]:
        holder[key] = holder[key] * chance.randint(2, 4)
    elif choice == 3 and isinstance(holder[key], (int, float)) and not isinstance(holder[key], bool):
        holder[key] = chance.choice((holder[key] * 1_000_000, -holder[key], str(holder[key]), holder[key] / 7, [holder[key]]))
    else:
        holder[key] = chance.choice(_VALUES)
    return value


def _places(value: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    if depth > 6:
        return
    entries = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield value, key
        yield from _places(inner, depth + 1)


@cache
def _read(payload: bytes) -> tuple[Any, bool]:
    """Return the value, and whether the payload is a table of comma separated fields and no JSON."""
    try:
        return json.loads(payload), False
    except ValueError:
        return list(csv.reader(payload.decode().splitlines())), True


@cache
def _codec(kind: type[Record]) -> Codec[Any]:
    return Codec(kind, 1)


def _encode(record: Record) -> None:
    try:
        _codec(type(record)).encode(record)
    except UnencodableRecord as error:
        raise Permanent(str(error)) from error
