"""What is known of one REST endpoint's answer."""

from __future__ import annotations

from dataclasses import dataclass

from producers.unusual_whales.models.field_types import PayloadModel


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path and the model of a row of its answer; None where a row is a plain text."""

    path: str
    model: type[PayloadModel] | None
