"""Which parts of a bar a print may change, by its sale conditions: the tape's rules as the vendor publishes them (`sale_conditions.json`).

One condition that says no is enough. Two things go beyond the table, as the vendor's own bars do:

* a code that is no sale condition, e.g. 41, trade-through exempt, says nothing;
* a print before the open or after the close (12) counts like any other, or there would be no bars at these hours. The table's no is
  meant for the day that the tape reports.

Source: massive.com/blog/understanding-trade-eligibility, and the knowledge base on how aggregate bars are made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from schemas.bar_parts import EVERY_PART, HIGH_LOW, OPEN_CLOSE, VOLUME

RULES_FILE = Path(__file__).with_suffix(".json")
EXTENDED_HOURS = 12


def parts_of(rule: Mapping[str, Any]) -> int:
    """Return the parts that one of the vendor's rules lets a print change."""
    flags = ((OPEN_CLOSE, "updates_open_close"), (HIGH_LOW, "updates_high_low"), (VOLUME, "updates_volume"))
    return sum(part for part, name in flags if rule.get(name))


RULES: Mapping[int, int] = {rule["id"]: parts_of(rule) for rule in json.loads(RULES_FILE.read_text())["results"]}
"""Code of a sale condition -> what a print with it may change, as the vendor says."""


@lru_cache(maxsize=4_096)
def bar_parts(conditions: tuple[int, ...]) -> int:
    """Return what a print with these conditions may change, a sum of the parts of `schemas.bar_parts`."""
    parts = EVERY_PART
    for code in conditions:
        if code != EXTENDED_HOURS:
            parts &= RULES.get(code, EVERY_PART)
    return parts
