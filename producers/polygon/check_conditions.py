"""Compares the vendor's rules for sale conditions with those we apply, so that a change is seen the day it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.errors import Permanent
from producers.polygon.field import misfit, part, whole
from producers.polygon.parse_rest import as_bytes, rows
from producers.polygon.sale_conditions import RULES, parts_of
from producers.rest_catalog.transforms import transform
from producers.source import Parsed, Payload, Refused, Stamps

_KINDS = ("sale_condition", "condition")


@transform("polygon_conditions")
def conditions(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
    """{"id":2,"type":"sale_condition","update_rules":{"consolidated":{"updates_high_low":false,"updates_open_close":false,"updates_volume":true}},...}

    Rows of other types share the numbers and mean something else. What differs from our table is a dead letter of raw.payloads, and
    the endpoint is left alone: the feed's state names it.
    """
    del stamps, options
    found: list[Parsed | Refused] = []
    for number, row in enumerate(rows(payload.body)[0]):
        path = f"results[{number}]"
        try:
            rule = part(part(row, "update_rules", path), "consolidated", f"{path}.update_rules")
            if row.get("type") not in _KINDS or not rule:
                continue
            code = whole(row, "id", path)
            if RULES.get(code) != parts_of(rule):
                raise misfit(f"{path}.update_rules.consolidated", f"what sale_conditions.json says of condition {code}", rule)
        except Permanent as error:
            found.append(Refused("raw.payloads", as_bytes(row), error))
    return found
