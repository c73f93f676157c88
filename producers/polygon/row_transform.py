"""Makes a transform of the catalogue out of a function that turns one row of a Polygon answer into a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.errors import Permanent
from producers.polygon.parse import SOURCE
from producers.polygon.parse_rest import as_bytes, rows
from producers.rest_catalog.transforms import Transform, transform
from producers.source import Parsed, Payload, Refused, Stamps
from producers.stamped import Stamped
from schemas.record import Record
from schemas.records import Licence


@dataclass(frozen=True, slots=True)
class Answer:
    """A payload without its rows.

    Attributes
    ----------
    parameters
        What was asked for.
    """

    stamps: Stamps
    parameters: Mapping[str, str]

    def asked(self, name: str) -> str:
        """Return what was asked for; raises `Permanent` without it: the catalogue's entry is wrong."""
        found = self.parameters.get(name)
        if not found:
            raise Permanent(f"expected the parameter {name}, found none", name)
        return found

    def at(self, moment_us: int) -> Stamped:
        """Return the fields every record has, of something that happened at a moment."""
        stamps = self.stamps
        return Stamped(
            ts_event=moment_us, ts_received=stamps.received_us, ts_published=stamps.published_us, source=SOURCE, licence=Licence.INTERNAL
        )


RowParser = Callable[[Any, Answer, str], Record | None]
"""Row, answer and the row's path; None leaves the row out. Raises `Permanent` with the path of the field that does not fit."""


def row_transform(name: str, topic: str) -> Callable[[RowParser], RowParser]:
    """Register the decorated function as the transform ``polygon_<name>``: one bad row does not spoil the others."""

    def register(parse_row: RowParser) -> RowParser:
        def parse(payload: Payload, stamps: Stamps, options: Mapping[str, str]) -> Sequence[Parsed | Refused]:
            del options
            answer = Answer(stamps, payload.parameters)
            found: list[Parsed | Refused] = []
            for number, row in enumerate(rows(payload.body)[0]):
                try:
                    record = parse_row(row, answer, f"results[{number}]")
                    if record is not None:
                        found.append(Parsed(topic, record))
                except Permanent as error:
                    found.append(Refused(topic, as_bytes(row), error))
            return found

        made: Transform = parse
        transform(f"polygon_{name}")(made)
        return parse_row

    return register
