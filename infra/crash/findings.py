"""What an audit finds: each thing that is lost, doubled, wrong or early, and how much was looked at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, get_args

Verdict = Literal["lost", "duplicate", "wrong", "early"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_KEPT = 200


@dataclass(slots=True)
class Findings:
    """The result of an audit.

    Attributes
    ----------
    counts
        Number of findings by verdict.
    texts
        The first of them in words.
    checked
        How many things of each kind were compared.
    repeats
        Records that a topic holds more than once with equal bytes: what at-least-once delivery may do, and every reader drops.
    superseded
        Rows by table that ClickHouse still holds beside a newer or equal one of the same identity, until it merges them.
    """

    counts: Counter[str] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)
    superseded: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict, text: str, count: int = 1) -> None:
        """Note something that must not be."""
        self.counts[verdict] += count
        if len(self.texts) < _KEPT:
            self.texts.append(f"{verdict}: {text}")

    @property
    def clean(self) -> bool:
        return not any(self.counts.values())

    def as_document(self, texts: int = 20) -> dict[str, object]:
        """Return plain data for a JSON line."""
        return {
            **{verdict: self.counts[verdict] for verdict in VERDICTS},
            "checked": {name: count for name, count in sorted(self.checked.items()) if count},
            "repeats_dropped_by_readers": dict(sorted(self.repeats.items())),
            "superseded_rows": dict(sorted(self.superseded.items())),
            "first": self.texts[:texts],
        }
