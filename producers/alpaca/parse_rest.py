"""Alpaca's REST answers: rows by symbol, each the stream's entry without its kind and symbol."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from infra.errors import Permanent
from producers.alpaca.parse import BARS, QUOTES, TRADES, parse_entry, read
from producers.polygon.field import misfit
from producers.source import Parsed, Payload, Refused, Stamps

KINDS = {"trades": ("t", TRADES), "quotes": ("q", QUOTES), "bars": ("b", BARS)}


def parse_answer(payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
    """Return the records of an answer; a bad row does not spoil the others.

    ``{"bars":{"AAPL":[{"t":"2022-01-03T09:00:00Z","o":178.26,"h":178.26,"l":178.21,"c":178.21,"v":1118,"n":65,"vw":178.235733}]},
    "next_page_token":"QUFQTHxNfDIwMjItMDEtMDM="}``
    """
    name = payload.endpoint.rpartition("/")[2]
    kind, topic = KINDS[name]
    try:
        by_symbol = rows_of(read(payload.body), name)
    except Permanent as error:
        return [Refused("raw.payloads", payload.body, error)]
    found: list[Parsed | Refused] = []
    for symbol, rows in by_symbol.items():
        for number, row in enumerate(rows):
            path = f"{name}.{symbol}[{number}]"
            try:
                if type(row) is not dict:
                    raise misfit(path, "an object", row)
                parsed = parse_entry({**row, "T": kind, "S": symbol}, stamps, path)
            except Permanent as error:
                found.append(Refused(topic, json.dumps(row).encode(), error))
                continue
            if isinstance(parsed, Parsed):
                found.append(parsed)
    return found


def next_page(body: bytes) -> str | None:
    """Return the token of the next page, None on the last.

    Raises
    ------
    Permanent
        If the answer is no JSON object.
    """
    answer = read(body)
    if type(answer) is not dict:
        raise misfit("", "a JSON object", answer)
    token = answer.get("next_page_token")
    return token if type(token) is str and token else None


def rows_of(answer: Any, name: str) -> dict[str, list[Any]]:
    """Return the rows by symbol; a symbol without rows may be missing or null."""
    if type(answer) is not dict:
        raise misfit("", "a JSON object", answer)
    by_symbol = answer.get(name)
    if by_symbol is None:
        return {}
    if type(by_symbol) is not dict:
        raise misfit(name, "lists by symbol", by_symbol)
    for symbol, rows in by_symbol.items():
        if rows is not None and type(rows) is not list:
            raise misfit(f"{name}.{symbol}", "a list", rows)
    return {symbol: rows or [] for symbol, rows in by_symbol.items()}
