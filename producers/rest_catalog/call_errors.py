"""Why a call brought nothing that can be used, out of its answer."""

from __future__ import annotations

from collections.abc import Sequence

from infra.errors import Permanent, Retryable
from producers.rest import Answer
from producers.rest_catalog.endpoint import Meaning, RefusalSign
from producers.rest_catalog.refusals import refusal
from producers.source import Payload, Unlicensed


class Limited(Retryable):
    """The vendor wants us to wait (429)."""


class NotInPlan(Unlicensed):
    """Our plan does not include this endpoint (403)."""


class DayUsedUp(Limited):
    """The vendor says that the requests of the day are gone."""


class Unusable(Permanent):
    """An answer came, and too little in it fits."""


def accepted(answer: Answer, template: str, signs: Sequence[RefusalSign]) -> Payload:
    """Return the payload of an answer that brings data.

    Raises
    ------
    Limited, NotInPlan, Unlicensed, Retryable, Permanent
        As the vendor says no, by its own ``signs`` or the usual statuses.
    """
    if (refused := refusal(signs, answer.status, answer.payload.body)) is not None:
        meaning, words = refused
        raise _error_of(meaning, f"expected data of {template}, found: {words}", answer.retry_after_seconds)
    if answer.status == 429:
        raise Limited(f"expected room for {template}, found 429", answer.retry_after_seconds)
    if answer.status == 403:
        raise NotInPlan(f"expected {template} in the plan, found 403")
    return answer.accepted()


def _error_of(meaning: Meaning, words: str, retry_after_seconds: float | None) -> Retryable | Permanent:
    if meaning is Meaning.LIMITED:
        return Limited(words, retry_after_seconds)
    if meaning is Meaning.DAY_USED_UP:
        return DayUsedUp(words, retry_after_seconds)
    if meaning is Meaning.NOT_IN_PLAN:
        return NotInPlan(words)
    if meaning is Meaning.NO_KEY:
        return Unlicensed(words)
    return Retryable(words, retry_after_seconds) if meaning is Meaning.FAILED else Permanent(words)
